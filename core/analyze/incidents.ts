import { failoverCandidates } from '../config/derive.ts';
import type { StageContext } from '../config/stage-context.ts';
import { type Candidate, rankCandidates } from '../knowledge/candidates.ts';
import { announceIncident, keepIncident } from '../knowledge/incidents.ts';
import { readStored, updateStored } from '../knowledge/stored.ts';
import { tellOnce, tellPeople } from '../knowledge/tell-people.ts';
import { type Incident, isOpen, Observation, ok, type Result, Standing, standingKey, storeKey, unknownStanding } from '../model/index.ts';
import type { AnalyzeContext } from './analyze-context.ts';
import { judgeQuorum, viewOf } from './quorum.ts';

/** How long the second in rank waits for the first to open the incident, the third for the second, and so on. */
const rankWaitSeconds = 20;

/** Looks at every group and region but the own one: a quorum that finds it impaired opens an incident, in the region that would take over. */
export async function judgeRegions(ctx: AnalyzeContext, observations: readonly Observation[]): Promise<void> {
  for (const group of ctx.config.trafficGroups) {
    if (!ctx.config.services.some((service) => service.trafficGroup === group.name && service.failover)) continue;
    for (const { name: region } of ctx.config.regions) {
      if (region !== ctx.region) await judgeRegion(ctx, group.name, region, observations);
    }
  }
}

async function judgeRegion(ctx: AnalyzeContext, group: string, region: string, observations: readonly Observation[]): Promise<void> {
  const { clock, store, trace } = ctx.ports;
  const now = clock.now();
  const answer = judgeQuorum({
    group,
    subject: region,
    regions: ctx.config.regions.map((each) => each.name),
    observations,
    now,
    stalenessSeconds: ctx.config.thresholds.quorumStalenessSeconds,
  });
  let reached = false;
  const updated = await updateStored(store, clock, standingKey(group, region), Standing, (current) => {
    reached = false;
    const standing = current ?? unknownStanding(group, region);
    if (!answer.impaired) return unimpaired(standing, answer.agree.length > 0, now);
    if (standing.impairedSince !== null) return null;
    reached = true;
    return { ...standing, impairedSince: now, disputed: null };
  });
  if (updated.ok && updated.value !== null) await tellOfDispute(ctx, updated.value, answer.reason);
  if (!updated.ok || !answer.impaired) return;
  const standing = updated.value ?? unknownStanding(group, region);
  if (reached)
    trace.record({
      kind: 'QuorumReached',
      subject: `group:${group}/${region}`,
      data: { group, region, votes: answer.agree, needed: answer.needed },
      reason: [answer.reason, headStart(ctx, group, region, observations, now) ?? []].flat().join('; '),
    });
  if (standing.incident !== null || standing.drained) return;
  if (now < standing.quietUntil) return tellOfHold(ctx, standing, observations, answer.reason);
  if (headStart(ctx, group, region, observations, standing.impairedSince ?? now) !== null) return;
  if (!isOurTurn(ctx, group, region, observations, standing.impairedSince ?? now)) return;
  await openRegionIncident(ctx, group, region, standing.epoch + 1, answer.reason, onsetOf(group, region, observations, answer.agree));
}

/** When the first of those who agree saw it fail. */
function onsetOf(group: string, region: string, observations: readonly Observation[], agree: readonly string[]): number | undefined {
  const sinces = observations.flatMap((seen) => {
    const view = agree.includes(seen.observer) ? viewOf(seen, group, region) : undefined;
    return view?.status === 'unhealthy' ? [view.since] : [];
  });
  return sinces.length === 0 ? undefined : Math.min(...sinces);
}

const headStartSeconds = 300;

/**
 * A region that has just released something, says so itself and has not given up on taking it back gets the time to do that: rolling back
 * one region is gentler than leaving it. Null: there is no reason to wait. A region that is silent has no head start.
 */
function headStart(
  ctx: StageContext,
  group: string,
  region: string,
  observations: readonly Observation[],
  impairedSince: number,
): string | null {
  const now = ctx.ports.clock.now();
  const own = observations.find((seen) => seen.observer === region && now - seen.at <= ctx.config.thresholds.quorumStalenessSeconds * 1000);
  const services = ctx.config.services.filter((service) => service.trafficGroup === group).map((service) => service.name);
  const release = own?.releases?.find((each) => services.includes(each.service) && each.state !== 'given-up');
  if (release === undefined || now - impairedSince >= headStartSeconds * 1000) return null;
  return `${region} released ${release.version} of ${release.service} and is ${release.state === 'failing' ? 'taking it back' : 'watching it'}: it has ${headStartSeconds} s before its traffic is moved`;
}

function isOurTurn(ctx: StageContext, group: string, region: string, observations: readonly Observation[], impairedSince: number): boolean {
  const ranked = candidatesNow(ctx, group, region, observations);
  const place = ranked.findIndex((candidate) => candidate.region === ctx.region);
  // A region that cannot take the traffic still opens the incident when nobody better does: people must be told.
  const rank = place >= 0 ? place : ctx.config.regions.length;
  return ctx.ports.clock.now() - impairedSince >= rank * rankWaitSeconds * 1000;
}

function candidatesNow(ctx: StageContext, group: string, region: string, observations: readonly Observation[]): Candidate[] {
  const allowed = failoverCandidates(ctx.config, group, region);
  return rankCandidates(group, region, allowed, observations, ctx.ports.clock.now(), ctx.config.thresholds.quorumStalenessSeconds);
}

/**
 * Right after a return evenkeel leaves the region alone for the cooldown, whatever the quorum finds: clients hurt meanwhile, and a person is
 * paged, once for each return, by the region that would act.
 */
async function tellOfHold(ctx: StageContext, standing: Standing, observations: readonly Observation[], reason: string): Promise<void> {
  const { group, region, epoch, quietUntil } = standing;
  const [best] = candidatesNow(ctx, group, region, observations);
  if (best !== undefined && best.region !== ctx.region) return;
  const seconds = Math.ceil((quietUntil - ctx.ports.clock.now()) / 1000);
  const id = `held/${group}/${region}/${epoch}`;
  const title = `${region} is impaired for ${group} again, and left alone for now`;
  const text = `${reason}; its traffic has just come back, and evenkeel moves it again in ${seconds} s at the earliest: op drain moves it now`;
  await tellOnce(ctx, { id, severity: 'critical', page: true, title, text }, [region]);
}

function unimpaired(standing: Standing, disputed: boolean, now: number): Standing | null {
  if (standing.impairedSince === null && (standing.disputed !== null) === disputed) return null;
  return { ...standing, impairedSince: null, disputed: disputed ? (standing.disputed ?? { since: now, told: false }) : null };
}

const disputeSeconds = 60;

/** Observers that disagree for a minute are nothing to act on, and everything to tell people about, once. */
async function tellOfDispute(ctx: StageContext, standing: Standing, reason: string): Promise<void> {
  const { clock, store, ids } = ctx.ports;
  const now = clock.now();
  if (standing.disputed === null || standing.disputed.told || standing.drained || now - standing.disputed.since < disputeSeconds * 1000)
    return;
  let first = false;
  await updateStored(store, clock, standingKey(standing.group, standing.region), Standing, (current): Standing | null => {
    first = current?.disputed?.told === false;
    return current?.disputed == null || !first ? null : { ...current, disputed: { ...current.disputed, told: true } };
  });
  if (!first) return;
  const title = `observers disagree about ${standing.region} for ${standing.group}`;
  await tellPeople(ctx, {
    id: ids.next('note'),
    at: now,
    severity: 'warning',
    page: false,
    title,
    text: `${reason}; nothing is done without a quorum`,
  });
}

/** Opens the incident in the own table and at least one peer's, then tells everybody. Opening it twice is opening it once. */
async function openRegionIncident(
  ctx: AnalyzeContext,
  group: string,
  region: string,
  epoch: number,
  reason: string,
  onsetAt: number | undefined,
): Promise<Result<Incident>> {
  const now = ctx.ports.clock.now();
  const services = ctx.config.services.filter((service) => service.trafficGroup === group);
  const serves = await isAnswered(ctx, group, region);
  return openIncident(ctx, {
    id: `inc-${group}-${region}-${epoch}`,
    epoch,
    subject: { service: services[0]?.name ?? group, region },
    group,
    region: ctx.region,
    alert: 'region-impaired',
    cause: `unknown: ${reason}`,
    locus: 'service',
    // A standby that takes no traffic hurts nobody: people are told, nothing is moved.
    severity: serves ? 'critical' : 'warning',
    state: 'open',
    attempt: 0,
    tried: [],
    ...(onsetAt === undefined ? {} : { onsetAt: Math.min(onsetAt, now) }),
    openedAt: now,
    deadlineAt: now + ctx.config.policies.paging.afterSeconds * 1000,
    reason,
  });
}

/** Whether clients are sent there now; when nobody can say, they may be. */
async function isAnswered(ctx: StageContext, group: string, region: string): Promise<boolean> {
  const own = await readStored(ctx.ports.store, ctx.ports.clock, storeKey.observation(ctx.region), Observation);
  const answered = own.ok ? own.value.value?.traffic[group] : undefined;
  return answered === undefined || answered.length === 0 || answered.includes(region);
}

/** Opens an incident with its likeliest cause in it, says why, and tells everybody. */
export async function openIncident(ctx: AnalyzeContext, given: Incident): Promise<Result<Incident>> {
  const found = await ctx.explain(ctx, given);
  const incident = found?.incident ?? given;
  const kept = await keepIncident(ctx, incident);
  if (!kept.ok) return kept;
  if (incident.group !== undefined) await noteIncident(ctx, incident);
  await announceIncident(ctx, incident);
  await found?.tell();
  return ok(incident);
}

/**
 * The end of an incident may overtake the outcome that says why it ended: that the region is drained, and so opens no second one. Until
 * that has come, nothing new is opened.
 */
const overtakenMs = 90_000;

/** Brings the standing of the group's region in line with what an incident says; the highest epoch stands. */
export async function noteIncident(ctx: StageContext, incident: Incident): Promise<void> {
  const { group, subject } = incident;
  const region = subject.region;
  if (group === undefined || region === undefined) return;
  await updateStored(ctx.ports.store, ctx.ports.clock, standingKey(group, region), Standing, (current) => {
    const standing = current ?? unknownStanding(group, region);
    if (incident.epoch < standing.epoch) return null;
    if (isOpen(incident) || incident.state === 'escalated') return { ...standing, epoch: incident.epoch, incident: incident.id };
    const quietUntil = Math.max(standing.quietUntil, (incident.resolvedAt ?? incident.openedAt) + overtakenMs);
    return { ...standing, epoch: incident.epoch, incident: null, quietUntil };
  });
}
