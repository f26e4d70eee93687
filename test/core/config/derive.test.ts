import { describe, expect, it } from 'vitest';
import { dependenciesOf, failoverCandidates, regionsOfGroup, regionsOfService, servicesOfGroup } from '../../../core/config/derive.ts';
import { catalogueEndpoints, endpointsSeenFrom } from '../../../core/config/endpoints-seen.ts';
import { parseConfig } from '../../../core/config/parse-config.ts';
import type { Config, ConfigInput } from '../../../core/config/schema.ts';
import { example } from './example.ts';

function parsed(input: ConfigInput): Config {
  const result = parseConfig(input);
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 2));
  return result.config;
}

const deployment = { kind: 'ecs', cluster: 'c', service: 's', maxUnits: 4, baselineUnits: 2 } as const;

describe('what follows from a configuration', () => {
  it('finds the services and regions of a traffic group', () => {
    const config = parsed(example());
    expect(servicesOfGroup(config, 'checkout').map(({ name }) => name)).toEqual(['checkout']);
    expect(regionsOfGroup(config, 'checkout')).toEqual(['us-east-1', 'eu-west-1', 'us-west-2']);
    expect(regionsOfGroup(config, 'unknown')).toEqual([]);
  });

  it('takes the regions of a service from its deployments, else its records, else all', () => {
    const input = example();
    const [checkout, payments] = parsed(input).services;
    delete input.trafficGroups[0].records[0]?.regions['us-west-2'];
    const config = parsed(input);
    expect(checkout && regionsOfService(config, checkout)).toEqual(['us-east-1', 'eu-west-1']);
    expect(payments && regionsOfService(config, payments)).toEqual(['us-east-1', 'eu-west-1', 'us-west-2']);
    input.services[0].deployments = { 'eu-west-1': deployment, 'us-east-1': deployment, 'us-west-2': deployment };
    const [deployed] = parsed(input).services;
    expect(deployed && regionsOfService(config, deployed)).toEqual(['us-east-1', 'eu-west-1', 'us-west-2']);
  });

  it('offers as failover candidates the other regions that every service of the group runs in and may be in', () => {
    const input = example();
    expect(failoverCandidates(parsed(input), 'checkout', 'us-east-1')).toEqual(['eu-west-1', 'us-west-2']);
    input.services[0].allowedRegions = ['us-east-1', 'us-west-2'];
    expect(failoverCandidates(parsed(input), 'checkout', 'us-east-1')).toEqual(['us-west-2']);
    input.services[1].trafficGroup = 'checkout';
    input.services[1].deployments = { 'us-east-1': deployment };
    expect(failoverCandidates(parsed(input), 'checkout', 'us-east-1')).toEqual([]);
  });

  it('names dependencies as subjects name them', () => {
    const [checkout] = parsed(example()).services;
    expect(checkout && dependenciesOf(checkout)).toEqual([
      { service: 'payments', hard: true },
      { service: 'aws-dynamodb', hard: true },
    ]);
  });

  it('lets every region see every region, with the name of the region filled in', () => {
    const config = parsed(example());
    const urls = endpointsSeenFrom(config, 'eu-west-1').flatMap(({ service, endpoint, region }) =>
      service === 'checkout' && endpoint.kind === 'http' ? [[region, endpoint.url]] : [],
    );
    expect(urls).toEqual([
      ['us-east-1', 'https://checkout.us-east-1.example.com/health'],
      ['eu-west-1', 'https://checkout.eu-west-1.example.com/health'],
      ['us-west-2', 'https://checkout.us-west-2.example.com/health'],
    ]);
  });

  it('shows a self-report to its own region alone and a global name without a region', () => {
    const input = example();
    input.services[1].endpoints?.push({
      name: 'inside',
      kind: 'tls',
      host: 'payments.{region}.internal',
      perRegion: true,
      selfReport: true,
    });
    const seen = endpointsSeenFrom(parsed(input), 'us-west-2').filter(({ service }) => service === 'payments');
    expect(seen.map(({ endpoint, region }) => [endpoint.name, region])).toEqual([
      ['open', undefined],
      ['inside', 'us-west-2'],
    ]);
    expect(seen[1]?.endpoint).toMatchObject({ host: 'payments.us-west-2.internal' });
  });

  it('never probes a service with failover on more rarely than every 20 s', () => {
    const input = example();
    const [endpoint] = input.services[0].endpoints ?? [];
    if (endpoint) endpoint.intervalSeconds = { base: 60, min: 30, max: 600 };
    const [checkout] = endpointsSeenFrom(parsed(input), 'us-east-1');
    expect(checkout?.endpoint.intervalSeconds).toEqual({ base: 20, min: 20, max: 20 });
    const payments = endpointsSeenFrom(parsed(input), 'us-east-1').find(({ service }) => service === 'payments');
    expect(payments?.endpoint.intervalSeconds).toEqual({ base: 30, min: 5, max: 300 });
  });

  it('judges lookups by 100 and 200 ms, by 50 and 100 ms where the priority is critical', () => {
    const seen = endpointsSeenFrom(parsed(example()), 'us-east-1');
    const lookup = (service: string) => seen.find((entry) => entry.service === service && entry.endpoint.kind === 'dns')?.lookup;
    expect(lookup('aws-sts')).toEqual({ warningMs: 100, criticalMs: 200 });
    expect(lookup('aws-dynamodb')).toEqual({ warningMs: 50, criticalMs: 100 });
  });

  it('prefers the limits of the vantage, then those of the endpoint, then those of the kind', () => {
    const input = example();
    const [endpoint] = input.services[0].endpoints ?? [];
    const latencyFrom = (vantage: string) => endpointsSeenFrom(parsed(input), vantage)[0]?.latency;
    expect(latencyFrom('us-east-1')).toEqual({ warningMs: 1000, criticalMs: 3000 });
    if (endpoint)
      endpoint.thresholds = { warningMs: 300, criticalMs: 900, perVantage: { 'us-west-2': { warningMs: 500, criticalMs: 1500 } } };
    expect(latencyFrom('us-east-1')).toEqual({ warningMs: 300, criticalMs: 900 });
    expect(latencyFrom('us-west-2')).toEqual({ warningMs: 500, criticalMs: 1500 });
  });

  it('carries a catalogue of seven AWS services in each region, DynamoDB critical', () => {
    const catalogue = catalogueEndpoints(parsed(example()), 'eu-west-1');
    expect([...new Set(catalogue.map(({ service }) => service))]).toEqual([
      'aws-dynamodb',
      'aws-rds',
      'aws-ec2',
      'aws-s3',
      'aws-lambda',
      'aws-elb',
      'aws-sts',
    ]);
    expect(catalogue.filter(({ endpoint }) => endpoint.priority === 'critical').map(({ service }) => service)).toEqual([
      'aws-dynamodb',
      'aws-dynamodb',
    ]);
    const names = catalogue.flatMap(({ endpoint }) => (endpoint.kind === 'dns' ? [endpoint.dns.queryName] : []));
    expect(names).toContain('dynamodb.eu-west-1.amazonaws.com');
    expect(names).toContain('elasticloadbalancing.eu-west-1.amazonaws.com');
  });

  it('keeps the eleven default playbooks except where the file answers the alert itself', () => {
    const input = example();
    expect(parsed(input).playbooks).toHaveLength(11);
    input.playbooks = [{ name: 'calm', alert: 'cpu', levels: [{ name: 'soft', actions: [{ action: 'notify' }] }] }];
    const forCpu = parsed(input).playbooks.filter(({ alert }) => alert === 'cpu');
    expect(forCpu.map(({ name }) => name)).toEqual(['calm']);
    expect(forCpu[0]?.levels[0]).toMatchObject({ attempts: 3, backoff: { kind: 'exponential', seconds: 30, maxSeconds: 300 } });
  });
});
