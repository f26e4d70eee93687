import * as z from 'zod';
import { failoverCandidates, regionsOfGroup, servicesOfGroup } from '../config/derive.ts';
import type { StageContext } from '../config/stage-context.ts';
import { tellPeers } from '../knowledge/broadcast.ts';
import { rankCandidates } from '../knowledge/candidates.ts';
import { nextServiceEpoch } from '../knowledge/epochs.ts';
import { announceIncident, keepIncident } from '../knowledge/incidents.ts';
import { readObservations } from '../knowledge/observations.ts';
import { patientTables } from '../knowledge/patient-tables.ts';
import { Prediction } from '../knowledge/predictions.ts';
import { queryStored, readStored } from '../knowledge/stored.ts';
import { readSwitch, setSwitch } from '../knowledge/switches.ts';
import {
  failed,
  freezeSwitch,
  Incident,
  isOpen,
  isoTime,
  isRunning,
  Json,
  type JsonObject,
  killSwitch,
  type Observation,
  ok,
  pauseSwitch,
  type Result,
  Run,
  Standing,
  type Switch,
  standingKey,
  storeKey,
  targetKey,
  unknownStanding,
} from '../model/index.ts';
import { within } from '../ports/within.ts';
import { distributionTargets } from './follow-up.ts';
import { startOrdered } from './order-run.ts';
import { failback } from './remedies/failback.ts';
import { readmit } from './remedies/readmit.ts';
import type { Remedy } from './remedies/remedy.ts';
import { rollout } from './remedies/rollout.ts';

const itemsMax = 500;
const callMs = 15_000;

const who = { by: z.string().min(1, 'say who you are').max(256), reason: z.string().min(1, 'a reason is asked for').max(1_000) };
const place = { group: z.string().min(1).max(64), region: z.string().min(1).max(64) };

/** What a person can order, as the command line and the live world's endpoint take it. */
export const OperatorOrder = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('status') }),
  z.strictObject({ command: z.literal('incidents'), all: z.boolean().optional() }),
  z.strictObject({ command: z.literal('approve'), token: z.string().min(1).max(256), ...who }),
  z.strictObject({ command: z.literal('deny'), token: z.string().min(1).max(256), ...who }),
  z.strictObject({ command: z.literal('drain'), ...place, ...who }),
  z.strictObject({ command: z.literal('failback'), ...place, ...who }),
  z.strictObject({ command: z.literal('rollout'), service: z.string().min(1).max(64), release: z.string().min(1).max(512), ...who }),
  z.strictObject({ command: z.literal('readmit'), service: z.string().min(1).max(64), unit: z.string().min(1).max(256), ...who }),
  z.strictObject({ command: z.literal('pause'), ...who }),
  z.strictObject({ command: z.literal('resume'), ...who }),
  z.strictObject({ command: z.literal('freeze'), target: z.string().min(1).max(256), ...who }),
  z.strictObject({ command: z.literal('thaw'), target: z.string().min(1).max(256), ...who }),
  z.strictObject({ command: z.literal('kill'), on: z.boolean(), ...who }),
]);
export type OperatorOrder = z.infer<typeof OperatorOrder>;
type OrderOf<C extends OperatorOrder['command']> = Extract<OperatorOrder, { command: C }>;

/** What it came to: lines for a person, the same as data. */
export interface OperatorAnswer {
  lines: string[];
  data: JsonObject;
  /** The order was carried out, but something about it has to be told besides. */
  warning?: string;
}

const answer = (line: string, data: JsonObject = {}): Result<OperatorAnswer> => ok({ lines: [line], data });

/**
 * Parses and carries out one order in this region, asking busy tables again. Whatever cannot be done says what was received and what to do
 * instead.
 */
export async function operate(given: StageContext, raw: unknown): Promise<Result<OperatorAnswer>> {
  const ctx = patientTables(given);
  const parsed = OperatorOrder.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return failed('invalid', `${issue?.path.join('.') || 'order'}: ${issue?.message ?? 'does not fit'}`);
  }
  const order = parsed.data;
  const done = await carryOut(ctx, order);
  if (!('by' in order)) return done;
  const kept = await keepForAudit(ctx, order, done);
  if (kept.ok) return done;
  const warning = `the order may not be on record (${kept.reason}): note yourself who gave it, why and when`;
  return done.ok ? ok({ ...done.value, warning }) : { ...done, reason: `${done.reason}; ${warning}` };
}

function carryOut(ctx: StageContext, order: OperatorOrder): Promise<Result<OperatorAnswer>> {
  switch (order.command) {
    case 'status':
      return status(ctx);
    case 'incidents':
      return incidents(ctx, order.all === true);
    case 'approve':
    case 'deny':
      return decide(ctx, order);
    case 'drain':
      return drain(ctx, order);
    case 'failback':
      return startFailback(ctx, order);
    case 'rollout':
      return startOnService(ctx, order, rollout, { release: order.release }, `the rollout of ${order.release}`, 'release');
    case 'readmit':
      return startOnService(ctx, order, readmit, { unit: order.unit }, `the readmission of ${order.unit}`, 'unit');
    case 'pause':
    case 'resume':
      return turn(ctx, pauseSwitch, order.command === 'pause', order);
    case 'freeze':
    case 'thaw':
      return freeze(ctx, order);
    case 'kill':
      return kill(ctx, order);
  }
}

/** Who, why and when, whether it was done or not: a stream of its own that is never rewritten. */
async function keepForAudit(ctx: StageContext, order: OperatorOrder, done: Result<OperatorAnswer>): Promise<Result<number>> {
  const { store, clock, ids } = ctx.ports;
  // A token that was used is worth nothing, one that was mistyped may be somebody's: neither is written down.
  const { token: _, ...said } = { token: '', ...order };
  const body = Json.parse({
    ...said,
    at: clock.now(),
    region: ctx.region,
    done: done.ok,
    outcome: done.ok ? done.value.lines.join('; ') : done.reason,
  });
  return store.append('operator#t', { id: ids.next('order'), body }, within(clock, callMs));
}

const orElse = <T>(read: Result<T>, otherwise: T): T => (read.ok ? read.value : otherwise);

async function status(ctx: StageContext): Promise<Result<OperatorAnswer>> {
  const { store, clock } = ctx.ports;
  const [kill_, pause, runs, open, standings, seen, ahead] = await Promise.all([
    readSwitch(ctx, killSwitch),
    readSwitch(ctx, pauseSwitch),
    queryStored(store, clock, 'run#', itemsMax, Run),
    queryStored(store, clock, 'incident#', itemsMax, Incident),
    queryStored(store, clock, 'standing#', itemsMax, Standing),
    readObservations(ctx.ports),
    queryStored(store, clock, 'prediction#', itemsMax, Prediction),
  ]);
  const unreadable = [kill_, pause, runs, open, standings, seen, ahead].find((each) => !each.ok);
  if (unreadable !== undefined && !unreadable.ok) return unreadable;
  return ok(
    statusAnswer(ctx, {
      switches: { kill: orElse(kill_, null), pause: orElse(pause, null) },
      running: orElse(runs, []).filter(isRunning),
      unresolved: orElse(open, []).filter((each) => isOpen(each) || each.state === 'escalated'),
      drained: orElse(standings, []).filter((each) => each.drained),
      observers: orElse(seen, []),
      predictions: orElse(ahead, []),
    }),
  );
}

/** What `status` read, as far as it matters to a person. */
interface Situation {
  switches: { kill: Switch | null; pause: Switch | null };
  running: Run[];
  unresolved: Incident[];
  drained: Standing[];
  observers: Observation[];
  predictions: Prediction[];
}

function statusAnswer(ctx: StageContext, situation: Situation): OperatorAnswer {
  const { switches, running, unresolved, drained, observers, predictions } = situation;
  const now = ctx.ports.clock.now();
  const word = (name: string, read: Switch | null) =>
    read?.on === true ? [`${name} is on, by ${read.by} since ${isoTime(read.at)}: ${read.reason}`] : [];
  return {
    lines: [
      `${ctx.config.name} in ${ctx.region}, mode ${ctx.config.mode}`,
      ...word('kill', switches.kill),
      ...word('pause', switches.pause),
      ...observers.map(
        (each) => `${each.observer} ${each.abstains ? 'abstains' : 'speaks'}, ${Math.round((now - each.at) / 1000)} s ago: ${each.reason}`,
      ),
      ...drained.map((each) => `${each.region} is drained of ${each.group}`),
      ...unresolved.map(incidentLine),
      ...predictions.map(predictionLine),
      ...running.map((run) => `${run.planId} is ${run.state} in ${run.holder}: ${run.reason}`),
      `${unresolved.length} incidents, ${running.length} actions under way`,
    ],
    data: {
      region: ctx.region,
      mode: ctx.config.mode,
      kill: switches.kill?.on === true,
      pause: switches.pause?.on === true,
      drained: drained.map((each) => `group:${each.group}/${each.region}`),
      incidents: unresolved.map((each) => each.id),
      running: running.map((run) => run.planId),
      predictions: predictions.map(({ service, region, horizons, secondsToFailure, supplies, periods, drifts }) => ({
        ...{ service, region, horizons, secondsToFailure, supplies, periods, drifts },
      })),
    },
  };
}

function predictionLine({ service, region, horizons, secondsToFailure, supplies, periods, drifts }: Prediction): string {
  const percent = (share: number) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
  const risks = horizons.map((each) => `${percent(each.probability)} (${percent(each.low)}–${percent(each.high)}) within ${each.horizon}`);
  const ends = supplies.map((each) => `; its ${each.supply} is used up in ${(each.seconds / 3_600).toFixed(1)} h`);
  const risky = periods.map(
    (each) => `; riskier than usual ${hourOfWeek(each.fromHour)} to ${hourOfWeek(each.toHour)} UTC (${each.reason})`,
  );
  const more = [...ends, ...risky, ...drifts.map((each) => `; ${each}`)].join('');
  return `${service} in ${region} fails with ${risks.join(', ')}, half the time within ${(secondsToFailure.median / 86_400).toFixed(1)} days${more}`;
}

const daysOfWeek = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** 0 is Monday 00:00. */
function hourOfWeek(hour: number): string {
  return `${daysOfWeek[Math.floor(hour / 24) % 7]} ${String(hour % 24).padStart(2, '0')}:00`;
}

async function incidents(ctx: StageContext, all: boolean): Promise<Result<OperatorAnswer>> {
  const read = await queryStored(ctx.ports.store, ctx.ports.clock, 'incident#', itemsMax, Incident);
  if (!read.ok) return read;
  const shown = read.value.filter((each) => all || each.state !== 'resolved').sort((a, b) => b.openedAt - a.openedAt);
  return ok({
    lines: shown.length === 0 ? ['no incident is open'] : shown.map(incidentLine),
    data: { incidents: shown.map(({ id, state, severity, alert, cause, region }) => ({ id, state, severity, alert, cause, region })) },
  });
}

function incidentLine({ id, state, severity, region, cause }: Incident): string {
  return `${id} ${state} (${severity}, worked on in ${region}): ${cause}`;
}

async function decide(ctx: StageContext, order: OrderOf<'approve'> | OrderOf<'deny'>): Promise<Result<OperatorAnswer>> {
  const accept = order.command === 'approve';
  const decided = await ctx.ports.approver.decide(order.token, order.by, accept, order.reason, within(ctx.ports.clock, callMs));
  if (!decided.ok && decided.code === 'not-found')
    return failed('not-found', `no approval with this token waits in ${ctx.region}; a token works in the region that asked`);
  if (!decided.ok && decided.code === 'superseded')
    return failed('superseded', `your word is on record, but what asked for it has ended: ${decided.reason}`);
  if (!decided.ok) return decided;
  const { incident, planId: plan } = decided.value;
  ctx.ports.trace.record({
    kind: 'ApprovalDecided',
    subject: storeKey.incident(incident),
    incident,
    data: { incident, plan, by: order.by, accept },
    reason: order.reason,
  });
  return answer(accept ? 'approved: the action starts, unless it is over by now' : 'denied: the incident goes to people');
}

async function turn(
  ctx: StageContext,
  name: string,
  on: boolean,
  { by, reason }: { by: string; reason: string },
): Promise<Result<OperatorAnswer>> {
  const set = await setSwitch(ctx, name, { on, by, at: ctx.ports.clock.now(), reason });
  if (!set.ok) return set;
  return answer(set.value ? `${name} is ${on ? 'on' : 'off'}` : `${name} was ${on ? 'on' : 'off'} already`, { name, on });
}

/** By direct writes and by the bus: whichever of them gets through. */
async function kill(ctx: StageContext, order: OrderOf<'kill'>): Promise<Result<OperatorAnswer>> {
  const word: Switch = { on: order.on, by: order.by, at: ctx.ports.clock.now(), reason: order.reason };
  const set = await setSwitch(ctx, killSwitch, word);
  if (!set.ok) return set;
  const deaf = await tellPeers(ctx, 'KillSwitch', word);
  const to = deaf.length === 0 ? 'every region' : `${ctx.region}; ${deaf.join(', ')} did not take the message: repeat it there`;
  return answer(`kill is ${order.on ? 'on: no new action starts' : 'off'}, told to ${to}`, { on: order.on, deaf });
}

async function freeze(ctx: StageContext, order: OrderOf<'freeze'> | OrderOf<'thaw'>): Promise<Result<OperatorAnswer>> {
  const known = targetsOf(ctx);
  if (!known.includes(order.target))
    return failed('not-found', `${JSON.stringify(order.target)} is no target; there are ${known.join(', ')}`);
  const name = freezeSwitch(order.target);
  const frozen = await readSwitch(ctx, name);
  if (!frozen.ok) return frozen;
  const on = order.command === 'freeze';
  if (!on && frozen.value?.on !== true) return failed('not-found', `${order.target} is not frozen`);
  const turned = await turn(ctx, name, on, order);
  if (turned.ok)
    ctx.ports.trace.record({
      kind: on ? 'TargetFrozen' : 'TargetThawed',
      subject: order.target,
      data: { target: order.target, by: order.by },
      reason: order.reason,
    });
  return turned;
}

/** Everything that can be acted on by name: each service and each traffic group in each of its regions, and each distribution. */
function targetsOf(ctx: StageContext): string[] {
  const services = ctx.config.services.flatMap((each) =>
    ctx.config.regions
      .filter(({ name }) => each.deployments[name] !== undefined)
      .map(({ name }) => targetKey({ service: each.name, region: name })),
  );
  const groups = ctx.config.trafficGroups.flatMap(({ name: group }) =>
    regionsOfGroup(ctx.config, group).map((region) => targetKey({ service: group, group, region })),
  );
  const distributions = ctx.config.trafficGroups.flatMap((each) =>
    distributionTargets(
      each,
      ctx.config.regions.map(({ name }) => name),
    ),
  );
  return [...services, ...groups, ...distributions];
}

/** The standing of a group's region, or why there is none. */
async function standingOf(ctx: StageContext, { group, region }: { group: string; region: string }): Promise<Result<Standing>> {
  const groups = ctx.config.trafficGroups.map((each) => each.name);
  if (!groups.includes(group)) return failed('not-found', `${JSON.stringify(group)} is no traffic group; there are ${groups.join(', ')}`);
  const regions = regionsOfGroup(ctx.config, group);
  if (!regions.includes(region))
    return failed('not-found', `${group} is not served by ${JSON.stringify(region)}; it is by ${regions.join(', ')}`);
  const read = await readStored(ctx.ports.store, ctx.ports.clock, standingKey(group, region), Standing);
  return read.ok ? ok(read.value.value ?? unknownStanding(group, region)) : read;
}

function orderedIncident(ctx: StageContext, standing: Standing, order: OrderOf<'drain'> | OrderOf<'failback'>, executor: string): Incident {
  const now = ctx.ports.clock.now();
  const epoch = standing.epoch + 1;
  const { group, region, by, reason, command } = order;
  const cause = `${by} orders the ${command} of ${region}: ${reason}`;
  return {
    id: `${command === 'drain' ? 'inc' : command}-${group}-${region}-${epoch}`,
    epoch,
    subject: { service: servicesOfGroup(ctx.config, group)[0]?.name ?? group, region },
    group,
    region: executor,
    alert: command === 'drain' ? 'region-impaired' : 'failback',
    cause,
    locus: 'region',
    severity: 'critical',
    state: command === 'drain' ? 'open' : 'resolved',
    attempt: 0,
    tried: [],
    orderedBy: by,
    openedAt: now,
    ...(command === 'drain' ? {} : { resolvedAt: now }),
    deadlineAt: now + ctx.config.policies.paging.afterSeconds * 1000,
    reason: cause,
  };
}

/**
 * Breaks the glass: the voters do not ask their own view, and neither kill nor pause holds it back; everything else — freezes, preflight,
 * capacity, proof, undo — is as with any failover.
 */
async function drain(ctx: StageContext, order: OrderOf<'drain'>): Promise<Result<OperatorAnswer>> {
  const standing = await standingOf(ctx, order);
  if (!standing.ok) return standing;
  if (standing.value.drained) return failed('conflict', `${order.region} is drained of ${order.group} already`);
  if (standing.value.incident !== null) return failed('conflict', `${standing.value.incident} is open for ${order.region}`);
  const seen = await readObservations(ctx.ports);
  if (!seen.ok) return seen;
  const allowed = failoverCandidates(ctx.config, order.group, order.region);
  const staleness = ctx.config.thresholds.quorumStalenessSeconds;
  const [best] = rankCandidates(order.group, order.region, allowed, seen.value, ctx.ports.clock.now(), staleness);
  if (best === undefined)
    return failed('refused', `no other region can take the traffic of ${order.group} (asked: ${allowed.join(', ') || 'none is allowed'})`);
  const incident = orderedIncident(ctx, standing.value, order, best.region);
  const kept = await keepIncident(ctx, incident);
  if (!kept.ok) return kept;
  const past = await switchesPassed(ctx);
  ctx.ports.trace.record({
    kind: 'GlassBroken',
    subject: targetKey({ service: order.group, group: order.group, region: order.region }),
    incident: incident.id,
    data: { incident: incident.id, by: order.by, past },
    reason: [incident.cause, ...past].join('; it goes past what holds evenkeel back: '),
  });
  await announceIncident(ctx, incident);
  const opened = `${incident.id} is opened; ${best.region} takes the traffic over (${best.reason})`;
  return ok({ lines: [opened, ...past.map((each) => `PAST ${each}`)], data: { incident: incident.id, to: best.region, past } });
}

/** Kill and pause hold back what evenkeel decides; a person who breaks the glass is told that they are on, and goes past them. */
async function switchesPassed(ctx: StageContext): Promise<string[]> {
  const words: string[] = [];
  for (const name of [killSwitch, pauseSwitch]) {
    const read = await readSwitch(ctx, name);
    if (!read.ok) words.push(`${name}, which cannot be read`);
    else if (read.value?.on === true) words.push(`${name}, on since ${isoTime(read.value.at)} by ${read.value.by}: ${read.value.reason}`);
  }
  return words;
}

/** Plans and starts the way back, in the region that comes back. */
async function startFailback(ctx: StageContext, order: OrderOf<'failback'>): Promise<Result<OperatorAnswer>> {
  const standing = await standingOf(ctx, order);
  if (!standing.ok) return standing;
  if (order.region !== ctx.region)
    return failed('invalid', `a failback is started in the region that comes back: use --region ${order.region}`);
  if (!standing.value.drained && !(await isAway(ctx, order))) return failed('conflict', `${order.region} is not drained of ${order.group}`);
  const incident = orderedIncident(ctx, standing.value, order, ctx.region);
  const draft = await failback(ctx, incident, {});
  if (!draft.ok) return draft;
  const started = await startOrdered(ctx, incident, draft.value);
  return started.ok
    ? answer(`${started.value.id} is started: ${started.value.reason}`, { plan: started.value.id, incident: incident.id })
    : started;
}

/** Plans and starts what a person orders for one service in the own region: a staged rollout, the trial of units that were out. */
async function startOnService(
  ctx: StageContext,
  { command, service, by, reason }: OrderOf<'rollout'> | OrderOf<'readmit'>,
  remedy: Remedy,
  args: JsonObject,
  what: string,
  locus: Incident['locus'],
): Promise<Result<OperatorAnswer>> {
  const names = ctx.config.services.flatMap((each) => (each.deployments[ctx.region] === undefined ? [] : [each.name]));
  if (!names.includes(service))
    return failed(
      'not-found',
      `${JSON.stringify(service)} is not deployed in ${ctx.region}; there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ') || 'nothing'}`,
    );
  const busy = await runningOn(ctx, targetKey({ service, region: ctx.region }));
  if (!busy.ok) return busy;
  if (busy.value !== null) return failed('conflict', `${busy.value} is under way there: wait for its end`);
  const epoch = await nextServiceEpoch(ctx, service);
  if (!epoch.ok) return epoch;
  const now = ctx.ports.clock.now();
  const cause = `${by} orders ${what}: ${reason}`;
  const incident: Incident = {
    ...{ id: `${command}-${service}-${ctx.region}-${epoch.value}`, epoch: epoch.value, subject: { service, region: ctx.region } },
    ...{ region: ctx.region, alert: command, cause, locus, severity: 'warning', state: 'resolved', attempt: 0, tried: [] },
    ...{ orderedBy: by, openedAt: now, resolvedAt: now, deadlineAt: now, reason: cause },
  };
  const draft = await remedy(ctx, incident, args);
  if (!draft.ok) return draft;
  const started = await startOrdered(ctx, incident, draft.value);
  return started.ok
    ? answer(`${started.value.id} is started: ${started.value.reason}`, { plan: started.value.id, incident: incident.id })
    : started;
}

async function runningOn(ctx: StageContext, target: string): Promise<Result<string | null>> {
  const runs = await queryStored(ctx.ports.store, ctx.ports.clock, 'run#', itemsMax, Run);
  if (!runs.ok) return runs;
  return ok(runs.value.find((run) => isRunning(run) && targetKey(run.target) === target)?.planId ?? null);
}

/** A region that was cut off has not heard that it was drained; the answers say so. */
async function isAway(ctx: StageContext, { group, region }: { group: string; region: string }): Promise<boolean> {
  const seen = await ctx.ports.traffic.observe(group, within(ctx.ports.clock, callMs));
  return seen.ok && seen.value.regions.length > 0 && !seen.value.regions.includes(region);
}
