import type { Service } from '../../config/schema.ts';
import type { StageContext } from '../../config/stage-context.ts';
import { type FailureWindow, tallyOf } from '../../knowledge/failure-windows.ts';
import { readIncident } from '../../knowledge/incidents.ts';
import type { Alarm, WatchedRelease, WatchState } from '../../knowledge/watch-state.ts';
import { isOpen, type Release, type ReleaseNews, type ServiceState } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { percent, stateOf } from './findings.ts';
import { readHoldFacts, whyReleaseHeld } from './hold.ts';
import { openServiceIncident } from './service-incident.ts';

const callMs = 8_000;
const recentMs = 120_000;
const failuresMin = 3;
const looksMin = 8;

/** Once a minute: new releases begin to be watched, those that came through are stable, those that failed and stayed are given up. */
export async function noteReleases(ctx: StageContext, watch: WatchState, services: readonly Service[]): Promise<WatchState> {
  const releases = { ...watch.releases };
  for (const service of services) {
    if (service.deployments[ctx.region] === undefined) continue;
    const target = { service: service.name, region: ctx.region };
    const history = await ctx.ports.releases.history(target, within(ctx.ports.clock, callMs));
    if (!history.ok) continue;
    const next = await afterLook(ctx, releases[service.name], service.name, history.value);
    if (next === undefined) delete releases[service.name];
    else releases[service.name] = next;
  }
  return { ...watch, releases };
}

async function afterLook(
  ctx: StageContext,
  known: WatchedRelease | undefined,
  service: string,
  history: readonly Release[],
): Promise<WatchedRelease | undefined> {
  const now = ctx.ports.clock.now();
  const watchMs = ctx.config.policies.releaseWatch.seconds * 1000;
  const latest = history.find((release) => release.state !== 'previous');
  if (latest === undefined) return known;
  if (latest.id !== known?.id) {
    // What came before is back, or has been here for long: nothing new.
    if (now - latest.at > watchMs || (known !== undefined && latest.at < known.at)) return undefined;
    tell(ctx, 'ReleaseWatched', service, latest.version, `watched for ${watchMs / 60_000} min`);
    return { service, id: latest.id, version: latest.version, at: latest.at, state: 'watched', incident: null };
  }
  if (known.state === 'watched' && now - known.at > watchMs) {
    tell(
      ctx,
      'ReleaseStable',
      service,
      known.version,
      `${known.version} of ${service} came through ${watchMs / 60_000} min within its limits`,
    );
    return { ...known, state: 'stable' };
  }
  if (known.state !== 'failing' || known.incident === null) return known;
  const incident = await readIncident(ctx, known.incident);
  if (!incident.ok || isOpen(incident.value)) return known;
  return { ...known, state: 'given-up' };
}

/** Each slot: a watched release past its limits opens an incident whose first answer is the way back. */
export async function judgeReleases(ctx: StageContext, watch: WatchState, states: readonly ServiceState[]): Promise<WatchState> {
  const releases = { ...watch.releases };
  const epochs = { ...watch.epochs };
  for (const release of Object.values(watch.releases)) {
    if (release.state !== 'watched') continue;
    const trouble = releaseTrouble(ctx, release, watch.windows[release.service], states);
    if (trouble === null) continue;
    const alarm: Alarm = {
      ...{ alert: trouble.alert, service: release.service, locus: 'release', since: release.at, seenAt: ctx.ports.clock.now() },
      ...{ raisedAt: null, incident: null, held: null, reason: trouble.reason },
    };
    const facts = await readHoldFacts(ctx, states, watch.alarms);
    if (facts === null) continue;
    const held = whyReleaseHeld(ctx, alarm, facts);
    if (held !== null) continue;
    const cause = `release ${release.version} of ${release.service} in ${ctx.region}: ${trouble.reason}`;
    const made = await openServiceIncident(
      ctx,
      { alert: trouble.alert, service: release.service, locus: 'release', reason: cause, cause, since: trouble.since },
      epochs[release.service] ?? 0,
      facts.standings,
    );
    if (made === null) continue;
    epochs[release.service] = made.epoch;
    releases[release.service] = { ...release, state: 'failing', incident: made.id };
    tell(ctx, 'ReleaseFailed', release.service, release.version, cause, made.id);
  }
  return { ...watch, releases, epochs };
}

/** Past the error rate or the p99 of the release watch since it came, and not in the same way before it. */
function releaseTrouble(
  ctx: StageContext,
  release: WatchedRelease,
  window: FailureWindow | undefined,
  states: readonly ServiceState[],
): { alert: 'error-rate' | 'latency'; since: number; reason: string } | null {
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
  kind: 'ReleaseWatched' | 'ReleaseStable' | 'ReleaseFailed',
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
