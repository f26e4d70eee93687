import * as z from 'zod';
import type { StageContext } from '../config/stage-context.ts';
import { changeIncident, readIncident } from '../knowledge/incidents.ts';
import { patientTables } from '../knowledge/patient-tables.ts';
import { readStored, updateStored } from '../knowledge/stored.ts';
import { lookAtSymptoms } from '../knowledge/symptoms.ts';
import { Approval, Asked, assertNever, type Incident, isOpen, type Plan, storeKey } from '../model/index.ts';
import { within } from '../ports/within.ts';
import { remediate } from './remediate.ts';

/** What the respond machine asks of the plan function. */
export const PlanTask = z.object({
  operation: z.enum(['claim', 'plan', 'ask', 'recheck', 'symptoms', 'resolve', 'escalate']),
  incidentId: z.string(),
  epoch: z.number().int().positive(),
  attempt: z.number().int().positive(),
  /** How the last plan came out, for `plan`. */
  outcome: z.string().optional(),
  planId: z.string().optional(),
  taskToken: z.string().optional(),
  reason: z.string().optional(),
});
export type PlanTask = z.infer<typeof PlanTask>;

/**
 * `ok`: go on (after `plan`: start the machine `machine` for `planId`). `approve`: a person has to agree first. `wait`: look at the
 * symptoms after `waitSeconds`. `observed`: decided, not done. `superseded`: somebody else has it. `refused`: nothing is left to try.
 */
export interface PlanReply {
  code: 'ok' | 'approve' | 'wait' | 'observed' | 'superseded' | 'refused' | 'pass' | 'inconclusive';
  retryable: boolean;
  reason: string;
  planId: string;
  machine: string;
  waitSeconds: number;
}

const approvalMs = 8_000;
/** What has not failed for so long is over; as long as for an incident that people have. */
const calmMs = 300_000;
/** A run that was approved ends long before. */
const keptMs = 24 * 3_600_000;

export function planReply(code: PlanReply['code'], reason: string, made?: Plan, waitSeconds = 0): PlanReply {
  return { code, retryable: false, reason, planId: made?.id ?? '-', machine: made?.action ?? '-', waitSeconds };
}

export async function plan(given: StageContext, task: PlanTask): Promise<PlanReply> {
  const ctx = patientTables(given);
  const read = await readIncident(ctx, task.incidentId);
  if (!read.ok) return { ...planReply('refused', read.reason), retryable: read.retryable };
  const incident = read.value;
  if (incident.epoch !== task.epoch || incident.region !== ctx.region)
    return planReply(
      'superseded',
      `${incident.id} is with ${incident.region} under epoch ${incident.epoch}; this is ${ctx.region}, epoch ${task.epoch}`,
    );
  switch (task.operation) {
    case 'claim':
      return claim(ctx, incident);
    case 'plan':
      return isOpen(incident)
        ? remediate(ctx, incident, task.attempt, task.outcome ?? '-')
        : planReply('superseded', `${incident.id} is ${incident.state} already`);
    case 'ask':
      return ask(ctx, incident, task);
    case 'recheck':
      return recheck(ctx, incident, task.planId ?? '-');
    case 'symptoms': {
      const look = await lookAtSymptoms(ctx, incident);
      return planReply(look.gone ? 'pass' : 'inconclusive', look.reason);
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
  if (!isOpen(incident)) return planReply('superseded', `${incident.id} is ${incident.state} already`);
  const changed = await changeIncident(ctx, incident.id, (current) => (current.state === 'open' ? { state: 'acting' } : null));
  return changed.ok ? planReply('ok', `${incident.id} is worked on in ${ctx.region}`) : planReply('refused', changed.reason);
}

async function end(ctx: StageContext, incident: Incident, state: 'resolved' | 'escalated', reason: string): Promise<PlanReply> {
  const changed = await changeIncident(ctx, incident.id, (current) =>
    isOpen(current) ? { state, reason, ...(state === 'resolved' ? { resolvedAt: ctx.ports.clock.now() } : {}) } : null,
  );
  return changed.ok ? planReply('ok', reason) : { ...planReply('refused', changed.reason), retryable: changed.retryable };
}

/**
 * A person has agreed, minutes after they were asked: what is over by itself is left alone. What could not be seen when they were asked,
 * as somebody else had told of it or ordered it, cannot be seen to be over.
 */
async function recheck(ctx: StageContext, incident: Incident, planId: string): Promise<PlanReply> {
  if (!isOpen(incident)) return planReply('superseded', `${incident.id} is ${incident.state} already`);
  const { store, clock } = ctx.ports;
  const [asked, look] = await Promise.all([
    readStored(store, clock, storeKey.approvalOf(planId), Asked),
    lookAtSymptoms(ctx, incident, calmMs),
  ]);
  const wasSeen = asked.ok && asked.value.value?.seen === true;
  return wasSeen && look.gone ? planReply('pass', `over before somebody agreed: ${look.reason}`) : planReply('ok', look.reason);
}

/** Asks people; the machine waits on the token, and no answer is a no. */
async function ask(ctx: StageContext, incident: Incident, task: PlanTask): Promise<PlanReply> {
  const { approver, clock, trace } = ctx.ports;
  const expiresAt = clock.now() + ctx.config.policies.approvals.expireSeconds * 1000;
  const approval = Approval.parse({
    planId: task.planId ?? '-',
    incident: incident.id,
    what: task.reason ?? incident.reason,
    expiresAt,
    ...(task.taskToken === undefined ? {} : { taskToken: task.taskToken }),
  });
  const asked = await approver.request(approval, within(clock, approvalMs));
  if (!asked.ok) return { ...planReply('refused', `people could not be asked: ${asked.reason}`), retryable: asked.retryable };
  // A step that is a point of no return shows this token to whoever carries it out; where it cannot be kept, that step will be refused.
  // A machine that asked twice waits for the second answer.
  const note = { ...asked.value, seen: !(await lookAtSymptoms(ctx, incident, calmMs)).gone };
  await updateStored(ctx.ports.store, clock, storeKey.approvalOf(approval.planId), Asked, () => note, expiresAt + keptMs);
  trace.record({
    kind: 'ApprovalRequested',
    subject: storeKey.incident(incident.id),
    incident: incident.id,
    data: { incident: incident.id, plan: approval.planId, expiresAt },
    reason: approval.what,
  });
  return planReply('ok', `people are asked until ${expiresAt}`);
}
