import { failoverCandidates, findService } from '../config/derive.ts';
import type { Playbook } from '../config/schema.ts';
import type { StageContext } from '../config/stage-context.ts';
import { rankCandidates } from '../knowledge/candidates.ts';
import { avoidOf, changeIncident } from '../knowledge/incidents.ts';
import { readObservations } from '../knowledge/observations.ts';
import { copyToPeers } from '../knowledge/peer-copies.ts';
import { putStored, queryStored } from '../knowledge/stored.ts';
import {
  type Incident,
  Lesson,
  type Plan,
  type PolicyDecision,
  type Result,
  type Run,
  storeKey,
  type Target,
  targetKey,
} from '../model/index.ts';
import { askBreakers, protectDependents } from './breakers.ts';
import { chooseMove } from './choice.ts';
import { circumstance } from './circumstances.ts';
import { type PlanReply, planReply } from './plan.ts';
import { planId } from './plan-id.ts';
import { type Move, type MoveOutcome, nextMoves, playbookFor, remember } from './playbook.ts';
import { askPolicies, policyFacts } from './policies.ts';
import { remedies } from './remedies/index.ts';
import type { Draft } from './remedies/remedy.ts';

const movesMax = 40;
const lessonsMax = 500;
const runLeaseMs = 120_000;
const defaultWaitSeconds = 30;
const planVersion = 1;

/** Goes through the playbook until there is something to do: skips what does not apply or is refused, and says so on the timeline. */
export async function remediate(ctx: StageContext, given: Incident, attempt: number, outcome: string): Promise<PlanReply> {
  let incident = await settleLast(ctx, given, attempt, outcome);
  const playbook = playbookFor(ctx.config, incident);
  if (playbook.levels.length === 0) return planReply('refused', `no playbook answers ${incident.alert}`);
  if (incident.severity === 'warning' && playbook.warning !== 'act')
    return planReply('observed', `a warning of ${incident.alert} is told, not acted on`);
  const unmet = incident.tried.length === 0 ? await unmetPrerequisite(ctx, incident, playbook.prerequisites ?? []) : null;
  if (unmet !== null) return planReply('refused', unmet);
  for (let count = 0; count < movesMax; count += 1) {
    const move = await pickMove(ctx, incident, playbook);
    if (move === null) return planReply('refused', `every level of the playbook for ${incident.alert} was tried`);
    const reply = await tryMove(ctx, incident, move, attempt);
    if (reply !== null) return reply;
    incident = await note(ctx, incident, move.key, 'skipped');
  }
  return planReply('refused', `${movesMax} moves of the playbook for ${incident.alert} did not apply`);
}

async function unmetPrerequisite(ctx: StageContext, incident: Incident, prerequisites: Playbook['prerequisites']): Promise<string | null> {
  for (const wanted of prerequisites) {
    const { holds, reason } = await circumstance(ctx, incident, wanted);
    if (!holds) return `the playbook for ${incident.alert} asks for ${wanted}: ${reason}`;
  }
  return null;
}

/** The next move of the playbook, unless what was learned speaks for one of a stronger level; every choice among several says why. */
async function pickMove(ctx: StageContext, incident: Incident, playbook: Pick<Playbook, 'levels'>): Promise<Move | null> {
  const moves = nextMoves(playbook, incident.tried);
  const [first] = moves;
  if (first === undefined) return null;
  const rivals: Move[] = [];
  for (const move of remedies[first.action] === undefined ? [] : moves.slice(1)) {
    if (remedies[move.action] === undefined) continue;
    if (move.when === undefined || (await circumstance(ctx, incident, move.when)).holds) rivals.push(move);
  }
  if (rivals.length === 0) return first;
  const lessons = await queryStored(ctx.ports.store, ctx.ports.clock, 'lesson#', lessonsMax, Lesson);
  const known = lessons.ok ? lessons.value.filter((each) => each.alert === incident.alert) : [];
  const choice = chooseMove([first, ...rivals], (action) => known.find((each) => each.action === machineOf(action)));
  if (choice === null) return first;
  const { chosen, candidates, reason } = choice;
  ctx.ports.trace.record({
    kind: 'ActionChosen',
    subject: incident.subject.service,
    incident: incident.id,
    data: {
      incident: incident.id,
      chosen: chosen.move.action,
      candidates: candidates.map((each) => ({
        action: each.move.action,
        level: each.move.level,
        probability: each.probability,
        blast: each.blast,
        seconds: each.seconds,
        cost: each.cost,
        score: each.score,
      })),
    },
    reason,
  });
  return chosen.move;
}

/** The machine that runs an action, under whose name its outcomes are learned. */
function machineOf(action: Move['action']): string {
  return action === 'eject' ? 'shift' : action === 'degrade' ? 'script' : action;
}

/** The move that was under way is remembered with how it came out. */
async function settleLast(ctx: StageContext, incident: Incident, attempt: number, outcome: string): Promise<Incident> {
  const open = incident.tried.find((entry) => !entry.includes('='));
  const how: MoveOutcome = outcome === 'verified' || outcome === 'undone' ? outcome : 'done';
  const changed = await changeIncident(ctx, incident.id, (current) => ({
    attempt,
    tried: open === undefined ? current.tried : remember(current.tried, open, how),
  }));
  return changed.ok ? changed.value : incident;
}

async function note(ctx: StageContext, incident: Incident, key: string, outcome: MoveOutcome | null): Promise<Incident> {
  const tried = outcome === null ? [...incident.tried, key] : remember(incident.tried, key, outcome);
  const changed = await changeIncident(ctx, incident.id, () => ({ tried }));
  return changed.ok ? changed.value : { ...incident, tried };
}

/** Null: this move does not apply, go on with the next. */
async function tryMove(ctx: StageContext, incident: Incident, move: Move, attempt: number): Promise<PlanReply | null> {
  if (move.when !== undefined) {
    const { holds, reason } = await circumstance(ctx, incident, move.when);
    if (!holds) return skip(ctx, incident, move, `when:${move.when}`, reason);
  }
  switch (move.action) {
    case 'page':
      return planReply('refused', `the playbook for ${incident.alert} gives it to ${whoIsPaged(ctx, incident, move)}: ${incident.cause}`);
    case 'notify':
      return skip(ctx, incident, move, 'notify', `people are told: ${incident.cause}`);
    case 'protect': {
      const names = ctx.config.mode === 'observe' ? [] : await protectDependents(ctx, incident.subject.service);
      return skip(
        ctx,
        incident,
        move,
        'protect',
        `no action on ${names.join(', ') || 'anything more'} while ${incident.subject.service} is sick`,
      );
    }
    case 'wait': {
      await note(ctx, incident, move.key, null);
      const seconds = Number(move.args.seconds ?? defaultWaitSeconds);
      return planReply('wait', `the playbook waits ${seconds} s`, undefined, seconds);
    }
    default:
      return act(ctx, incident, move, attempt);
  }
}

/** Whoever is on call reads here whom to call: a dependency is its owner's to repair. */
function whoIsPaged(ctx: StageContext, { subject }: Incident, { args }: Move): string {
  const owner = args.who === 'owner' ? findService(ctx.config, subject.service)?.owner : undefined;
  return owner === undefined ? 'people' : `the owner of ${subject.service}, ${owner}`;
}

function skip(ctx: StageContext, incident: Incident, move: Move, policy: string, reason: string): null {
  const { service, region } = incident.subject;
  const target = region === undefined ? service : `${service}/${region}`;
  ctx.ports.trace.record({
    kind: 'PolicyRefused',
    subject: target,
    incident: incident.id,
    data: { incident: incident.id, policy, action: move.action, target },
    reason,
  });
  return null;
}

async function act(ctx: StageContext, incident: Incident, move: Move, attempt: number): Promise<PlanReply | null> {
  const remedy = remedies[move.action];
  if (remedy === undefined) return skip(ctx, incident, move, 'remedy', `${move.action} has no remedy`);
  if (move.action === 'failover') {
    const elsewhere = await betterRegion(ctx, incident, attempt);
    if (elsewhere !== 'here')
      return elsewhere === null ? skip(ctx, incident, move, 'candidates', 'no other region can take the traffic') : elsewhere;
  }
  const draft = await remedy(ctx, incident, move.args);
  if (!draft.ok) return skip(ctx, incident, move, 'remedy', draft.reason);
  const { target, to, capacityOutShare } = draft.value;
  const id = planId(draft.value.action, incident.id, targetKey(target), planVersion, attempt, incident.epoch);
  const breakers = await askBreakers(ctx, target, draft.value.action, id);
  const facts = await policyFacts(ctx, target, breakers, await avoidOf(ctx, incident));
  const policies = askPolicies(ctx, {
    incident,
    action: move.action,
    target,
    capacityOutShare,
    ...(to === undefined ? {} : { to }),
    ...facts,
  });
  const refused = policies.find((policy) => !policy.allowed);
  if (refused !== undefined) return skip(ctx, incident, move, refused.name, `policy ${refused.name} refuses: ${refused.reason}`);
  if (ctx.config.mode !== 'observe') {
    const entered = await Promise.all(breakers.map((each) => each.enter()));
    if (entered.includes(false))
      return skip(ctx, incident, move, 'breaker', 'policy breaker refuses: somebody else took the trial at the same time');
  }
  // A failover stays open in the playbook while there are candidates: each region tries itself once.
  await (move.action === 'failover' ? markRegionTried(ctx, incident) : note(ctx, incident, move.key, null));
  return keepPlan(ctx, incident, await makePlan(ctx, incident, id, draft.value, move, attempt, policies), move.waitSeconds);
}

async function markRegionTried(ctx: StageContext, incident: Incident): Promise<void> {
  await changeIncident(ctx, incident.id, (current) => ({ tried: remember(current.tried, `region:${ctx.region}`, 'done') }));
}

async function makePlan(
  ctx: StageContext,
  incident: Incident,
  id: string,
  draft: Draft,
  move: Move,
  attempt: number,
  policies: PolicyDecision[],
): Promise<Plan> {
  const avoid = await avoidOf(ctx, incident);
  const others = ctx.config.regions.map((region) => region.name).filter((name) => name !== ctx.region && !avoid.includes(name));
  return {
    id,
    version: planVersion,
    incident: incident.id,
    action: draft.action,
    target: draft.target,
    level: move.level,
    attempt,
    steps: draft.steps,
    policies,
    successors: [ctx.region, ...others],
    createdAt: ctx.ports.clock.now(),
    createdEpoch: incident.epoch,
    ...(incident.orderedBy === undefined ? {} : { orderedBy: incident.orderedBy }),
    reason: draft.reason,
  };
}

/** Where the failover belongs: `here`, with another region (the incident is handed over), or nowhere (null). */
async function betterRegion(ctx: StageContext, incident: Incident, attempt: number): Promise<'here' | PlanReply | null> {
  const { group } = incident;
  const from = incident.subject.region;
  if (group === undefined || from === undefined) return null;
  const { clock } = ctx.ports;
  const observations = await readObservations(ctx.ports);
  if (!observations.ok) return null;
  const staleness = ctx.config.thresholds.quorumStalenessSeconds;
  const ranked = rankCandidates(group, from, failoverCandidates(ctx.config, group, from), observations.value, clock.now(), staleness);
  const next = ranked.find((each) => !incident.tried.some((entry) => entry.startsWith(`region:${each.region}=`)));
  if (next === undefined) return null;
  if (next.region === ctx.region) return 'here';
  const reason = `handed to ${next.region}: ${next.reason}`;
  const handed = await changeIncident(ctx, incident.id, () => ({ region: next.region, state: 'open', attempt: attempt - 1, reason }));
  return handed.ok ? planReply('superseded', reason) : { ...planReply('refused', handed.reason), retryable: handed.retryable };
}

/** Plan and run go to the own table and a peer's before any step: whoever has to take over must find them. */
async function keepPlan(ctx: StageContext, incident: Incident, made: Plan, waitSeconds: number): Promise<PlanReply> {
  const { clock, trace } = ctx.ports;
  const avoid = await avoidOf(ctx, incident);
  const { mode } = ctx.config;
  const kept = await keepOnce(ctx, storeKey.plan(made.id), made, avoid);
  if (!kept.ok) return { ...planReply('refused', kept.reason), retryable: kept.retryable };
  const { id: plan, action, level, attempt, target } = made;
  trace.record({
    kind: 'PlanMade',
    subject: targetKey(target),
    incident: incident.id,
    data: {
      incident: incident.id,
      plan,
      action,
      target: targetKey(target),
      level,
      attempt,
      steps: made.steps.map((step) => step.id),
      mode,
    },
    reason: made.reason,
  });
  if (mode === 'observe') return planReply('observed', `observe mode: would do ${action}: ${made.reason}`, made);
  const asks = needsApproval(ctx, incident, made);
  const seconds = asks ? ctx.config.policies.approvals.expireSeconds : waitSeconds;
  const run = newRun(ctx, incident, made, avoid, clock.now(), seconds);
  const started = await keepOnce(ctx, storeKey.run(plan), run, avoid);
  if (!started.ok) return { ...planReply('refused', started.reason), retryable: started.retryable };
  if (asks) return planReply('approve', made.reason, made, seconds);
  return planReply('ok', made.reason, made, waitSeconds);
}

/** In approve mode always; in act mode before a point of no return, and for what only its own region reports. */
function needsApproval(ctx: StageContext, incident: Incident, made: Plan): boolean {
  if (ctx.config.mode === 'approve' || made.steps.some((step) => step.irreversible && step.kind === 'move-database')) return true;
  const service = ctx.config.services.find((each) => each.name === incident.subject.service);
  const speaking =
    service?.endpoints.filter((each) => incident.subject.endpoint === undefined || each.name === incident.subject.endpoint) ?? [];
  return speaking.length > 0 && speaking.every((each) => each.selfReport);
}

/** On record before its machine starts: the lease covers the wait for a person, or the backoff, so that nobody takes it for lost. */
function newRun(ctx: StageContext, incident: Incident, made: Plan, avoid: string[], now: number, waitSeconds: number): Run {
  const target: Target = made.target;
  return {
    planId: made.id,
    incidentId: incident.id,
    action: made.action,
    target,
    epoch: incident.epoch,
    holder: ctx.region,
    executionId: `${made.action}:${made.id}`,
    state: 'running',
    avoid,
    startedAt: now,
    leaseUntil: now + waitSeconds * 1000 + runLeaseMs,
    reason: made.reason,
  };
}

async function keepOnce<T>(ctx: StageContext, key: string, value: T, avoid: string[]): Promise<Result<void>> {
  const written = await putStored(ctx.ports.store, ctx.ports.clock, key, value, 0);
  if (!written.ok && written.code !== 'conflict') return written;
  return copyToPeers(ctx, key, value, avoid);
}
