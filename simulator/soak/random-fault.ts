import {
  type CallAnswer,
  callAnswers,
  type Fault,
  type FaultInput,
  type FaultKind,
  faultSchema,
  rcodes,
  type StruckPort,
  struckPorts,
} from '../world/fault.ts';
import type { SeededRandom } from '../world/random.ts';
import { soakScripts } from './soak-config.ts';

export const soakRegions = ['us-east-1', 'eu-west-1', 'us-west-2'];
export const soakServices = ['checkout', 'payments'];
const awsServices = ['dynamodb', 's3', 'lambda', 'ecs', 'events', 'states', 'cloudwatch', 'sns', 'rds', 'route53', 'ssm'];

/** When a fault may stand, in minutes. */
export interface Span {
  first: number;
  last: number;
  /** Every fault ends by `last`. */
  clears: boolean;
}

export function parsedFault(fault: FaultInput): Fault {
  return faultSchema.parse(fault);
}

export function randomFault(random: SeededRandom, kind: FaultKind, span: Span): Fault {
  const { at, ...times } = randomTimes(random, span);
  return parsedFault({ at, ...times, ...randomKind(random, kind) } as FaultInput);
}

function randomTimes(random: SeededRandom, { first, last, clears }: Span): { at: number; until?: number } {
  // Some things are read once, at the start; only a fault that stands from the beginning meets them.
  const at = random.chance(0.1) ? 0 : between(random, first, Math.min(12, last - 2));
  return clears || random.chance(0.6) ? { at, until: between(random, at + 0.5, last) } : { at };
}

/** Ports that every world of the soak calls; receivers of notes stand only where a person is asked first. */
export const portsOfAll = struckPorts.filter((port) => port !== 'courier');

/** Ports that are asked a few times a run, if at all: a fault of theirs has to stand when that is, and to strike most calls. */
const rarePorts: readonly StruckPort[] = ['courier', 'secrets', 'approver', 'flags', 'scripts', 'data'];

/** One answer of a FaultPoint to a share of the calls of one of the ports. */
export function randomCall(random: SeededRandom, ports: readonly StruckPort[], span: Span): Fault {
  const port = random.pick(ports);
  const { at, ...times } = randomTimes(random, span);
  const where = { port, ...(random.chance(0.5) ? { region: random.pick(soakRegions) } : {}) };
  const how = { answer: random.pick<CallAnswer>(callAnswers), share: between(random, 0.05, 0.5, 100), seconds: between(random, 0.5, 15) };
  if (rarePorts.includes(port)) {
    const ends = span.clears ? { until: span.last } : {};
    return parsedFault({ at: 0, ...ends, kind: 'call', where: { port }, with: { ...how, share: between(random, 0.4, 1) } });
  }
  return parsedFault({ at, ...times, kind: 'call', where, with: how });
}

/** Where and how hard, for each kind. */
function randomKind(random: SeededRandom, kind: FaultKind): Record<string, unknown> {
  const region = random.pick(soakRegions);
  const peer = random.pick(soakRegions.filter((other) => other !== region));
  const service = random.pick(soakServices);
  const here = { service, region };
  const share = between(random, 0.1, 1, 100);
  const half = Math.round(share * 50) / 100;
  const aws = { service: random.pick(awsServices), region };
  switch (kind) {
    case 'region-unreachable':
      return { kind, where: { region }, with: { lost: random.chance(0.5) } };
    case 'zone-down':
      return { kind, where: { region, zone: random.pick(['a', 'b', 'c']) } };
    case 'endpoint-down':
      return { kind, where: random.chance(0.5) ? here : { ...here, service: 'checkout', address: random.integer(1, 4) } };
    case 'http-errors':
      return { kind, where: random.chance(0.5) ? here : { ...here, service: 'checkout', address: random.integer(1, 4) }, with: { share } };
    case 'latency':
      return { kind, where: here, with: { factor: between(random, 1, 20), addMs: between(random, 0, 6000) } };
    case 'dns':
      return {
        kind,
        where: random.chance(0.5) ? here : { service: 'dynamodb', region },
        with: { rcode: random.pick(rcodes), dependentsShare: share },
      };
    case 'certificate-expired':
      return { kind, where: here, with: { days: between(random, -10, 3) } };
    case 'api-down':
      return { kind, where: aws, with: { share, data: random.chance(0.3) } };
    case 'api-throttle':
    case 'api-lie':
      return { kind, where: aws, with: { share } };
    case 'api-late':
      return { kind, where: aws, with: { share, seconds: between(random, 0.5, 15) } };
    case 'partition':
      return { kind, where: { region, peer }, with: { oneWay: random.chance(0.5) } };
    case 'messages':
      return {
        kind,
        where: random.chance(0.5) ? { region } : {},
        with: { delaySeconds: between(random, 0, 60), duplicateShare: share, loseShare: half },
      };
    case 'metrics-silent':
      return { kind, where: { region }, with: random.chance(0.5) ? {} : { lateSeconds: between(random, 60, 900) } };
    case 'capacity-refused':
    case 'quota':
      return { kind, where: { region } };
    case 'units-never-healthy':
      return { kind, where: here };
    case 'bad-release':
      return { kind, where: here, with: { share, afterMinutes: between(random, 0, 4) } };
    case 'leak':
      return { kind, where: here, with: { minutesToFull: between(random, 4, 30) } };
    case 'load':
      return { kind, where: { service: 'checkout' }, with: { factor: between(random, 0.5, 5) } };
    case 'resource-short':
      return { kind, where: here, with: randomShortage(random) };
    case 'script-fails':
      return { kind, where: { document: random.pick(soakScripts) } };
    case 'lb-flapping':
      return { kind, where: here, with: { share, periodSeconds: random.integer(20, 180) } };
    case 'observer-broken':
      return { kind, where: { region }, with: { referencesAnswer: random.chance(0.5) } };
    case 'executor-crash':
      return { kind, where: { region }, with: randomCrash(random) };
    case 'clock-skew':
      return { kind, where: { region }, with: { seconds: between(random, -4, 4) } };
    case 'dns-overstay':
      return { kind, where: {}, with: { share: half, seconds: between(random, 60, 3600) } };
    case 'call':
      return {
        kind,
        where: { port: random.pick(portsOfAll), ...(random.chance(0.5) ? { region } : {}) },
        with: { answer: random.pick<CallAnswer>(callAnswers), share: half, seconds: between(random, 0.5, 15) },
      };
  }
}

/** The connection pool, the cache or the memory, past the limit of its alert; now and then its script puts it right. */
export function randomShortage(random: SeededRandom): { signal: 'poolShare' | 'cacheHitRatio' | 'memoryShare' } & Record<string, unknown> {
  const errorShare = random.chance(0.3) ? between(random, 0, 0.2, 100) : 0;
  switch (random.pick(['pool', 'pool', 'cache', 'memory'])) {
    case 'pool':
      return { signal: 'poolShare', value: between(random, 0.91, 1, 100), errorShare, ...curedBy(random, 'shop-reset-pool') };
    case 'cache':
      return { signal: 'cacheHitRatio', value: between(random, 0.2, 0.65, 100), errorShare, ...curedBy(random, 'shop-flush-cache') };
    default:
      return { signal: 'memoryShare', value: between(random, 0.82, 0.99, 100), errorShare, ...curedBy(random, 'shop-collect-garbage') };
  }
}

function curedBy(random: SeededRandom, document: string): { curedBy?: string } {
  return random.chance(0.5) ? { curedBy: document } : {};
}

function randomCrash(random: SeededRandom): Record<string, unknown> {
  const what = random.pick(['functions', 'machines', 'both']);
  if (what === 'machines' || random.chance(0.2)) return { what };
  const port = random.chance(0.5) ? {} : { port: random.pick(['capacity', 'store', 'peerStores', 'traffic', 'bus']) };
  return { what, atCall: random.integer(1, 'port' in port ? 40 : 2000), stage: random.pick(['before', 'after']), ...port };
}

/** A figure that a person can copy: tenths, unless more is asked for. */
export function between(random: SeededRandom, low: number, high: number, parts = 10): number {
  return Math.round(random.uniform(low, high) * parts) / parts;
}
