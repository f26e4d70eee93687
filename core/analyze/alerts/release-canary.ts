import type { StageContext } from '../../config/stage-context.ts';
import { readSignal, type SignalName } from '../../knowledge/signals.ts';
import { locationShift } from '../../knowledge/statistics/location-shift.ts';
import { queryStored } from '../../knowledge/stored.ts';
import type { WatchedRelease } from '../../knowledge/watch-state.ts';
import { Observation, type ServiceState, storeKey, type Verdict } from '../../model/index.ts';
import { type CanaryMetric, judgeCanary } from '../canary/judge.ts';
import { mean, percentile } from '../canary/moments.ts';
import { answersSince } from './answers-lately.ts';
import { type CanaryJudge, isWatched } from './release-watch.ts';
import { readVersionMetrics } from './version-metrics.ts';

const observersMax = 50;
const minuteMs = 60_000;
/** How far back the time before a release goes in metrics, and how much of the time since it is judged. */
const lookbackMinutes = 20;
/** From this much more load on, what depends on load says nothing of a release. */
const loadRatioMax = 1.1;
/** A side with fewer values says nothing. */
const valuesMin = 8;

/** Scores of 100: two groups of three failing must fail, saturation alone must not. */
const thresholds = { pass: 90, marginal: 75 };
const groupWeights = { latency: 50, errors: 35, saturation: 15 };
type Group = keyof typeof groupWeights;

/** Higher is worse for all of them; an effect below the ratio is left alone, however significant it is. */
const rules = { direction: 'increase', confidence: 0.99 } as const;
const leastRatio: Record<Group, number> = { latency: 1.15, errors: 1.5, saturation: 1.25 };

const signals: readonly { name: SignalName; group: Group }[] = [
  { name: 'errorRate', group: 'errors' },
  { name: 'responseMs', group: 'latency' },
  { name: 'latencyP99Ms', group: 'latency' },
  { name: 'cpuShare', group: 'saturation' },
  { name: 'memoryShare', group: 'saturation' },
  { name: 'queueDepth', group: 'saturation' },
  { name: 'diskIo', group: 'saturation' },
];

/** The judge's word on each watched release, on the timeline whenever it changes. */
export const judgeByCanary: CanaryJudge = async (ctx, watch, states) => {
  const seen = await queryStored(ctx.ports.store, ctx.ports.clock, storeKey.observation(''), observersMax, Observation);
  const releases = { ...watch.releases };
  for (const release of Object.values(watch.releases)) {
    if (!isWatched(release)) continue;
    const word = await judge(ctx, release, states, seen.ok ? seen.value : []);
    const failed = word.verdict === 'fail' ? (release.canary?.failed ?? 0) + 1 : 0;
    releases[release.service] = { ...release, canary: { ...word, failed } };
    if (word.verdict !== release.canary?.verdict) tellVerdict(ctx, release, word);
  }
  return { ...watch, releases };
};

type Word = Pick<NonNullable<WatchedRelease['canary']>, 'verdict' | 'alert' | 'reason'>;

function word(verdict: Verdict, reason: string, alert: Word['alert'] = 'latency'): Word {
  return { verdict, alert, reason };
}

async function judge(
  ctx: StageContext,
  release: WatchedRelease,
  states: readonly ServiceState[],
  observations: readonly Observation[],
): Promise<Word> {
  if (observations.find((each) => each.observer === ctx.region)?.abstains === true)
    return word('inconclusive', 'this region does not trust its own probes');
  if (release.share < 1) return verdictOf(`at ${release.share * 100} % against ${release.against}`, await versionMetrics(ctx, release));
  const control = controlRegions(ctx, release, observations);
  const metrics = [...probeMetrics(ctx.region, control, release, states), ...(await signalMetrics(ctx, release))];
  return verdictOf(`against ${['the time before it', ...control].join(', ')}`, metrics);
}

function verdictOf(compared: string, metrics: readonly CanaryMetric[]): Word {
  if (metrics.length === 0) return word('inconclusive', `${compared}: fewer than ${valuesMin} looks at one of them`);
  const present = (Object.keys(groupWeights) as Group[]).filter((group) => metrics.some((metric) => metric.groups.includes(group)));
  const sum = present.reduce((total, group) => total + groupWeights[group], 0);
  const weights = Object.fromEntries(present.map((group) => [group, (100 * groupWeights[group]) / sum]));
  const { verdict, reason, score } = judgeCanary(metrics, weights, thresholds);
  return word(verdict, `${compared}: ${reason}`, (score.groups.errors ?? 100) < 100 ? 'error-rate' : 'latency');
}

/** Both versions at the same time, to callers that an alias divides by chance: what strikes everybody strikes both. */
async function versionMetrics(ctx: StageContext, { service, id, against, shareSince }: WatchedRelease): Promise<CanaryMetric[]> {
  if (against === null) return [];
  const from = Math.max(shareSince, ctx.ports.clock.now() - lookbackMinutes * minuteMs);
  const [experiment, control] = await Promise.all([id, against].map((version) => readVersionMetrics(ctx, service, version, from)));
  if (experiment == null || control == null) return [];
  return [
    ...metricOf('errors of the version', 'errors', experiment.errorShare, control.errorShare),
    ...metricOf('mean duration', 'latency', experiment.meanMs, control.meanMs),
    ...metricOf('p99 of the duration', 'latency', experiment.p99Ms, control.p99Ms),
  ];
}

/** Regions that this one hears from and that have not released the service themselves lately. */
function controlRegions(ctx: StageContext, { service }: WatchedRelease, observations: readonly Observation[]): string[] {
  const staleMs = ctx.config.thresholds.quorumStalenessSeconds * 1000;
  return observations
    .filter((each) => each.observer !== ctx.region && ctx.ports.clock.now() - each.at <= staleMs)
    .filter((each) => each.releases?.some((news) => news.service === service) !== true)
    .map((each) => each.observer)
    .sort();
}

/**
 * Answers of the own region since the release against those before it, moved by as much as the same endpoint got slower in the control
 * regions meanwhile: what strikes everybody is not this release. Times of regions at different distances are thus never compared.
 */
function probeMetrics(
  region: string,
  control: readonly string[],
  { service, before }: WatchedRelease,
  states: readonly ServiceState[],
): CanaryMetric[] {
  const since = (where: string, endpoint: string): number[] => {
    const state = states.find(({ health }) => health.subject.service === service && health.subject.region === where);
    const lately = state?.endpoints[endpoint]?.lately;
    return lately === undefined ? [] : answersSince(lately, before[`${where}/${endpoint}`]?.count ?? 0);
  };
  return Object.entries(before).flatMap(([key, { ms }]) => {
    const endpoint = key.slice(region.length + 1);
    if (!key.startsWith(`${region}/`)) return [];
    const own = since(region, endpoint);
    // What is hardly slower is not blamed whatever the others do.
    const suspect = mean(own) >= leastRatio.latency * mean(ms);
    const elsewhere = suspect ? control : [];
    const driftMs = driftOf(
      elsewhere.map((where) => ({ before: before[`${where}/${endpoint}`]?.ms ?? [], after: since(where, endpoint) })),
    );
    return metricOf(
      `response time of ${endpoint}`,
      'latency',
      own,
      ms.map((value) => value + driftMs),
    );
  });
}

interface Sides {
  before: readonly number[];
  after: readonly number[];
}

/** By how many milliseconds the others got slower, if that is no chance; never less than 0, for a release is not asked to be quicker. */
function driftOf(regions: readonly Sides[]): number {
  const known = regions.filter(({ before, after }) => before.length >= valuesMin && after.length >= valuesMin);
  if (known.length === 0) return 0;
  const centred = (side: keyof Sides) => known.flatMap((each) => each[side].map((value) => value - percentile(each.before, 50)));
  const shift = locationShift(centred('after'), centred('before'), rules.confidence);
  return shift.lower > 0 ? shift.estimate : 0;
}

/** What the service itself or its platform measures here, since the release against before it. */
async function signalMetrics(ctx: StageContext, release: WatchedRelease): Promise<CanaryMetric[]> {
  const load = await sidesOf(ctx, release, 'requestsPerMinute');
  const busier = load !== null && percentile(load.after, 50) > loadRatioMax * percentile(load.before, 50);
  const found: CanaryMetric[] = [];
  for (const { name, group } of signals) {
    if (busier && group !== 'errors') continue;
    const sides = await sidesOf(ctx, release, name);
    if (sides !== null) found.push(...metricOf(name, group, sides.after, sides.before));
  }
  return found;
}

/** Null: nothing measures it. */
async function sidesOf(ctx: StageContext, { service, at }: WatchedRelease, signal: SignalName): Promise<Sides | null> {
  const now = ctx.ports.clock.now();
  const reading = await readSignal(ctx, service, ctx.region, signal, Math.ceil((now - at) / minuteMs) + lookbackMinutes);
  if (!reading.ok) return null;
  const within = (from: number, to: number) =>
    reading.value.points.filter((point) => point.at >= from && point.at < to).map((point) => point.value);
  const lookbackMs = lookbackMinutes * minuteMs;
  // A point stands for the minute that begins with it: the one in which the release came belongs to neither side.
  return { before: within(at - lookbackMs, at - minuteMs), after: within(Math.max(at, now - lookbackMs), now) };
}

function metricOf(name: string, group: Group, experiment: readonly number[], control: readonly number[]): CanaryMetric[] {
  if (experiment.length < valuesMin || control.length < valuesMin) return [];
  return [{ ...rules, name, groups: [group], experiment, control, effectSize: { allowedIncrease: leastRatio[group] } }];
}

function tellVerdict(ctx: StageContext, { service, version }: WatchedRelease, { verdict, reason }: Word): void {
  ctx.ports.trace.record({
    kind: 'ReleaseJudged',
    subject: `${service}/${ctx.region}`,
    data: { service, region: ctx.region, version, verdict },
    reason: `${version} of ${service}, ${reason}`,
  });
}
