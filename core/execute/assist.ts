import * as z from 'zod';
import type { StageContext } from '../config/stage-context.ts';
import { tellRegion } from '../knowledge/broadcast.ts';
import { patientTables } from '../knowledge/patient-tables.ts';
import { putStored, readStored, updateStored } from '../knowledge/stored.ts';
import {
  AssistReport,
  type AssistRequest,
  Capacity,
  type CapacityChange,
  failed,
  type Message,
  ok,
  type Result,
  type Target,
  targetKey,
} from '../model/index.ts';
import { within } from '../ports/within.ts';
import { isTakenBack, settingsEqual, takeBack } from './capacity-settings.ts';
import { startRefusal } from './plan-items.ts';
import type { StepLook } from './step-kind.ts';

const callMs = 8_000;
const leaseMs = 120_000;
const keepMs = 24 * 3_600_000;

/** What the assisting region remembers of one plan and service: enough to go back. */
const AssistState = z.object({ epoch: z.number().int().positive(), before: Capacity, phase: z.enum(['prepare', 'return']) });

const stateKey = (planId: string, target: Target): string => `assist#${planId}#${targetKey(target)}`;
const reportKey = (planId: string, target: Target): string => `assisted#${planId}#${targetKey(target)}`;

/** Asks the region of `target`; its answer comes as a report. */
export function askAssist(ctx: StageContext, request: AssistRequest): Promise<Result<void>> {
  return tellRegion(ctx, request.target.region, 'AssistRequested', request);
}

/** What the region of `target` last reported for this phase and epoch. */
export async function lookAtReport(ctx: StageContext, request: AssistRequest): Promise<StepLook> {
  const read = await readStored(ctx.ports.store, ctx.ports.clock, reportKey(request.planId, request.target), AssistReport);
  if (!read.ok) return { verdict: 'inconclusive', reason: read.reason };
  const report = read.value.value;
  if (report === null || report.phase !== request.phase || report.epoch !== request.epoch)
    return { verdict: 'inconclusive', reason: `${request.target.region} has not reported yet` };
  return { verdict: report.verdict, reason: `${request.target.region} reports: ${report.reason}` };
}

/** Messages between the region that moves traffic and those that get a part of it. */
export async function onAssistMessage(given: StageContext, message: Message): Promise<Result<void>> {
  const ctx = patientTables(given);
  if (message.type === 'AssistReported') {
    const key = reportKey(message.body.planId, message.body.target);
    const kept = await updateStored(ctx.ports.store, ctx.ports.clock, key, AssistReport, (current) =>
      current !== null && current.at > message.body.at ? null : message.body,
    );
    return kept.ok ? ok(undefined) : kept;
  }
  if (message.type !== 'AssistRequested') return ok(undefined);
  const request = message.body;
  if (request.target.region !== ctx.region) return failed('refused', `${ctx.region} was asked about ${request.target.region}`);
  const look = request.phase === 'prepare' ? await prepare(ctx, request) : await giveBack(ctx, request);
  const { phase, planId, epoch, target } = request;
  return tellRegion(ctx, request.requester, 'AssistReported', { phase, planId, epoch, target, at: ctx.ports.clock.now(), ...look });
}

async function prepare(ctx: StageContext, request: AssistRequest): Promise<StepLook> {
  const { store, clock, capacity, trace } = ctx.ports;
  const { target, change, planId, epoch } = request;
  const key = stateKey(planId, target);
  const read = await readStored(store, clock, key, AssistState);
  if (!read.ok) return { verdict: 'inconclusive', reason: read.reason };
  const known = read.value.value;
  if (known !== null && (known.epoch > epoch || known.phase === 'return'))
    return { verdict: 'fail', reason: `this was given back under epoch ${known.epoch}` };
  const now = await capacity.snapshot(target, within(clock, callMs));
  if (!now.ok) return { verdict: 'inconclusive', reason: now.reason };
  if (known === null) {
    const refusal = await startRefusal(ctx, target, request.orderedBy);
    if (refusal !== null) return { verdict: 'fail', reason: refusal };
    // The way back is written down before anything is touched.
    const kept = await putStored(store, clock, key, { epoch, before: now.value, phase: 'prepare' }, 0, clock.now() + keepMs);
    if (!kept.ok) return { verdict: 'inconclusive', reason: kept.reason };
    const there = await readStored(store, clock, key, AssistState);
    if (!there.ok || there.value.value === null)
      return { verdict: 'inconclusive', reason: `the table of ${ctx.region} took the way back and does not have it: nothing is touched` };
    trace.record({
      kind: 'StepIntended',
      subject: targetKey(target),
      incident: request.incident,
      data: { plan: planId, step: 'assist', kind: 'assist', epoch, executionId: planId },
      reason: `${request.requester} will send traffic: ${request.reason}`,
    });
  }
  // Asked again until it is reported, and so tried again when the platform did not take it the first time.
  if (needsChange(change, known?.before ?? now.value, now.value)) {
    const applied = await capacity.apply(target, change, { epoch, leaseUntil: clock.now() + leaseMs }, within(clock, callMs));
    if (!applied.ok) return { verdict: applied.retryable ? 'inconclusive' : 'fail', reason: applied.reason };
  }
  return verified(ctx, target, change);
}

/** More units than there are; any other setting as long as nothing has been set. */
function needsChange(change: CapacityChange, before: Capacity, now: Capacity): boolean {
  return change.kind === 'count' ? now.desired < change.desired : settingsEqual(before, now);
}

async function verified(ctx: StageContext, target: Target, change: CapacityChange): Promise<StepLook> {
  const look = await ctx.ports.capacity.verify(target, change, within(ctx.ports.clock, callMs));
  return look.ok ? look.value : { verdict: 'inconclusive', reason: look.reason };
}

async function giveBack(ctx: StageContext, request: AssistRequest): Promise<StepLook> {
  const { store, clock, capacity } = ctx.ports;
  const { target, change, planId, epoch } = request;
  const key = stateKey(planId, target);
  const read = await readStored(store, clock, key, AssistState);
  if (!read.ok) return { verdict: 'inconclusive', reason: read.reason };
  const known = read.value.value;
  if (known !== null && known.epoch > epoch) return { verdict: 'fail', reason: `epoch ${known.epoch} holds it` };
  const now = await capacity.snapshot(target, within(clock, callMs));
  if (!now.ok) return { verdict: 'inconclusive', reason: now.reason };
  // Nothing was prepared on request: either the journal's way back is this region's own, or nothing happened. It is noted all the same,
  // for a request to prepare that is still under way must not be followed any more.
  const before = known?.before ?? request.before ?? now.value;
  const kept = await putStored(store, clock, key, { epoch, before, phase: 'return' }, read.value.version, clock.now() + keepMs);
  if (!kept.ok) return { verdict: 'inconclusive', reason: kept.reason };
  if (isTakenBack(change, before, now.value)) return { verdict: 'pass', reason: `desired ${now.value.desired}, as it was` };
  const undone = await takeBack(ctx, target, change, before, { epoch, leaseUntil: clock.now() + leaseMs });
  const after = await capacity.snapshot(target, within(clock, callMs));
  if (!after.ok) return { verdict: 'inconclusive', reason: after.reason };
  const reason = `desired ${after.value.desired} (was ${before.desired})${undone.ok ? '' : `: ${undone.reason}`}`;
  return { verdict: isTakenBack(change, before, after.value) ? 'pass' : 'inconclusive', reason };
}
