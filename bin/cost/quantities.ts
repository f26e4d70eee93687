import { endpointsSeenFrom } from '../../core/config/endpoints-seen.ts';
import type { Config, TrafficGroup } from '../../core/config/schema.ts';
import { assumptions } from './assumptions.ts';
import type { Metered } from './meter.ts';
import { prices } from './prices.ts';
import { checksOf, type StandingResources, type StandingShape } from './template-counts.ts';

/** probing: looking and judging; standing: what is there anyway; acting: incidents; votes: what moves traffic. */
export type Part = 'probing' | 'standing' | 'acting' | 'votes';

/** So much of something, at a price of prices.ts. */
export interface Quantity {
  part: Part;
  item: string;
  quantity: number;
  price: Exclude<keyof typeof prices, 'asOf' | 'region' | 'source' | 'hoursPerMonth'>;
  /** The traffic group that a vote is for. */
  group?: string;
}

export const minutesPerMonth = prices.hoursPerMonth * 60;
const gigabyte = 1e9;

/** URLs that are probed: those of the services, copies per region counted; neither the AWS catalogue nor the self-test. */
export function endpointCount(config: Config): number {
  const own = new Set(config.services.map(({ name }) => name));
  const urls = config.regions.flatMap(({ name }) =>
    endpointsSeenFrom(config, name)
      .filter(({ service }) => own.has(service))
      .map(({ service, endpoint, region }) => `${service}/${endpoint.name}/${region ?? ''}`),
  );
  return new Set(urls).size;
}

/** Everything that a calm month uses, line by line. Pure: `metered` is what the stages used, `standing` what the templates hold. */
export function countQuantities(config: Config, standing: StandingResources, metered: Metered): Quantity[] {
  return [
    ...probing(standing, metered),
    ...standingStill(config, standing, metered),
    ...acting(config),
    ...config.trafficGroups.flatMap((group) => votes(config, group, metered)),
  ];
}

/** Messages of the slots are judged by this function, besides its minute. */
const judge = 'analyze';

function probing(standing: StandingResources, metered: Metered): Quantity[] {
  const aMonth = (count: number) => (count / metered.minutes) * minutesPerMonth;
  const { probe, [judge]: judging } = standing.functions;
  const judged = metered.invocations[judge] ?? 0;
  const probeSeconds =
    (metered.slots - metered.idleSlots) * assumptions.probeSlotSeconds +
    metered.idleSlots * assumptions.invocationSeconds +
    metered.probes * assumptions.probeSeconds +
    (metered.storeCalls.probe ?? 0) * assumptions.storeCallSeconds;
  const judgeSeconds =
    judged * assumptions.invocationSeconds +
    (metered.storeCalls.messages ?? 0) * assumptions.storeCallSeconds +
    metered.dnsLooks * assumptions.dnsLookSeconds;
  const traces = (probe.traced ? metered.slots : 0) + (judging.traced ? judged : 0);
  const logged = (probe.logged ? metered.slots : 0) + (judging.logged ? judged : 0);
  const logGb = aMonth(logged * assumptions.logBytesPerInvocation + metered.logBytes) / gigabyte;
  // Each queue gets one message a minute.
  const queued = standing.polledQueues * minutesPerMonth;
  const line = (item: string, quantity: number, price: Quantity['price']): Quantity => ({ part: 'probing', item, quantity, price });
  return [
    line('Lambda requests: slots of the probe', aMonth(metered.slots), 'lambdaRequest'),
    line('Lambda requests: judging samples and observations', aMonth(judged), 'lambdaRequest'),
    line('Lambda GB-seconds: probing', aMonth(probeSeconds * gbOf(probe)), 'lambdaGbSecond'),
    line('Lambda GB-seconds: judging', aMonth(judgeSeconds * gbOf(judging)), 'lambdaGbSecond'),
    line('EventBridge: samples to the own bus', aMonth(metered.ownEvents), 'eventBridgeEvent'),
    line("EventBridge: observations to the peers' buses", aMonth(metered.peerEvents), 'eventBridgeEvent'),
    line('SQS: later slots sent, received, deleted', 3 * queued, 'sqsRequest'),
    line('SQS: empty receives of the pollers', standing.pollers * assumptions.emptyReceivesPerPollerMinute * minutesPerMonth, 'sqsRequest'),
    line('DynamoDB write units', aMonth(metered.writeUnits), 'dynamodbWriteUnit'),
    line('DynamoDB read units', aMonth(metered.readUnits), 'dynamodbReadUnit'),
    line('CloudWatch custom metrics: probe success', metered.metricSeries, 'metricSeries'),
    line('CloudWatch PutMetricData requests', aMonth(metered.metricRequests), 'putMetricDataRequest'),
    line('CloudWatch Logs, GB ingested', logGb, 'logsIngestedGb'),
    line('CloudWatch Logs, GB kept', (logGb * standing.retentionDays * 24) / prices.hoursPerMonth, 'logsStoredGbMonth'),
    line('X-Ray traces of probing and judging', aMonth(traces), 'xrayTrace'),
    line('Data transfer: observations to peers, GB', aMonth(metered.peerEventBytes) / gigabyte, 'transferRegionGb'),
    line('Data transfer: probes, GB', aMonth(metered.probes * assumptions.probeBytesOut) / gigabyte, 'transferRegionGb'),
  ];
}

function gbOf({ memoryMiB }: StandingShape): number {
  return memoryMiB / 1024;
}

function standingStill(config: Config, standing: StandingResources, metered: Metered): Quantity[] {
  const aMonth = (count: number) => (count / metered.minutes) * minutesPerMonth;
  const shapes = minuteFunctions.map((name) => standing.functions[name]);
  const timesEach = config.regions.length * minutesPerMonth;
  const gb = sum(shapes.map(gbOf));
  // Who makes how many of the calls is not counted: they count at the mean of the five.
  const storeSeconds = aMonth((metered.storeCalls.minute ?? 0) * assumptions.storeCallSeconds);
  const gbSeconds = timesEach * assumptions.invocationSeconds * gb + (storeSeconds * gb) / shapes.length;
  const logGb = (shapes.filter(({ logged }) => logged).length * timesEach * assumptions.logBytesPerInvocation) / gigabyte;
  const line = (item: string, quantity: number, price: Quantity['price']): Quantity => ({ part: 'standing', item, quantity, price });
  return [
    line('Lambda requests: each minute', timesEach * shapes.length, 'lambdaRequest'),
    line('Lambda GB-seconds: each minute', gbSeconds, 'lambdaGbSecond'),
    line('X-Ray traces of each minute', timesEach * shapes.filter(({ traced }) => traced).length, 'xrayTrace'),
    line('CloudWatch Logs of each minute, GB ingested', logGb, 'logsIngestedGb'),
    line('CloudWatch metrics read', aMonth(metered.metricReads), 'metricRead'),
    line('CloudWatch alarms', standing.alarms, 'alarm'),
    line('CloudWatch dashboards', standing.dashboards, 'dashboard'),
    line('DynamoDB storage, GB', metered.storedBytes / gigabyte, 'dynamodbGbMonth'),
    line('DynamoDB point-in-time recovery, GB', metered.storedBytes / gigabyte, 'dynamodbPitrGbMonth'),
    line('KMS keys', standing.keys, 'kmsKey'),
    line('KMS requests of the tables', config.regions.length * shapes.length * (minutesPerMonth / kmsCacheMinutes), 'kmsRequest'),
  ];
}

/** What the schedule starts once a minute besides the slots. */
const minuteFunctions = ['vote', 'analyze', 'sweep', 'plan', 'learn'] as const;
/** DynamoDB asks KMS again after five minutes, per client. */
const kmsCacheMinutes = 5;

function acting(config: Config): Quantity[] {
  const { incidentsPerMonth, transitionsPerIncident } = assumptions;
  const { page, notify, required } = config.notifications;
  const told = incidentsPerMonth * required.length;
  const line = (item: string, quantity: number, price: Quantity['price']): Quantity => ({ part: 'acting', item, quantity, price });
  return [
    line('Step Functions transitions', incidentsPerMonth * transitionsPerIncident, 'stepFunctionsTransition'),
    line('SNS notifications', told, 'snsPublish'),
    line('SNS e-mails', told * (page.emails.length + notify.emails.length), 'snsEmail'),
  ];
}

/** One group: a calculated check per region over a child per peer; what a child watches depends on the carrier. */
function votes(config: Config, group: TrafficGroup, metered: Metered): Quantity[] {
  const checks = checksOf(config, group);
  if (checks.calculated === 0) return [];
  const casts = (metered.votesCast / metered.minutes / config.trafficGroups.length) * minutesPerMonth;
  const byMetric = checks.metric / (checks.metric + checks.object);
  const looks = checks.object * assumptions.healthCheckers * (minutesPerMonth * looksPerMinute);
  const line = (item: string, quantity: number, price: Quantity['price']): Quantity => ({
    part: 'votes',
    group: group.name,
    item,
    quantity,
    price,
  });
  return [
    line('Route 53 calculated checks', checks.calculated, 'healthCheckAws'),
    line('Route 53 checks of vote alarms', checks.metric, 'healthCheckAws'),
    line('CloudWatch vote metrics', checks.metric, 'metricSeries'),
    line('CloudWatch vote alarms', checks.metric, 'alarm'),
    line('CloudWatch PutMetricData requests', casts * byMetric, 'putMetricDataRequest'),
    line('Route 53 checks of vote objects', checks.object, 'healthCheckAws'),
    line('… over HTTPS', checks.object, 'healthCheckFeatureAws'),
    line('… with string matching', checks.object, 'healthCheckFeatureAws'),
    line('… every 10 s', checks.object, 'healthCheckFeatureAws'),
    line('S3 requests of the health checkers', looks, 's3Get'),
    line('S3 requests of the voters', casts * (1 - byMetric), 's3Put'),
  ].filter(({ quantity }) => quantity > 0);
}

/** Each checker looks every 10 s. */
const looksPerMinute = 6;

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
