import { dependenciesOf, findService } from '../../config/derive.ts';
import type { StageContext } from '../../config/stage-context.ts';
import { isOfDetectors } from '../../knowledge/alert-rules.ts';
import { readObservations } from '../../knowledge/observations.ts';
import { queryStored } from '../../knowledge/stored.ts';
import type { Alarm } from '../../knowledge/watch-state.ts';
import { Incident, isOpen, type Observation, type ServiceState, Standing } from '../../model/index.ts';
import { judgeQuorum } from '../quorum.ts';
import { stateOf } from './findings.ts';

const itemsMax = 500;
/** Alarms within five minutes are about the same thing. */
const togetherMs = 300_000;

/** What has to be known before an alarm may become an incident. */
export interface HoldFacts {
  observations: readonly Observation[];
  incidents: readonly Incident[];
  standings: readonly Standing[];
  states: readonly ServiceState[];
  alarms: Readonly<Record<string, Alarm>>;
}

export async function readHoldFacts(
  ctx: StageContext,
  states: readonly ServiceState[],
  alarms: Readonly<Record<string, Alarm>>,
): Promise<HoldFacts | null> {
  const { store, clock } = ctx.ports;
  const [observations, incidents, standings] = await Promise.all([
    readObservations(ctx.ports),
    queryStored(store, clock, 'incident#', itemsMax, Incident),
    queryStored(store, clock, 'standing#', itemsMax, Standing),
  ]);
  if (!observations.ok || !incidents.ok || !standings.ok) return null;
  return { observations: observations.value, incidents: incidents.value, standings: standings.value, states, alarms };
}

/** Why an alarm opens no incident of its own, and the incident that it belongs to when there is one. Null: it opens one. */
export interface Hold {
  reason: string;
  incident: string | null;
}

type Question = (ctx: StageContext, alarm: Alarm, facts: HoldFacts) => Hold | null;

const hold = (reason: string, incident: string | null = null): Hold => ({ reason, incident });

/** The groups whose traffic the alarm is about: the service's own, or those of everything that depends on it. */
function groupsOf(ctx: StageContext, service: string): string[] {
  const own = findService(ctx.config, service)?.trafficGroup;
  if (own !== undefined) return [own];
  const callers = ctx.config.services.filter((each) => dependenciesOf(each).some((dependency) => dependency.service === service));
  return callers.length > 0 && callers.every((each) => each.trafficGroup !== undefined)
    ? [...new Set(callers.flatMap((each) => each.trafficGroup ?? []))]
    : [];
}

/** A region that no client is sent to hurts nobody: what is drained is left alone until a person brings it back. */
const drained: Question = (ctx, alarm, { observations }) => {
  const own = observations.find((seen) => seen.observer === ctx.region);
  const groups = groupsOf(ctx, alarm.service);
  const elsewhere = groups.filter((group) => {
    const answered = own?.traffic[group] ?? [];
    return answered.length > 0 && !answered.includes(ctx.region);
  });
  return groups.length > 0 && elsewhere.length === groups.length ? hold(`no traffic of ${groups.join(', ')} comes to ${ctx.region}`) : null;
};

/** What the peers see as an impaired region is theirs to answer; more units for one that is short of CPU help either way. */
const withPeers: Question = (ctx, alarm, { observations, standings }) => {
  if (alarm.alert === 'cpu') return null;
  for (const group of groupsOf(ctx, alarm.service)) {
    const standing = standings.find((each) => each.group === group && each.region === ctx.region);
    if (standing?.incident != null) return hold(`the incident ${standing.incident} is open for ${ctx.region}`, standing.incident);
    const failover = ctx.config.services.some((each) => each.trafficGroup === group && each.failover);
    const answer = judgeQuorum({
      group,
      subject: ctx.region,
      regions: ctx.config.regions.map((each) => each.name),
      observations,
      now: ctx.ports.clock.now(),
      stalenessSeconds: ctx.config.thresholds.quorumStalenessSeconds,
    });
    if (failover && answer.impaired) return hold(`the peers answer for it: ${answer.reason}`);
  }
  return null;
};

/** While a region of its group is out, or is being answered for, what comes in is not what history says. */
const unsettled: Question = (ctx, alarm, { standings }) => {
  if (alarm.alert !== 'capacity-forecast') return null;
  const groups = groupsOf(ctx, alarm.service);
  const moved = standings.find((each) => groups.includes(each.group) && (each.drained || each.incident !== null));
  return moved === undefined
    ? null
    : hold(`${moved.region} is ${moved.drained ? 'drained of' : 'in an incident for'} ${moved.group}: the load is no forecast's`);
};

/** For so long what a victim showed stays in the windows that the alarm of a rule is judged by. */
const tailMs = 150_000;

/** A victim is not remediated, what it depends on is; nor is it for what it still shows of a time that is over. */
const victim: Question = (ctx, alarm, { states, alarms }) => {
  const service = findService(ctx.config, alarm.service);
  if (service === undefined || alarm.locus === 'unit' || alarm.locus === 'zone') return null;
  for (const { service: name, hard } of dependenciesOf(service)) {
    if (!hard) continue;
    const state = stateOf(states, name, ctx.region);
    if (state?.health.status === 'unhealthy') return hold(`${alarm.service} is a victim of ${name}: ${state.health.reason}`);
    if (state !== undefined && isTail(alarm, state, ctx.ports.clock.now()))
      return hold(`${alarm.service} was a victim of ${name}, which is ${state.health.status} again: what it shows may be of that time`);
    const sick = Object.values(alarms).find((each) => each.service === name && each.alert !== 'certificate' && !isOfDetectors(each.alert));
    if (sick !== undefined) return hold(`${alarm.service} is a victim of ${name}: ${sick.reason}`);
  }
  return null;
};

/**
 * Held before, begun before the dependency came back, and too soon after that to tell whether it goes on. A detector takes its time to
 * forget; what really goes on a rule tells.
 */
function isTail({ alert, held, since }: Alarm, dependency: ServiceState, now: number): boolean {
  return held !== null && since < dependency.since && (isOfDetectors(alert) || now - dependency.since < tailMs);
}

/** What people have already: the same alert again, or whatever else a dependency shows that they were told is down. */
const isGivenAway = (incident: Incident, alarm: Alarm): boolean =>
  incident.state === 'escalated' && (incident.alert === alarm.alert || incident.alert === 'dependency-down');

const alreadyOpen: Question = (ctx, alarm, { incidents }) => {
  const same = incidents.find(
    (each) => each.region === ctx.region && each.subject.service === alarm.service && (isOpen(each) || isGivenAway(each, alarm)),
  );
  return same === undefined ? null : hold(`${same.id} is ${same.state} for ${alarm.service}`, same.id);
};

/** The same thing again right after it was over is a flap: it is watched for a cooldown before it is answered anew. */
const quiet: Question = (ctx, alarm, { incidents }) => {
  const now = ctx.ports.clock.now();
  const seconds = ctx.config.policies.cooldownSeconds;
  const last = incidents.find(
    (each) =>
      each.alert === alarm.alert &&
      each.subject.service === alarm.service &&
      each.subject.unit === alarm.unit &&
      each.region === ctx.region &&
      each.resolvedAt !== undefined &&
      now - each.resolvedAt < seconds * 1000,
  );
  return last === undefined
    ? null
    : hold(`${last.id} was over ${Math.round((now - (last.resolvedAt ?? now)) / 1000)} s ago; ${seconds} s are waited`);
};

/**
 * What a rule, an event or a quorum has found as well is theirs: what detectors find strengthens it. And what a service shows of a region
 * that is odd as a whole is a part of that.
 */
const explained: Question = (ctx, alarm, { alarms, incidents }) => {
  if (!isOfDetectors(alarm.alert)) return null;
  const whole = alarm.alert === 'systemic';
  const wider = Object.values(alarms).find((each) =>
    isOfDetectors(each.alert)
      ? each.alert === 'systemic' && !whole && each.raisedAt !== null
      : each.alert !== 'capacity-forecast' && (whole || each.service === alarm.service) && each.seenAt >= alarm.since - togetherMs,
  );
  if (wider !== undefined) return hold(`strengthens ${wider.alert} of ${wider.service}: ${wider.reason}`, wider.incident);
  const open = incidents.find((each) => isOpen(each) && each.subject.region === ctx.region && !isOfDetectors(each.alert));
  return whole && open !== undefined ? hold(`strengthens ${open.id}, which is ${open.state}`, open.id) : null;
};

const questions: readonly Question[] = [drained, withPeers, unsettled, victim, alreadyOpen, explained, quiet];

export function whyHeld(ctx: StageContext, alarm: Alarm, facts: HoldFacts): Hold | null {
  for (const question of questions) {
    const answer = question(ctx, alarm, facts);
    if (answer !== null) return answer;
  }
  return null;
}

/** For a release that fails only these count: the rest of the world may well blame the region. */
export function whyReleaseHeld(ctx: StageContext, alarm: Alarm, facts: HoldFacts): Hold | null {
  return drained(ctx, alarm, facts) ?? victim(ctx, alarm, facts) ?? alreadyOpen(ctx, alarm, facts);
}
