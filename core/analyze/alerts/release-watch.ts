import type { StageContext } from '../../config/stage-context.ts';
import { type FailureWindow, tallyOf } from '../../knowledge/failure-windows.ts';
import { queryStored } from '../../knowledge/stored.ts';
import type { Alarm, WatchedRelease, WatchState } from '../../knowledge/watch-state.ts';
import { isRunning, type ReleaseNews, Run, type ServiceState } from '../../model/index.ts';
import type { AnalyzeContext } from '../analyze-context.ts';
import { percent, stateOf } from './findings.ts';
import { readHoldFacts, whyReleaseHeld } from './hold.ts';
import { openServiceIncident } from './service-incident.ts';

const recentMs = 120_000;
const failuresMin = 3;
const looksMin = 8;
const runsMax = 500;

/** What a judge of releases found: the alert under which the incident is opened, since when, and why. */
export interface ReleaseTrouble {
  alert: 'error-rate' | 'latency';
  since: number;
  reason: string;
}

/** One look at one watched release. Null: nothing speaks against it, or nothing can be said. */
export type ReleaseJudge = (release: WatchedRelease) => ReleaseTrouble | null;

/** Brings the judge's word on every watched release up to date. It is a lot of code for something rare, so that the caller loads it. */
export type CanaryJudge = (ctx: StageContext, watch: WatchState, states: readonly ServiceState[]) => Promise<WatchState>;

export const isWatched = ({ state }: WatchedRelease): boolean => state === 'watched';

/** A watched release that its judge finds fault with opens an incident whose first answer is the way back. */
export async function judgeReleases(
  ctx: AnalyzeContext,
  watch: WatchState,
  states: readonly ServiceState[],
  judge: ReleaseJudge,
): Promise<WatchState> {
  let next = watch;
  for (const release of Object.values(watch.releases)) {
    const trouble = isWatched(release) ? judge(release) : null;
    if (trouble !== null) next = await answerTrouble(ctx, next, release, trouble, states);
  }
  return next;
}

async function answerTrouble(
  ctx: AnalyzeContext,
  watch: WatchState,
  release: WatchedRelease,
  { alert, since, reason }: ReleaseTrouble,
  states: readonly ServiceState[],
): Promise<WatchState> {
  const { service, version } = release;
  const alarm: Alarm = {
    ...{ alert, service, locus: 'release', since: release.at, seenAt: ctx.ports.clock.now() },
    ...{ raisedAt: null, incident: null, held: null, reason },
  };
  const facts = await readHoldFacts(ctx, states, watch.alarms);
  if (facts === null) return watch;
  const held = (await rolloutUnderWay(ctx, service)) ?? whyReleaseHeld(ctx, alarm, facts);
  const keep = (changed: Partial<WatchedRelease>): WatchState => ({
    ...watch,
    releases: { ...watch.releases, [service]: { ...release, ...changed } },
  });
  if (held !== null) {
    if (release.held === null)
      tellRelease(ctx, 'ReleaseHeld', service, version, `${version} of ${service} failed (${reason}), yet nothing is done: ${held.reason}`);
    return keep({ held: `${reason}; ${held.reason}` });
  }
  const cause = `release ${version} of ${service} in ${ctx.region}: ${reason}`;
  const made = await openServiceIncident(
    ctx,
    { alert, service, locus: 'release', reason: cause, cause, since },
    watch.epochs[service] ?? 0,
    facts.standings,
  );
  if (made === null) return watch;
  tellRelease(ctx, 'ReleaseFailed', service, version, cause, made.id);
  return { ...keep({ state: 'failing', incident: made.id, held: null }), epochs: { ...watch.epochs, [service]: made.epoch } };
}

/** Who rolls a release out stage by stage takes it back by himself: he reads here why. */
async function rolloutUnderWay(ctx: StageContext, service: string): Promise<{ reason: string } | null> {
  const runs = await queryStored(ctx.ports.store, ctx.ports.clock, 'run#', runsMax, Run);
  const found = (runs.ok ? runs.value : []).find(
    (run) => isRunning(run) && run.action === 'rollout' && run.target.service === service && run.target.region === ctx.region,
  );
  return found === undefined ? null : { reason: `${found.planId} rolls it out, and takes it back` };
}

/** The plain rule: past the error rate or the p99 of the release watch since it came, and not in the same way before it. */
export function ruleTrouble(ctx: StageContext, watch: WatchState, states: readonly ServiceState[]): ReleaseJudge {
  return (release) => pastLimits(ctx, release, watch.windows[release.service], states);
}

function pastLimits(
  ctx: StageContext,
  release: WatchedRelease,
  window: FailureWindow | undefined,
  states: readonly ServiceState[],
): ReleaseTrouble | null {
  const now = ctx.ports.clock.now();
  const { errorRate, p99Ms } = ctx.config.policies.releaseWatch;
  const tallies = Object.values(window?.addresses ?? {}).flat();
  const since = Math.min(recentMs, now - release.at);
  const recent = tallyOf(tallies, now, since);
  const before = tallyOf(
    tallies.filter((tally) => tally.at < release.at),
    now,
  );
  const share = recent.judged === 0 ? 0 : recent.failed / recent.judged;
  const was = before.judged === 0 ? 0 : before.failed / before.judged;
  if (recent.failed >= failuresMin && recent.judged >= looksMin && share > errorRate && share > 2 * was)
    return {
      alert: 'error-rate',
      since: Math.min(...tallies.filter((tally) => tally.failed > 0 && tally.at >= release.at).map((tally) => tally.at), now),
      reason: `${recent.failed} of ${recent.judged} probes failed in ${Math.round(since / 1000)} s (${percent(share)}, before the release ${percent(was)}; ${percent(errorRate)} are allowed)`,
    };
  const slow = Object.entries(stateOf(states, release.service, ctx.region)?.endpoints ?? {}).find(
    ([, endpoint]) => endpoint.responseMs > p99Ms,
  );
  return slow === undefined
    ? null
    : {
        alert: 'latency',
        since: now,
        reason: `${slow[0]} answers in ${Math.round(slow[1].responseMs)} ms on average; a p99 of ${p99Ms} ms is allowed`,
      };
}

/** What peers hear about the releases of this region, so that they leave it the time to take one back. */
export function releaseNews(watch: WatchState, now: number, watchSeconds: number): ReleaseNews[] {
  return Object.values(watch.releases).flatMap(({ service, version, at, state }) =>
    state === 'stable' || now - at > watchSeconds * 1000 ? [] : [{ service, version, at, state }],
  );
}

export function tellRelease(
  ctx: StageContext,
  kind: 'ReleaseWatched' | 'ReleaseHeld' | 'ReleaseStable' | 'ReleaseFailed',
  service: string,
  version: string,
  reason: string,
  incident?: string,
): void {
  ctx.ports.trace.record({
    kind,
    subject: `${service}/${ctx.region}`,
    ...(incident === undefined ? {} : { incident }),
    data: { service, region: ctx.region, version },
    reason,
  });
}
