import type { Service } from '../../config/schema.ts';
import type { StageContext } from '../../config/stage-context.ts';
import { readIncident } from '../../knowledge/incidents.ts';
import { canaryFailuresInRow, type WatchedRelease, type WatchState } from '../../knowledge/watch-state.ts';
import { isOpen, type Release, type ServiceState } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { answersAtRelease } from './answers-lately.ts';
import { type ReleaseTrouble, tellRelease } from './release-watch.ts';

const callMs = 8_000;

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
    tellRelease(ctx, 'ReleaseStable', service.name, known.version, reason);
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
  tellRelease(ctx, 'ReleaseWatched', service.name, version, `watched for ${watchMs / 60_000} min`);
  return { ...record, state: 'watched', before: answersAtRelease(states, service.name, at) };
}

function sharedBy(ctx: StageContext, share: number, history: readonly Release[]): Pick<WatchedRelease, 'share' | 'shareSince' | 'against'> {
  const against = share < 1 ? (history.find((each) => each.state === 'current')?.id ?? null) : null;
  return { share, shareSince: ctx.ports.clock.now(), against };
}

/** The canary judge behind the same port: a release that it failed several times in a row. */
export function canaryTrouble({ canary }: WatchedRelease, now: number): ReleaseTrouble | null {
  if (canary === null || canary.failed < canaryFailuresInRow) return null;
  return { alert: canary.alert, since: now, reason: `the canary judge failed it ${canary.failed} times in a row: ${canary.reason}` };
}
