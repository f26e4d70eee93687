import type { Service } from '../../config/schema.ts';
import type { StageContext } from '../../config/stage-context.ts';
import { type FailureWindow, tallyOf } from '../../knowledge/failure-windows.ts';
import { readIncident } from '../../knowledge/incidents.ts';
import { queryStored } from '../../knowledge/stored.ts';
import { type Alarm, canaryFailuresInRow, type WatchedRelease, type WatchState } from '../../knowledge/watch-state.ts';
import { isOpen, isRunning, type Release, type ReleaseNews, Run, type ServiceState } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { answersAtRelease } from '../lately.ts';
import { percent, stateOf } from './findings.ts';
import { readHoldFacts, whyReleaseHeld } from './hold.ts';
import { openServiceIncident } from './service-incident.ts';

const callMs = 8_000;
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

/** Once a minute: new releases begin to be watched, those that came through are stable, those that failed and stayed are given up. */
export async function noteReleases(
  ctx: StageContext,
  watch: WatchState,
  services: readonly Service[],
  states: readonly ServiceState[],
): Promise<WatchState> {
  const releases = { ...watch.releases };
  for (const service of services) {
    if (service.deployments[ctx.region] === undefined) continue;
    const target = { service: service.name, region: ctx.region };
    const history = await ctx.ports.releases.history(target, within(ctx.ports.clock, callMs));
    if (!history.ok) continue;
    const next = await afterLook(ctx, releases[service.name], service, history.value, states);
    if (next === undefined) delete releases[service.name];
    else releases[service.name] = next;
  }
  return { ...watch, releases };
}

async function afterLook(
  ctx: StageContext,
  known: WatchedRelease | undefined,
  service: Service,
  history: readonly Release[],
  states: readonly ServiceState[],
): Promise<WatchedRelease | undefined> {
  const latest = history.find((each) => each.share !== undefined) ?? history.find((each) => each.state !== 'previous');
  if (latest === undefined) return known;
  if (latest.id !== known?.id) {
    // The one before it serves again and has yet to prove itself: until then its region is still taking the release back, and says so.
    if (known?.state === 'failing' && latest.id === known.replaced && (await isAnswered(ctx, known))) return known;
    return begin(ctx, known, service, latest, history, states);
  }
  const share = latest.share ?? 1;
  if (share !== known.share)
    return { ...known, ...sharedBy(ctx, share, history), held: null, canary: null, ...(share === 1 ? { at: ctx.ports.clock.now() } : {}) };
  const watchMs = ctx.config.policies.releaseWatch.seconds * 1000;
  if (known.state === 'watched' && ctx.ports.clock.now() - known.at > watchMs) {
    const judge = known.canary === null ? 'no word' : `${known.canary.verdict}, ${known.canary.reason}`;
    const reason = `${known.version} of ${service.name} came through ${watchMs / 60_000} min within its limits; the canary judge: ${judge}`;
    tell(ctx, 'ReleaseStable', service.name, known.version, reason);
    return { ...known, state: 'stable', before: {} };
  }
  if (known.state !== 'failing' || known.incident === null || (await isAnswered(ctx, known))) return known;
  return { ...known, state: 'given-up' };
}

/** Whether the incident of a release that failed is still open; one that cannot be read is. */
async function isAnswered(ctx: StageContext, { incident }: WatchedRelease): Promise<boolean> {
  if (incident === null) return false;
  const read = await readIncident(ctx, incident);
  return !read.ok || isOpen(read.value);
}

/** Another release than the one that is known: watched when it is new, else only remembered, so that the next one is known by it. */
function begin(
  ctx: StageContext,
  known: WatchedRelease | undefined,
  service: Service,
  latest: Release,
  history: readonly Release[],
  states: readonly ServiceState[],
): WatchedRelease {
  const now = ctx.ports.clock.now();
  const watchMs = ctx.config.policies.releaseWatch.seconds * 1000;
  const share = latest.share ?? 1;
  // The versions of a function say when they were published, its alias does not say when it was moved: it was within the last minute.
  const movedNow = share < 1 || (known !== undefined && service.deployments[ctx.region]?.kind === 'lambda');
  const at = movedNow ? now : latest.at;
  const { id, version } = latest;
  const back = known !== undefined && (id === known.replaced || (!movedNow && at < known.at));
  const others = history.filter((each) => each.id !== id);
  const replaced =
    known?.id ?? (others.find((each) => each.state === 'current') ?? others.find((each) => each.at <= latest.at))?.id ?? null;
  const record = {
    service: service.name,
    id,
    version,
    at,
    incident: null,
    held: null,
    canary: null,
    replaced,
    ...sharedBy(ctx, share, history),
  };
  if (back || now - at > watchMs) return { ...record, state: 'stable', replaced: back ? null : replaced, before: {} };
  tell(ctx, 'ReleaseWatched', service.name, version, `watched for ${watchMs / 60_000} min`);
  return { ...record, state: 'watched', before: answersAtRelease(states, service.name, at) };
}

function sharedBy(ctx: StageContext, share: number, history: readonly Release[]): Pick<WatchedRelease, 'share' | 'shareSince' | 'against'> {
  const against = share < 1 ? (history.find((each) => each.state === 'current')?.id ?? null) : null;
  return { share, shareSince: ctx.ports.clock.now(), against };
}

export const isWatched = ({ state }: WatchedRelease): boolean => state === 'watched';

/** A watched release that its judge finds fault with opens an incident whose first answer is the way back. */
export async function judgeReleases(
  ctx: StageContext,
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
  ctx: StageContext,
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
      tell(ctx, 'ReleaseHeld', service, version, `${version} of ${service} failed (${reason}), yet nothing is done: ${held.reason}`);
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
  tell(ctx, 'ReleaseFailed', service, version, cause, made.id);
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

/** The canary judge behind the same port: a release that it failed several times in a row. */
export function canaryTrouble({ canary }: WatchedRelease, now: number): ReleaseTrouble | null {
  if (canary === null || canary.failed < canaryFailuresInRow) return null;
  return { alert: canary.alert, since: now, reason: `the canary judge failed it ${canary.failed} times in a row: ${canary.reason}` };
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

function tell(
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
