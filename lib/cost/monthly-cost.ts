import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { endpointsSeenFrom } from '../../core/config/endpoints-seen.ts';
import type { Config } from '../../core/config/schema.ts';
import { functionShapes } from '../functions/catalogue.ts';
import { type Counted, countResources } from './count-resources.ts';
import { assumptions, minutesPerMonth, type Usage, usageOf } from './usage.ts';

const Prices = z.object({ date: z.iso.date(), currency: z.literal('USD'), unitUsd: z.record(z.string(), z.number().positive()) });
export const prices = Prices.parse(JSON.parse(readFileSync(join(import.meta.dirname, 'prices.json'), 'utf8')));

/** What a line pays for; probing is what the figure per endpoint counts. */
export type Part = 'probing' | 'votes' | 'readiness';

export interface CostLine {
  item: string;
  part: Part;
  quantity: number;
  unitUsd: number;
  usd: number;
}

export interface MonthlyCost {
  /** USD a month, all lines. */
  month: number;
  /** USD a month for probing one endpoint from every vantage. */
  perEndpointMonth: number;
  endpoints: number;
  vantages: number;
  pricesOf: string;
  lines: CostLine[];
  /** What the same probes would cost elsewhere. */
  peers: { name: string; month: number; perEndpointMonth: number; note: string }[];
}

/** A calm month of a configuration: what stands there, and what runs while nothing is wrong. */
export function monthlyCost(config: Config, counted: Counted = countResources(config)): MonthlyCost {
  const usage = config.regions.map(({ name }) => usageOf(config, name));
  const lines = [...probing(config, usage, counted), ...votes(config, counted), ...readiness(config, counted)].filter(
    ({ quantity }) => quantity > 0,
  );
  const endpoints = new Set(
    config.regions.flatMap(({ name }) =>
      endpointsSeenFrom(config, name).map(({ service, region, endpoint }) => `${service}/${region}/${endpoint.name}`),
    ),
  ).size;
  const ofProbing = sum(lines.filter(({ part }) => part === 'probing').map(({ usd }) => usd));
  return {
    month: rounded(sum(lines.map(({ usd }) => usd))),
    perEndpointMonth: endpoints === 0 ? 0 : rounded(ofProbing / endpoints),
    endpoints,
    vantages: config.regions.length,
    pricesOf: prices.date,
    lines,
    peers: peersOf(config, endpoints),
  };
}

function line(part: Part, item: string, quantity: number, price: string): CostLine {
  const unitUsd = prices.unitUsd[price];
  if (unitUsd === undefined) throw new Error(`lib/cost/prices.json has no price of ${price}`);
  return { item, part, quantity: rounded(quantity), unitUsd, usd: rounded(quantity * unitUsd) };
}

function probing(config: Config, usage: Usage[], counted: Counted): CostLine[] {
  const total = (of: (usage: Usage) => number) => sum(usage.map(of));
  const peers = config.regions.length - 1;
  const probeSeconds = total(
    ({ slots, slotsWithEndpoints }) =>
      slotsWithEndpoints * assumptions.probeSlotSeconds.withEndpoints +
      (slots - slotsWithEndpoints) * assumptions.probeSlotSeconds.withoutEndpoints,
  );
  const messages = total(({ sampleMessages }) => sampleMessages);
  const observations = messages * peers;
  const analyzeSeconds = messages * assumptions.analyzeSeconds.samples + observations * assumptions.analyzeSeconds.observation;
  const gb = (name: 'probe' | 'analyze') => functionShapes[name].memoryMiB / 1024;
  return [
    line('probing', 'probe: Lambda GB-seconds', probeSeconds * gb('probe'), 'lambda.gbSecond.arm'),
    line('probing', 'analyze: Lambda GB-seconds', analyzeSeconds * gb('analyze'), 'lambda.gbSecond.arm'),
    line('probing', 'probe and analyze: Lambda requests', total(({ slots }) => slots) + messages + observations, 'lambda.request'),
    line(
      'probing',
      'delay queues: SQS requests',
      queueRequests(
        counted.delayQueues,
        total(({ slots }) => slots),
      ),
      'sqs.request',
    ),
    line(
      'probing',
      'samples and observations: EventBridge events',
      total(({ eventsSent }) => eventsSent),
      'eventbridge.event',
    ),
    line(
      'probing',
      'what is known: DynamoDB write units',
      total(({ writeUnits }) => writeUnits),
      'dynamodb.writeUnit',
    ),
    line(
      'probing',
      'what is known: DynamoDB read units',
      total(({ readUnits }) => readUnits),
      'dynamodb.readUnit',
    ),
    line(
      'probing',
      'ProbeSuccess: CloudWatch series',
      total(({ series }) => series),
      'cloudwatch.metric',
    ),
    line(
      'probing',
      'ProbeSuccess: PutMetricData requests',
      total(({ slotsWithEndpoints }) => slotsWithEndpoints),
      'cloudwatch.putMetricData',
    ),
    line(
      'probing',
      'logs: GB taken in',
      total(({ logGb }) => logGb),
      'cloudwatch.logGb',
    ),
  ];
}

/** One message sent, received and deleted a slot, and the empty looks into the queues. */
function queueRequests(queues: number, slots: number): number {
  return slots * 3 + queues * assumptions.pollsPerQueueMinute * minutesPerMonth;
}

function votes(config: Config, counted: Counted): CostLine[] {
  const published = config.trafficGroups.length * config.regions.length * (config.regions.length - 1) * minutesPerMonth;
  return [
    line('votes', 'votes: Route 53 health checks', counted.healthChecks, 'route53.healthCheck'),
    line('votes', 'votes by object: options of health checks', counted.healthCheckOptions, 'route53.healthCheckOption'),
    line('votes', 'votes: CloudWatch alarms', counted.voteAlarms, 'cloudwatch.alarm'),
    line('votes', 'votes: CloudWatch series', counted.voteAlarms, 'cloudwatch.metric'),
    line('votes', 'votes: PutMetricData requests', counted.voteAlarms === 0 ? 0 : published, 'cloudwatch.putMetricData'),
  ];
}

/** Being ready to act: what stands there, and the tasks of each minute. */
function readiness(config: Config, counted: Counted): CostLine[] {
  const tasks = ['vote', 'analyze', 'sweep', 'plan', 'learn'] as const;
  const runs = config.regions.length * minutesPerMonth;
  const gbSeconds = sum(tasks.map((name) => (functionShapes[name].memoryMiB / 1024) * runs * assumptions.minuteTaskSeconds));
  return [
    line('readiness', 'tasks of each minute: Lambda GB-seconds', gbSeconds, 'lambda.gbSecond.arm'),
    line('readiness', 'tasks of each minute: Lambda requests', runs * tasks.length, 'lambda.request'),
    line('readiness', 'self-watch: CloudWatch alarms', counted.alarms - counted.voteAlarms, 'cloudwatch.alarm'),
    line('readiness', 'dashboards', counted.dashboards, 'cloudwatch.dashboard'),
    line('readiness', 'KMS keys', counted.keys, 'kms.key'),
  ];
}

function peersOf(config: Config, endpoints: number): MonthlyCost['peers'] {
  const vantages = config.regions.length;
  const { unitUsd } = prices;
  const canary = (unitUsd['synthetics.run'] ?? 0) * minutesPerMonth;
  // HTTPS and string match are an option each; sixteen and more checkers ask every 30 s, from places that AWS chooses.
  const check = (unitUsd['route53.endpointCheck'] ?? 0) + 2 * (unitUsd['route53.endpointCheckOption'] ?? 0);
  return [
    {
      name: 'CloudWatch Synthetics',
      month: rounded(canary * vantages * endpoints),
      perEndpointMonth: rounded(canary * vantages),
      note: `one canary an endpoint and vantage, every minute, ${vantages} vantages; its Lambda, S3 and logs come on top`,
    },
    {
      name: 'Route 53 health checks',
      month: rounded(check * endpoints),
      perEndpointMonth: rounded(check),
      note: 'one check an endpoint of an address outside AWS, HTTPS and string match, every 30 s; it knows no journeys and no vantage of yours',
    },
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** To a hundredth of a cent. */
function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
