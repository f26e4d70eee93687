import { App } from 'aws-cdk-lib';
import { Template as Assertions } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { billOf } from '../../bin/cost/bill.ts';
import { type Metered, meterCalm } from '../../bin/cost/meter.ts';
import { tableOf, textOf } from '../../bin/cost/print.ts';
import { countQuantities, endpointCount } from '../../bin/cost/quantities.ts';
import { sizedConfig } from '../../bin/cost/sized-config.ts';
import { countTemplates, estimateResources, type StandingResources, Template } from '../../bin/cost/template-counts.ts';
import { loadConfig } from '../../bin/load-config.ts';
import { parseConfig } from '../../core/config/parse-config.ts';
import type { Config } from '../../core/config/schema.ts';
import { TrafficStack } from '../../lib/stacks/traffic-stack.ts';

const allRegions = ['us-east-1', 'eu-west-1', 'us-west-2', 'eu-central-1', 'ap-southeast-2'];

/** One service with one endpoint a region and one traffic group. */
function world(regions: number, carrier: 'metric' | 'object' = 'metric'): Config {
  const names = allRegions.slice(0, regions);
  const parsed = parseConfig({
    name: 'shop',
    regions: names.map((name) => ({ name })),
    awsEndpoints: [],
    services: [
      {
        name: 'checkout',
        tier: 1,
        owner: 'somebody@example.com',
        trafficGroup: 'checkout',
        endpoints: [
          {
            name: 'health',
            kind: 'http',
            url: 'https://checkout.{region}.example.com/health',
            perRegion: true,
            conditions: ['[STATUS] == 200'],
            intervalSeconds: { base: 60, min: 60, max: 60 },
          },
        ],
      },
    ],
    trafficGroups: [
      {
        name: 'checkout',
        carrier,
        zone: { id: 'Z0EXAMPLE', name: 'example.com' },
        records: [
          {
            name: 'checkout.example.com',
            regions: Object.fromEntries(names.map((name, index) => [name, { values: [`192.0.2.${index + 1}`] }])),
          },
        ],
      },
    ],
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

/** One minute of three regions, in round numbers. */
const metered: Metered = {
  minutes: 1,
  probes: 100,
  slots: 9,
  idleSlots: 3,
  invocations: { analyze: 30 },
  storeCalls: { probe: 20, messages: 200, minute: 10 },
  writeUnits: 1000,
  readUnits: 2000,
  storedBytes: 3_000_000_000,
  ownEvents: 9,
  peerEvents: 18,
  peerEventBytes: 18_000,
  metricRequests: 9,
  metricSeries: 40,
  metricReads: 12,
  votesCast: 6,
  dnsLooks: 9,
  logBytes: 1000,
  writesByFamily: {},
};

const standing: StandingResources = {
  alarms: 30,
  voteAlarms: 6,
  dashboards: 3,
  keys: 3,
  polledQueues: 6,
  pollers: 12,
  functions: {
    probe: { memoryMiB: 512, traced: true, logged: true },
    analyze: { memoryMiB: 1024, traced: true, logged: true },
    vote: { memoryMiB: 256, traced: false, logged: false },
    sweep: { memoryMiB: 256, traced: true, logged: true },
    plan: { memoryMiB: 256, traced: false, logged: false },
    learn: { memoryMiB: 256, traced: false, logged: false },
  },
  retentionDays: 30,
  checks: { metric: 6, calculated: 3, object: 0 },
};

describe('the bill', () => {
  const bill = billOf(world(3), countQuantities(world(3), standing, metered));
  const usd = (item: string) => bill.lines.find((line) => line.item.startsWith(item))?.usd;
  const minutes = 730 * 60;

  it.each([
    ['Lambda requests: slots', (9 * minutes * 0.2) / 1e6],
    ['Lambda requests: judging', (30 * minutes * 0.2) / 1e6],
    ['Lambda GB-seconds: probing', (6 * 0.6 + 3 * 0.05 + 100 * 0.01 + 20 * 0.005) * 0.5 * minutes * 0.0000133334],
    ['Lambda GB-seconds: judging', (30 * 0.05 + 200 * 0.005 + 9 * 0.1) * 1 * minutes * 0.0000133334],
    ['EventBridge: samples', (9 * minutes) / 1e6],
    ['EventBridge: observations', (18 * minutes) / 1e6],
    ['SQS: later slots', (3 * 6 * minutes * 0.4) / 1e6],
    ['SQS: empty', (12 * 3 * minutes * 0.4) / 1e6],
    ['Lambda requests: each minute', (5 * 3 * minutes * 0.2) / 1e6],
    ['Lambda GB-seconds: each minute', (3 * 0.05 * 2 + (10 * 0.005 * 2) / 5) * minutes * 0.0000133334],
    ['X-Ray traces of each minute', (2 * 3 * minutes * 5) / 1e6],
    ['CloudWatch Logs of each minute', (2 * 3 * 700 * minutes * 0.5) / 1e9],
    ['DynamoDB write units', (1000 * minutes * 0.625) / 1e6],
    ['DynamoDB read units', (2000 * minutes * 0.125) / 1e6],
    ['DynamoDB storage', 0.75],
    ['DynamoDB point-in-time', 0.6],
    ['CloudWatch custom metrics', 12],
    ['CloudWatch PutMetricData', (9 * minutes * 0.01) / 1000],
    ['CloudWatch Logs, GB ingested', ((39 * 700 + 1000) * minutes * 0.5) / 1e9],
    ['CloudWatch metrics read', (12 * minutes * 0.01) / 1000],
    ['CloudWatch alarms', 3],
    ['CloudWatch dashboards', 9],
    ['X-Ray traces of probing', (39 * minutes * 5) / 1e6],
    ['KMS keys', 3],
    ['Data transfer: probes', (100 * 2000 * minutes * 0.02) / 1e9],
    ['Step Functions', (2 * 400 * 0.025) / 1000],
  ])('%s is what the price list says', (item, expected) => {
    expect(usd(item)).toBeCloseTo(expected, 6);
  });

  it('has one line for the votes of each traffic group: three calculated checks, six vote checks, their metrics and alarms', () => {
    const putRequests = (6 * minutes * 0.01) / 1000;
    expect(bill.lines.filter(({ part }) => part === 'votes').map(({ item }) => item)).toEqual(['Votes of traffic group checkout']);
    expect(usd('Votes of traffic group checkout')).toBeCloseTo(3 * 0.5 + 6 * 0.5 + 6 * 0.3 + 6 * 0.1 + putRequests, 6);
  });

  it('charges vote objects for HTTPS, string matching and the fast interval, and for what the checkers ask of S3', () => {
    const objects = billOf(world(3, 'object'), countQuantities(world(3, 'object'), standing, metered));
    const looks = (6 * 16 * 6 * minutes * 0.4) / 1e6;
    expect(objects.parts.votes).toBeCloseTo(3 * 0.5 + 6 * 3.5 + looks + (6 * minutes * 5) / 1e6, 6);
  });

  it('adds up: the lines make the parts, the parts the month, and probing alone the price of an endpoint', () => {
    const sum = bill.lines.reduce((total, line) => total + line.usd, 0);
    expect(bill.month).toBeCloseTo(sum, 9);
    expect(bill.perEndpointMonth).toBeCloseTo(bill.parts.probing / 3, 9);
    for (const line of bill.lines) expect(line.usd).toBeCloseTo(line.quantity * line.unitUsd, 9);
  });

  it('shows what canaries, endpoint checks and Region switch would take for the same probes', async () => {
    const sized = sizedConfig(await loadConfig(), 100);
    const peers = billOf(sized, []).peers.map(({ name, usd: amount }) => [name, Math.round(amount)]);
    expect(peers).toEqual([
      ['CloudWatch Synthetics canaries', Math.round(100 * 3 * minutes * 0.0012)],
      ['Route 53 endpoint checks', 150],
      ['ARC Region switch', 70],
    ]);
  });

  it('prints each line with count and price, and a row for each size', () => {
    expect(textOf(bill)).toContain('SQS: empty receives of the pollers');
    expect(tableOf([bill]).split('\n')[1]?.trim()).toMatch(/^3 /);
  });
});

describe('the meter', () => {
  it('counts what the stages of three regions do in five calm minutes', async () => {
    const used = await meterCalm(world(3), { warmMinutes: 20, minutes: 5 });
    const slots = 5 * 3 * 3;
    expect(used.slots).toBe(slots);
    expect(used.votesCast).toBe(5 * 3 * 2);
    // Three endpoints from three vantages once a minute; the rest is the self-test.
    expect(used.probes).toBeGreaterThanOrEqual(5 * 9);
    expect(used.peerEvents).toBe(2 * used.ownEvents);
    expect(used.invocations.analyze).toBe(used.ownEvents + used.peerEvents);
    expect(used.writeUnits).toBe(Object.values(used.writesByFamily).reduce((sum, units) => sum + units, 0));
  });

  it('measures the same world twice alike, and a bigger one as bigger', async () => {
    const config = await loadConfig();
    const span = { warmMinutes: 12, minutes: 2 };
    const small = await meterCalm(sizedConfig(config, 12), span);
    expect(await meterCalm(sizedConfig(config, 12), span)).toEqual(small);
    expect((await meterCalm(sizedConfig(config, 60), span)).probes - small.probes).toBe(48 * 3 * 2);
  });

  it('comes to less than 0.145 USD an endpoint and month for a hundred endpoints from three regions once a minute', async () => {
    const config = sizedConfig(await loadConfig(), 100);
    const calm = await meterCalm(config, { warmMinutes: 20, minutes: 10 });
    expect(billOf(config, countQuantities(config, estimateResources(config), calm)).perEndpointMonth).toBeLessThan(0.145);
  });

  it('pays for detectors that know their endpoints for a week: five kilobytes a series, every other hour', async () => {
    const config = sizedConfig(await loadConfig(), 12);
    const calm = await meterCalm({ ...config, awsEndpoints: [] }, { warmMinutes: 1, minutes: 120 });
    expect((calm.writesByFamily.detector ?? 0) / (12 * 3)).toBeCloseTo(5, 0);
  });

  it('has as many endpoints as it was asked for', async () => {
    const config = await loadConfig();
    for (const size of [1, 10, 100]) expect(endpointCount(sizedConfig(config, size))).toBe(size);
    expect(endpointCount(config)).toBe(9);
  });
});

describe('the templates', () => {
  it.each([2, 3, 4, 5])('hold as many health checks for %i regions as the configuration says', (regions) => {
    for (const carrier of ['metric', 'object'] as const) {
      const config = world(regions, carrier);
      const stack = new TrafficStack(new App(), 'checks', { config, voteSecret: 's'.repeat(32) });
      const counted = countTemplates([Template.parse(Assertions.fromStack(stack).toJSON())]);
      expect(counted.checks).toEqual(estimateResources(config).checks);
    }
  });

  it('are counted: alarms apart from those of votes, polled queues and their pollers, traced functions, the longest retention', () => {
    const resource = (Type: string, Properties: Record<string, unknown> = {}) => ({ Type, Properties });
    const counted = countTemplates([
      {
        Resources: {
          Broken: resource('AWS::CloudWatch::Alarm', { Namespace: 'AWS/States' }),
          Vote: resource('AWS::CloudWatch::Alarm', { Namespace: 'evenkeel/shop/votes/us-east-1' }),
          Overview: resource('AWS::CloudWatch::Dashboard'),
          Key: resource('AWS::KMS::Key'),
          Slot20: resource('AWS::Lambda::EventSourceMapping'),
          Slot40: resource('AWS::Lambda::EventSourceMapping', { ScalingConfig: { MaximumConcurrency: 2 } }),
          FunctionsProbeFunctionD223F09C: resource('AWS::Lambda::Function', { MemorySize: 256, TracingConfig: { Mode: 'PassThrough' } }),
          FunctionsVoteFunction4274CD2C: resource('AWS::Lambda::Function', {
            ...{ MemorySize: 128, TracingConfig: { Mode: 'Active' }, LoggingConfig: { SystemLogLevel: 'WARN' } },
          }),
          FunctionsProbeLogs: resource('AWS::Logs::LogGroup', { RetentionInDays: 30 }),
        },
      },
    ]);
    expect(counted).toMatchObject({
      alarms: 1,
      voteAlarms: 1,
      dashboards: 1,
      keys: 1,
      polledQueues: 2,
      pollers: 2 + 5,
      functions: {
        probe: { memoryMiB: 256, traced: false, logged: true },
        vote: { memoryMiB: 128, traced: true, logged: false },
      },
      retentionDays: 30,
      checks: { metric: 0, calculated: 0, object: 0 },
    });
  });
});
