import * as z from 'zod';
import { failoverCandidates } from '../config/derive.ts';
import type { StageContext } from '../config/stage-context.ts';
import { quorumOf } from '../config/votes.ts';
import { rankCandidates } from '../knowledge/candidates.ts';
import { avoidOf, changeIncident, readIncident } from '../knowledge/incidents.ts';
import { copyToPeers } from '../knowledge/peer-copies.ts';
import { putStored, queryStored } from '../knowledge/stored.ts';
import { lookAtSymptoms } from '../knowledge/symptoms.ts';
import {
  assertNever,
  type Incident,
  isOpen,
  Observation,
  type Plan,
  type Result,
  type Run,
  type StepReply,
  storeKey,
  targetKey,
} from '../model/index.ts';
import { draftFailover } from './failover-plan.ts';
import { planId } from './plan-id.ts';
import { askPolicies, policyFacts } from './policies.ts';

/** What the respond machine asks of the plan function. */
export const PlanTask = z.object({
  operation: z.enum(['claim', 'plan', 'symptoms', 'resolve', 'escalate']),
  incidentId: z.string(),
  epoch: z.number().int().positive(),
  attempt: z.number().int().positive(),
  reason: z.string().optional(),
});
export type PlanTask = z.infer<typeof PlanTask>;

/** `planId` and `action` are set when `plan` answers ok. */
export type PlanReply = StepReply & { planId: string; action: string };

const observersMax = 50;

const reply = (code: StepReply['code'], reason: string, made?: Plan): PlanReply => ({
  code,
  retryable: false,
  reason,
  planId: made?.id ?? '-',
  action: made?.action ?? '-',
});

export async function plan(ctx: StageContext, task: PlanTask): Promise<PlanReply> {
  const read = await readIncident(ctx, task.incidentId);
  if (!read.ok) return { ...reply('refused', read.reason), retryable: read.retryable };
  const incident = read.value;
  if (incident.epoch !== task.epoch || incident.region !== ctx.region)
    return reply(
      'superseded',
      `${incident.id} is with ${incident.region} under epoch ${incident.epoch}; this is ${ctx.region}, epoch ${task.epoch}`,
    );
  switch (task.operation) {
    case 'claim':
      return claim(ctx, incident);
    case 'plan':
      return remediate(ctx, incident, task.attempt);
    case 'symptoms': {
      const look = await lookAtSymptoms(ctx, incident);
      return reply(look.gone ? 'pass' : 'inconclusive', look.reason);
    }
    case 'resolve':
      return end(ctx, incident, 'resolved', task.reason ?? 'symptoms are gone');
    case 'escalate':
      return end(ctx, incident, 'escalated', task.reason ?? 'no remediation is left');
    default:
      return assertNever(task.operation);
  }
}

async function claim(ctx: StageContext, incident: Incident): Promise<PlanReply> {
  if (!isOpen(incident)) return reply('superseded', `${incident.id} is ${incident.state} already`);
  const changed = await changeIncident(ctx, incident.id, (current) => (current.state === 'open' ? { state: 'acting' } : null));
  return changed.ok ? reply('ok', `${incident.id} is worked on in ${ctx.region}`) : reply('refused', changed.reason);
}

async function end(ctx: StageContext, incident: Incident, state: 'resolved' | 'escalated', reason: string): Promise<PlanReply> {
  const changed = await changeIncident(ctx, incident.id, (current) =>
    isOpen(current) ? { state, reason, ...(state === 'resolved' ? { resolvedAt: ctx.ports.clock.now() } : {}) } : null,
  );
  return changed.ok ? reply('ok', reason) : { ...reply('refused', changed.reason), retryable: changed.retryable };
}

async function remediate(ctx: StageContext, incident: Incident, attempt: number): Promise<PlanReply> {
  if (!isOpen(incident)) return reply('superseded', `${incident.id} is ${incident.state} already`);
  await changeIncident(ctx, incident.id, (current) => (current.attempt < attempt ? { attempt } : null));
  if (incident.group !== undefined && incident.subject.region !== undefined)
    return planFailover(ctx, incident, incident.group, incident.subject.region, attempt);
  return reply('refused', `no playbook answers ${incident.alert}`);
}

async function planFailover(ctx: StageContext, incident: Incident, group: string, from: string, attempt: number): Promise<PlanReply> {
  const { store, clock } = ctx.ports;
  const observations = await queryStored(store, clock, storeKey.observation(''), observersMax, Observation);
  if (!observations.ok) return { ...reply('refused', observations.reason), retryable: observations.retryable };
  const ranked = rankCandidates(
    group,
    from,
    failoverCandidates(ctx.config, group, from),
    observations.value,
    clock.now(),
    ctx.config.thresholds.quorumStalenessSeconds,
  );
  // What did not prove itself once is not tried twice.
  const next = ranked.find((each) => !incident.tried.includes(each.region));
  if (next === undefined)
    return reply(
      'refused',
      ranked.length === 0 ? `no region can take ${group} over from ${from}` : `all ${ranked.length} candidates were tried`,
    );
  const to = next.region;
  if (to !== ctx.region) return handOver(ctx, incident, to, attempt, next.reason);
  const target = { service: incident.subject.service, region: from, group };
  const quorum = quorumOf(ctx.config.regions.length);
  const draft = draftFailover(ctx.config, incident, group, from, to, quorum);
  const facts = await policyFacts(ctx, target);
  const policies = askPolicies(ctx, { incident, action: 'failover', target, to, ...facts });
  const refused = policies.find((policy) => !policy.allowed);
  if (refused !== undefined) {
    ctx.ports.trace.record({
      kind: 'PolicyRefused',
      subject: targetKey(target),
      incident: incident.id,
      data: { incident: incident.id, policy: refused.name, action: 'failover', target: targetKey(target) },
      reason: refused.reason,
    });
    return reply('refused', `policy ${refused.name} refuses: ${refused.reason}`);
  }
  await changeIncident(ctx, incident.id, (current) => (current.tried.includes(to) ? null : { tried: [...current.tried, to] }));
  const version = 1;
  const made: Plan = {
    id: planId('failover', incident.id, targetKey(target), version, attempt, incident.epoch),
    version,
    incident: incident.id,
    action: 'failover',
    target,
    level: 'infrastructure',
    attempt,
    steps: draft.steps,
    policies,
    successors: [to, ...ranked.map((each) => each.region).filter((region) => region !== to)],
    createdAt: clock.now(),
    createdEpoch: incident.epoch,
    reason: draft.reason,
  };
  return keepPlan(ctx, incident, made);
}

/** The region that is activated executes; an incident that another region is best for goes there. */
async function handOver(ctx: StageContext, incident: Incident, to: string, attempt: number, why: string): Promise<PlanReply> {
  const handed = await changeIncident(ctx, incident.id, (current) =>
    current.region === ctx.region && isOpen(current)
      ? { region: to, state: 'open', attempt: attempt - 1, reason: `handed to ${to}: ${why}` }
      : null,
  );
  return handed.ok ? reply('superseded', `handed to ${to}: ${why}`) : { ...reply('refused', handed.reason), retryable: handed.retryable };
}

/** Plan and run go to the own table and a peer's before any step: whoever has to take over must find them. */
async function keepPlan(ctx: StageContext, incident: Incident, made: Plan): Promise<PlanReply> {
  const { store, clock, trace } = ctx.ports;
  const avoid = avoidOf(ctx, incident);
  const mode = ctx.config.mode;
  const run: Run = {
    planId: made.id,
    incidentId: incident.id,
    action: made.action,
    target: made.target,
    epoch: incident.epoch,
    holder: ctx.region,
    executionId: `${made.action}:${made.id}`,
    state: 'running',
    avoid,
    startedAt: clock.now(),
    leaseUntil: clock.now() + 120_000,
    reason: made.reason,
  };
  const kept = await keepOnce(ctx, storeKey.plan(made.id), made, avoid);
  if (!kept.ok) return { ...reply('refused', kept.reason), retryable: kept.retryable };
  trace.record({
    kind: 'PlanMade',
    subject: targetKey(made.target),
    incident: incident.id,
    data: {
      incident: incident.id,
      plan: made.id,
      action: made.action,
      target: targetKey(made.target),
      level: made.level,
      attempt: made.attempt,
      steps: made.steps.map((step) => step.id),
      mode,
    },
    reason: made.reason,
  });
  if (mode === 'observe') return reply('inconclusive', `observe mode: would do ${made.action}: ${made.reason}`, made);
  const started = await keepOnce(ctx, storeKey.run(made.id), run, avoid);
  if (!started.ok) return { ...reply('refused', started.reason), retryable: started.retryable };
  return reply('ok', made.reason, made);

  async function keepOnce<T>(context: StageContext, key: string, value: T, skip: string[]): Promise<Result<void>> {
    const written = await putStored(store, clock, key, value, 0);
    if (!written.ok && written.code !== 'conflict') return written;
    return copyToPeers(context, key, value, skip);
  }
}
