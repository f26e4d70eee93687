import type { StageContext } from '../config/stage-context.ts';
import { tellPeers } from '../knowledge/broadcast.ts';
import { readAllHealth } from '../knowledge/health.ts';
import { readObservations } from '../knowledge/observations.ts';
import { patientTables } from '../knowledge/patient-tables.ts';
import { readStored, type Stored, updateStored, writeStored } from '../knowledge/stored.ts';
import { keepSwitch } from '../knowledge/switches.ts';
import { WatchState, watchKey } from '../knowledge/watch-state.ts';
import {
  assertNever,
  killSwitch,
  type Located,
  type Message,
  messageRefusal,
  Observation,
  type Outcome,
  ok,
  type Result,
  type Sample,
  type ServiceState,
  type SlotSamples,
  storeKey,
  wholeRegion,
} from '../model/index.ts';
import { within } from '../ports/within.ts';
import { anomalyNews } from './active-anomalies.ts';
import { noteSamples, watchSamples } from './alerts/alerts.ts';
import { releaseNews } from './alerts/release-watch.ts';
import type { AnalyzeContext } from './analyze-context.ts';
import { emptySeriesMemory, type SeriesMemory, watchSeries } from './anomalies.ts';
import { judgeRegions, noteIncident } from './incidents.ts';
import { foldSamples, regionViews } from './observe.ts';
import { judgeSelf, selfTestService } from './self-trust.ts';
import { noteDrained } from './vote.ts';

const observeMs = 4_000;

/** One slot's samples become health and, with the last of them, the own observation and — with the peers' observations — perhaps an incident. */
async function onSamples(ctx: AnalyzeContext, { samples, last }: SlotSamples, memory: SeriesMemory): Promise<Result<void>> {
  const [references, probes] = partition(samples, (sample) => sample.subject.service === selfTestService);
  const folded = await foldSamples(ctx, probes);
  if (!folded.ok) return folded;
  const before = await lastOwn(ctx);
  // A vantage that does not trust itself learns nothing and flags nothing.
  if (before.value?.abstains !== true) await watchSeries(ctx, memory, probes);
  if (!last) return noteSamples(ctx, probes);
  const states = await readAllHealth(ctx);
  if (!states.ok) return states;
  const traffic = await observedTraffic(ctx);
  if (!folded.value && before.value !== null && standsAsBefore(before.value, states.value, traffic, ctx.ports.clock.now())) {
    const hurts = !before.value.abstains && probes.some(({ verdict, subject }) => verdict === 'fail' && subject.region === ctx.region);
    if (!hurts) return noteSamples(ctx, probes);
    await watchSamples(ctx, probes, states.value);
    return ok(undefined);
  }
  const observation = await ownObservation(ctx, states.value, traffic, references, before.value?.abstains === true);
  await keepObservation(ctx, observation, before);
  // A vantage that does not trust itself raises no alert either.
  await (observation.abstains ? noteSamples(ctx, probes) : watchSamples(ctx, probes, states.value));
  if (before.value === null || isNews(before.value, observation)) await tellPeers(ctx, 'Observation', observation);
  return judgeNow(ctx);
}

function partition<T>(values: readonly T[], isFirst: (value: T) => boolean): [T[], T[]] {
  const first: T[] = [];
  const second: T[] = [];
  for (const value of values) (isFirst(value) ? first : second).push(value);
  return [first, second];
}

async function ownObservation(
  ctx: StageContext,
  states: readonly ServiceState[],
  traffic: Observation['traffic'],
  references: readonly Sample[],
  abstained: boolean,
): Promise<Observation> {
  const trust = judgeSelf(references, states, ctx.config.thresholds.unhealthyShareSuspect);
  if (trust.abstains !== abstained)
    ctx.ports.trace.record({
      kind: trust.abstains ? 'Abstained' : 'Trusted',
      subject: ctx.region,
      data: { observer: ctx.region },
      reason: trust.reason,
    });
  return {
    observer: ctx.region,
    at: ctx.ports.clock.now(),
    abstains: trust.abstains,
    views: regionViews(ctx, states),
    traffic,
    ...(await ownFindings(ctx)),
    ...(trust.abstains ? {} : await ownAnomalies(ctx)),
    reason: trust.reason,
  };
}

/** What the region knows of itself that its peers cannot see: releases that are watched, units and zones that counting has found sick. */
async function ownFindings(ctx: StageContext): Promise<Pick<Observation, 'releases' | 'located'>> {
  const watch = await readStored(ctx.ports.store, ctx.ports.clock, watchKey, WatchState);
  if (!watch.ok || watch.value.value === null) return {};
  const releases = releaseNews(watch.value.value, ctx.ports.clock.now(), ctx.config.policies.releaseWatch.seconds);
  const { alarms, darkZone } = watch.value.value;
  const zones: Located[] = darkZone === undefined ? [] : [{ service: wholeRegion, locus: 'zone', unit: darkZone }];
  const units = Object.values(alarms).flatMap(({ service, unit, locus, raisedAt }): Located[] =>
    locus !== 'unit' || unit === undefined || raisedAt === null ? [] : [{ service, locus, unit }],
  );
  const located = [...zones, ...units];
  return { ...(releases.length === 0 ? {} : { releases }), ...(located.length === 0 ? {} : { located }) };
}

async function ownAnomalies(ctx: StageContext): Promise<Pick<Observation, 'anomalies'>> {
  const anomalies = await anomalyNews(ctx);
  return anomalies.length === 0 ? {} : { anomalies };
}

/** The own observation as it stands. A table that does not answer is one without any: what is written is refused then, and written anew. */
async function lastOwn(ctx: StageContext): Promise<Stored<Observation>> {
  const before = await readStored(ctx.ports.store, ctx.ports.clock, storeKey.observation(ctx.region), Observation);
  return before.ok ? before.value : { value: null, version: 0 };
}

async function observedTraffic(ctx: StageContext): Promise<Observation['traffic']> {
  const seen: Observation['traffic'] = {};
  await Promise.all(
    ctx.config.trafficGroups.map(async (group) => {
      const traffic = await ctx.ports.traffic.observe(group.name, within(ctx.ports.clock, observeMs));
      if (traffic.ok && traffic.value.regions.length > 0) seen[group.name] = traffic.value.regions;
    }),
  );
  return seen;
}

/**
 * Messages overtake one another: the youngest observation stands. What is known to stand need not be read again. Answers what stood before,
 * or null when there was nothing or nobody can say.
 */
async function keepObservation(ctx: StageContext, observation: Observation, known?: Stored<Observation>): Promise<Observation | null> {
  const { store, clock } = patientTables(ctx).ports;
  const key = storeKey.observation(observation.observer);
  const isYounger = (than: Observation | null) => than === null || than.at < observation.at;
  if (known !== undefined && isYounger(known.value)) {
    const written = await writeStored(store, clock, key, Observation, observation, known.version);
    if (written.ok || written.code !== 'conflict') return known.value;
  }
  let before: Observation | null = null;
  await updateStored(store, clock, key, Observation, (current) => {
    before = current;
    return isYounger(current) ? observation : null;
  });
  return before;
}

async function judgeNow(ctx: AnalyzeContext): Promise<Result<void>> {
  const observations = await readObservations(ctx.ports);
  if (!observations.ok) return observations;
  const own = observations.value.find((seen) => seen.observer === ctx.region);
  if (own === undefined || own.abstains) return ok(undefined);
  await judgeRegions(ctx, observations.value);
  return ok(undefined);
}

/** The scheduled slots come so often. */
const toldEveryMs = 20_000;

/** While something fails a slot comes every five seconds: peers hear of what changed at once, and of what lasts with the first slot of 20 s. */
function isNews(before: Observation, now: Observation): boolean {
  return !isBetween(before, now.at) || !saysTheSame(before, now);
}

function isBetween(before: Observation, now: number): boolean {
  return Math.floor(before.at / toldEveryMs) === Math.floor(now / toldEveryMs);
}

/**
 * Whether a look between the scheduled slots has nothing to add to the observation that stands: no service became another meanwhile, and
 * traffic goes where it went. What needs time to show is judged with the next scheduled slot.
 */
function standsAsBefore(before: Observation, states: readonly ServiceState[], traffic: Observation['traffic'], now: number): boolean {
  if (!isBetween(before, now) || states.some(({ since }) => since > before.at)) return false;
  return JSON.stringify(before.traffic) === JSON.stringify(traffic);
}

/** A peer's word is judged at once when it is another than its last one; what merely lasts is judged with the own next slot. */
async function onObservation(ctx: AnalyzeContext, observation: Observation): Promise<Result<void>> {
  const before = await keepObservation(ctx, observation);
  if (before !== null && saysTheSame(before, observation)) return ok(undefined);
  return judgeNow(ctx);
}

/** Whether a quorum and an incident would make the same of both: they do not go by how long answers take or how well exactly a region is. */
function saysTheSame(a: Observation, b: Observation): boolean {
  const alike = a.views.every((view, index) => {
    const other = b.views[index];
    return view.status === other?.status && view.group === other.group && view.region === other.region;
  });
  if (!alike || a.views.length !== b.views.length || a.abstains !== b.abstains) return false;
  return JSON.stringify([a.traffic, a.releases]) === JSON.stringify([b.traffic, b.releases]);
}

/** What an outcome anywhere means for the standing of a group's region here. */
async function onOutcome(ctx: StageContext, outcome: Outcome): Promise<Result<void>> {
  const { group, region } = outcome.target;
  if (group === undefined || (outcome.action !== 'failover' && outcome.action !== 'failback')) return ok(undefined);
  const { epoch } = outcome;
  const cooldownMs = ctx.config.policies.cooldownSeconds * 1000;
  const drained = (outcome.action === 'failover') === (outcome.state === 'verified');
  return noteDrained(ctx, group, region, epoch, drained, outcome.endedAt + cooldownMs);
}

/** A bus message for this stage; the others, the voter's among them, are not ours and are passed over. */
export async function onAnalyzeMessage(
  ctx: AnalyzeContext,
  message: Message,
  memory: SeriesMemory = emptySeriesMemory(),
): Promise<Result<void>> {
  const refusal = messageRefusal(message, ctx.ports.clock.now());
  if (refusal !== null) return ok(undefined);
  switch (message.type) {
    case 'SamplesTaken':
      return onSamples(ctx, message.body, memory);
    case 'Observation':
      return onObservation(ctx, message.body);
    case 'IncidentOpened':
    case 'IncidentChanged':
      await noteIncident(patientTables(ctx), message.body);
      return ok(undefined);
    case 'OutcomeRecorded':
      return onOutcome(patientTables(ctx), message.body);
    case 'KillSwitch': {
      const kept = await keepSwitch(patientTables(ctx), killSwitch, message.body);
      return kept.ok ? ok(undefined) : kept;
    }
    case 'DrainRequested':
    case 'DrainWithdrawn':
    case 'DrainGranted':
    case 'DrainRefused':
    case 'Heartbeat':
    case 'AssistRequested':
    case 'AssistReported':
      return ok(undefined);
    default:
      return assertNever(message);
  }
}
