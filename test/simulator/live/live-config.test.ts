import { describe, expect, it } from 'vitest';
import { endpointsSeenFrom } from '../../../core/config/endpoints-seen.ts';
import { parseConfig } from '../../../core/config/parse-config.ts';
import type { Config } from '../../../core/config/schema.ts';
import { decideAddress } from '../../../core/knowledge/address-policy.ts';
import shipped from '../../../evenkeel.config.ts';
import { createLayout } from '../../../simulator/live/layout.ts';
import { liveConfigOf } from '../../../simulator/live/live-config.ts';

function parsed(raw: unknown): Config {
  const result = parseConfig(raw);
  if (!result.ok) throw new Error(result.problems.map(({ path, message }) => `${path} ${message}`).join('\n'));
  return result.config;
}

const original = parsed(shipped);
const layout = createLayout(original, 9_000);
const live = liveConfigOf(original, { layout, carrier: 'object', ipv6: true });

describe('the live configuration', () => {
  it('is one that an operator could have written', () => {
    expect(parsed(live.config).services.map(({ name }) => name)).toEqual(original.services.map(({ name }) => name));
  });

  it('keeps services, intervals and thresholds of the shipped one', () => {
    for (const [index, service] of live.config.services.entries()) {
      const before = original.services[index];
      expect(
        service.endpoints.map(({ name, intervalSeconds, thresholds, weight }) => ({ name, intervalSeconds, thresholds, weight })),
      ).toEqual(before?.endpoints.map(({ name, intervalSeconds, thresholds, weight }) => ({ name, intervalSeconds, thresholds, weight })));
    }
    const { latency: _, ...thresholds } = live.config.thresholds;
    expect(original.thresholds).toMatchObject(thresholds);
    expect(live.config.thresholds.latency.http).toEqual(original.thresholds.latency.http);
  });

  it('has a loopback address for every name that is probed, in the network of its region, and lets the probe go there', () => {
    const seen = endpointsSeenFrom(live.config, 'eu-west-1').filter(({ endpoint }) => endpoint.kind === 'http');
    expect(seen).toHaveLength(9);
    for (const { endpoint, region } of seen) {
      if (endpoint.kind !== 'http') continue;
      const { hostname, port } = new URL(endpoint.url);
      const address = live.names.get(hostname) ?? '';
      expect(address).toMatch(new RegExp(`^127\\.0\\.${live.config.regions.findIndex(({ name }) => name === region) + 1}\\.`));
      expect(port).toBe('9002');
      expect(decideAddress(address, endpoint.allowAddresses)).toEqual({ allowed: true });
      expect(decideAddress(`::ffff:${address}`, endpoint.allowAddresses)).toEqual({ allowed: true });
    }
  });

  it('asks for no certificate, and keeps every other condition', () => {
    const conditions = live.config.services.flatMap(({ endpoints }) => endpoints.flatMap((endpoint) => endpoint.conditions));
    expect(conditions).toEqual(['[STATUS] == 200', '[BODY].status == ok', '[STATUS] == 200', '[STATUS] == 200']);
  });

  it('has names for the whole catalogue', () => {
    for (const { service } of original.awsEndpoints) expect([...live.names.values()]).toContain(layout.aws(service, 'us-west-2'));
    expect(live.names.get('dynamodb.us-east-1.amazonaws.com')).toBe(layout.aws('dynamodb', 'us-east-1'));
    expect(live.names.get('elasticloadbalancing.us-east-1.amazonaws.com')).toBe(layout.aws('elb', 'us-east-1'));
  });

  it('moves A and AAAA together, and A alone without IPv6', () => {
    expect(live.config.trafficGroups[0]?.records.map(({ type }) => type)).toEqual(['A', 'AAAA']);
    const plain = liveConfigOf(original, { layout, carrier: 'metric', ipv6: false });
    expect(plain.config.trafficGroups[0]).toMatchObject({ carrier: 'metric', records: [{ type: 'A' }] });
    expect(plain.config.trafficGroups[0]?.records).toHaveLength(1);
  });
});
