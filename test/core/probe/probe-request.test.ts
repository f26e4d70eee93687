import { describe, expect, test } from 'vitest';
import { endpointsSeenFrom } from '../../../core/config/endpoints-seen.ts';
import { parseConfig } from '../../../core/config/parse-config.ts';
import { ProbeRequest } from '../../../core/model/index.ts';
import { probeRequestFor, referenceRequestsFor, secretReferencesOf } from '../../../core/probe/probe-request.ts';
import shipped from '../../../evenkeel.config.ts';

const parsed = parseConfig(shipped);
if (!parsed.ok) throw new Error('the shipped configuration is broken');
const { config } = parsed;
const seen = endpointsSeenFrom(config, 'eu-west-1');
const secrets = new Map(
  seen.flatMap(({ endpoint }) => secretReferencesOf(endpoint)).map((reference) => [reference, `value of ${reference}`]),
);

function requestNamed(service: string, endpoint: string, region: string) {
  const found = seen.find((one) => one.service === service && one.endpoint.name === endpoint && one.region === region);
  if (!found) throw new Error(`no endpoint ${service}/${endpoint}`);
  return probeRequestFor(found, 'eu-west-1', config, secrets);
}

describe('the request for a configured endpoint', () => {
  test('is valid for every endpoint of the shipped configuration', () => {
    for (const one of seen) {
      const request = probeRequestFor(one, 'eu-west-1', config, secrets);
      expect(request.ok && ProbeRequest.parse(request.value)).toBeTruthy();
    }
  });

  test('holds the whole journey, each secret in the header it was meant for', () => {
    const request = requestNamed('checkout', 'order', 'us-east-1');
    expect(request).toMatchObject({
      ok: true,
      value: {
        kind: 'http',
        host: 'checkout.us-east-1.example.com',
        subject: { service: 'checkout', endpoint: 'order', region: 'us-east-1' },
        http: [
          { method: 'GET' },
          { method: 'POST', headers: { authorization: 'value of ssm:/shop/probe-token' }, conditions: ['[STATUS] == 201'] },
        ],
      },
    });
  });

  test('is not made without the value of a secret', () => {
    const order = seen.find(({ endpoint }) => endpoint.name === 'order');
    expect(order && probeRequestFor(order, 'eu-west-1', config, new Map())).toMatchObject({
      ok: false,
      code: 'not-found',
      reason: 'checkout/order: no value for ssm:/shop/probe-token',
    });
  });

  test('judges the lookups of DynamoDB, which is critical, by 50 and 100 ms and others by 100 and 200', () => {
    expect(requestNamed('aws-dynamodb', 'dns', 'us-east-1')).toMatchObject({
      value: { kind: 'dns', thresholds: { warningMs: 50, criticalMs: 100 } },
    });
    expect(requestNamed('aws-sts', 'dns', 'us-east-1')).toMatchObject({
      value: { kind: 'dns', thresholds: { warningMs: 100, criticalMs: 200 } },
    });
  });
});

test('the lookup goes to the servers of the endpoint, else to those of the vantage', () => {
  const [first] = seen;
  if (!first) throw new Error('no endpoint');
  const regions = config.regions.map((region) => ({ ...region, dnsServers: [`127.0.0.1:${region.name === 'eu-west-1' ? 53 : 54}`] }));
  const own = { ...first, endpoint: { ...first.endpoint, dnsServers: ['127.0.0.1:55'] } };
  expect(probeRequestFor(first, 'eu-west-1', { ...config, regions }, secrets)).toMatchObject({
    value: { dns: { servers: ['127.0.0.1:53'] } },
  });
  expect(probeRequestFor(own, 'eu-west-1', { ...config, regions }, secrets)).toMatchObject({
    value: { dns: { servers: ['127.0.0.1:55'] } },
  });
});

test('an HTTP endpoint without conditions still fails with an error page', () => {
  const health = seen.find(({ endpoint }) => endpoint.kind === 'http');
  if (!health) throw new Error('no HTTP endpoint');
  const bare = { ...health, endpoint: { ...health.endpoint, conditions: [], secretHeaders: {}, journey: [] } };
  expect(probeRequestFor(bare, 'eu-west-1', config, secrets)).toMatchObject({ value: { http: [{ conditions: ['[STATUS] < 400'] }] } });
});

test('references are probed with patience, and an address written into the configuration is allowed', () => {
  const local = { ...config, selfTest: { references: [{ name: 'local', url: 'http://127.0.0.9:8080/' }] } };
  expect(referenceRequestsFor(local, 'eu-west-1')).toMatchObject([
    { name: 'local', request: { host: '127.0.0.9', allowAddresses: ['127.0.0.9'] } },
  ]);
});
