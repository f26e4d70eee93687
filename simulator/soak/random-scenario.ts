import type { Scenario } from '../scenario.ts';
import { type CallAnswer, callAnswers, type FaultInput, type FaultKind, faultKinds, faultSchema, rcodes } from '../world/fault.ts';
import { SeededRandom } from '../world/random.ts';

/** safety: faults may stand to the end. liveness: all of them clear, and the run is long enough to come to rest. */
export type SoakMode = 'safety' | 'liveness';

/** Ports whose calls a fault can strike. */
export const struckPorts = [
  ...['store', 'peerStores', 'bus', 'machines', 'metricSink', 'metricSource', 'notifier', 'traffic', 'capacity', 'releases', 'data'],
  ...['scripts', 'approver', 'flags', 'secrets', 'prober'],
] as const;

const regions = ['us-east-1', 'eu-west-1', 'us-west-2'];
const services = ['checkout', 'payments'];
const awsServices = ['dynamodb', 's3', 'lambda', 'ecs', 'events', 'states', 'cloudwatch', 'sns', 'rds', 'route53', 'ssm'];
const standardMinutes = 30;
const livenessMinutes = 60;
const livenessClearMinute = 20;
/** One seed in so many must come to rest. */
const livenessEvery = 5;

export function modeOf(seed: number): SoakMode {
  return seed % livenessEvery === 0 ? 'liveness' : 'safety';
}

/**
 * A random mix of faults. Swarm testing (Groce et al., 2012): each seed first leaves most kinds out, then draws often from the few that are
 * left, which meets combinations that an even draw over all kinds almost never does.
 */
export function randomScenario(seed: number): Scenario {
  const random = new SeededRandom(`soak/${seed}`);
  const mode = modeOf(seed);
  const allowed = faultKinds.filter(() => random.chance(0.25));
  const kinds = allowed.length > 0 ? allowed : [random.pick(faultKinds)];
  const faults = Array.from({ length: random.integer(1, 6) }, () => faultSchema.parse(randomFault(random, random.pick(kinds), mode)));
  // Most seeds have something to answer; without an impairment the act path would sleep.
  if (random.chance(0.7)) faults.push(faultSchema.parse(impairment(random, mode)));
  // Every answer of a fault point has to meet every port in some seed, or its cell stays empty.
  if (random.chance(0.35)) faults.push(faultSchema.parse(randomFault(random, 'call', mode)));
  return {
    name: `soak-${seed}`,
    source: 'made',
    minutes: mode === 'liveness' ? livenessMinutes : standardMinutes,
    seed,
    faults,
    // With an operator the seed runs in approve mode.
    ...(random.chance(0.15) ? { operator: { approves: random.chance(0.7), afterSeconds: random.integer(5, 600) } } : {}),
    expect: {},
  };
}

/** Something that evenkeel should answer: a region, a unit, a release, load. */
function impairment(random: SeededRandom, mode: SoakMode): FaultInput {
  const kind = random.pick<FaultKind>([
    'region-unreachable',
    'http-errors',
    'dns',
    'bad-release',
    'http-errors',
    'leak',
    'load',
    'endpoint-down',
  ]);
  const fault = randomFault(random, kind, mode);
  return fault.kind === 'dns' ? { ...fault, where: { service: 'dynamodb', region: random.pick(regions) } } : fault;
}

function randomFault(random: SeededRandom, kind: FaultKind, mode: SoakMode): FaultInput {
  // Some things are read once, at the start; only a fault that stands from the beginning meets them.
  const at = random.chance(0.1) ? 0 : between(random, 1, 12);
  const latest = mode === 'liveness' ? livenessClearMinute : standardMinutes;
  const ends = mode === 'liveness' || random.chance(0.6);
  const times = ends ? { at, until: between(random, at + 0.5, latest) } : { at };
  return { ...times, ...randomKind(random, kind) } as FaultInput;
}

/** Where and how hard, for each kind. */
function randomKind(random: SeededRandom, kind: FaultKind): Record<string, unknown> {
  const region = random.pick(regions);
  const peer = random.pick(regions.filter((other) => other !== region));
  const service = random.pick(services);
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
        where: { port: random.pick(struckPorts), ...(random.chance(0.5) ? { region } : {}) },
        with: { answer: random.pick<CallAnswer>(callAnswers), share: half, seconds: between(random, 0.5, 15) },
      };
  }
}

function randomCrash(random: SeededRandom): Record<string, unknown> {
  const what = random.pick(['functions', 'machines', 'both']);
  if (what === 'machines' || random.chance(0.2)) return { what };
  const port = random.chance(0.5) ? {} : { port: random.pick(['capacity', 'store', 'peerStores', 'traffic', 'bus']) };
  return { what, atCall: random.integer(1, 'port' in port ? 40 : 2000), stage: random.pick(['before', 'after']), ...port };
}

/** A figure that a person can copy: tenths, unless more is asked for. */
function between(random: SeededRandom, low: number, high: number, parts = 10): number {
  return Math.round(random.uniform(low, high) * parts) / parts;
}
