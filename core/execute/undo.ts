import * as z from 'zod';
import type { StageContext } from '../config/stage-context.ts';
import { copyToPeers } from '../knowledge/peer-copies.ts';
import { updateStored } from '../knowledge/stored.ts';
import { retryTransient } from '../knowledge/transient.ts';
import {
  assertNever,
  isRunning,
  type Plan,
  Run,
  type Step,
  StepOperation,
  type StepRecord,
  type StepReply,
  storeKey,
  targetKey,
} from '../model/index.ts';
import { freezeTarget } from './freeze.ts';
import { lastOpenRecord, readEntry, readJournal, writeEntry } from './journal.ts';
import { stepKinds } from './kinds/index.ts';
import { holdLease } from './lease.ts';
import { type PlannedRun, readPlannedRun, stepOf } from './plan-items.ts';
import { judgeLooks, mayRepeat, replyOf } from './run-step.ts';

/** `judge`: is the journal whole and proven; `next`: which step to undo now; `freeze`: give the target to people. */
export const UndoTask = z.object({
  executionId: z.string(),
  planId: z.string(),
  stepId: z.string(),
  epoch: z.number().int().positive(),
  operation: z.enum([...StepOperation.options, 'judge', 'next', 'freeze']),
});
export type UndoTask = z.infer<typeof UndoTask>;

/** `stepId` is set when `next` answers ok. */
export type UndoReply = StepReply & { stepId: string };

const reply = (code: StepReply['code'], reason: string, stepId = ''): UndoReply => ({ code, retryable: false, reason, stepId });

/** The task function of the undo machine. */
export async function undoStep(ctx: StageContext, task: UndoTask): Promise<UndoReply> {
  const planned = await readPlannedRun(ctx, task.planId);
  if (!planned.ok) return { ...replyOf(planned), stepId: '' };
  if (task.epoch !== planned.value.run.epoch)
    return reply('superseded', `epoch ${planned.value.run.epoch} holds this run; epoch ${task.epoch} may not go on`);
  switch (task.operation) {
    case 'judge':
      return judgeJournal(ctx, planned.value);
    case 'next':
      return nextStep(ctx, planned.value);
    case 'undo':
      return applyUndo(ctx, task, planned.value);
    case 'verifyUndo':
      return verifyUndo(ctx, task, planned.value);
    case 'freeze':
      return freeze(ctx, planned.value);
    case 'intent':
    case 'apply':
    case 'verify':
    case 'commit':
      return reply('refused', `${task.operation} is an operation of the step function`);
    default:
      return assertNever(task.operation);
  }
}

/** A run that died after its last proof has nothing to undo: every step of the plan is committed. */
async function judgeJournal(ctx: StageContext, { plan, run }: PlannedRun): Promise<UndoReply> {
  if (!isRunning(run)) return reply('pass', `the run has ended already as ${run.state}`);
  const journal = await readJournal(ctx, plan.id, run.avoid);
  if (!journal.ok) return { ...replyOf(journal), stepId: '' };
  const committed = new Set(journal.value.filter((record) => record.state === 'committed').map((record) => record.step));
  const open = plan.steps.filter((step) => !committed.has(step.id));
  if (open.length === 0) return reply('pass', `all ${plan.steps.length} steps are proven and committed`);
  await judgeOpenChecks(ctx, plan, run, journal.value);
  await markUndoing(ctx, run, `${open.length} of ${plan.steps.length} steps are not proven (first: ${open[0]?.id})`);
  return reply('fail', `${open.length} of ${plan.steps.length} steps are not proven (first: ${open[0]?.id}): what was done is undone`);
}

/** A check that was under way when the run ended has nothing to undo, but it gets its verdict: it did not prove itself. */
async function judgeOpenChecks(ctx: StageContext, plan: Plan, run: Run, journal: readonly StepRecord[]): Promise<void> {
  for (const record of journal) {
    if (record.state !== 'applied' || undoable(plan, record.step)) continue;
    const own = await readEntry(ctx, plan.id, record.step);
    if (!own.ok) continue;
    const reason = `the run ended before it proved itself: ${record.reason}`;
    await writeEntry(ctx, { ...record, state: 'failed', verdict: 'inconclusive', reason }, own.value?.version ?? 0, run.avoid, false);
  }
}

async function markUndoing(ctx: StageContext, run: Run, reason: string): Promise<void> {
  const written = await updateStored(ctx.ports.store, ctx.ports.clock, storeKey.run(run.planId), Run, (current): Run | null =>
    current !== null && current.epoch === run.epoch && current.state === 'running' ? { ...current, state: 'undoing', reason } : null,
  );
  if (written.ok && written.value !== null) await copyToPeers(ctx, storeKey.run(run.planId), written.value, run.avoid);
}

async function nextStep(ctx: StageContext, { plan, run }: PlannedRun): Promise<UndoReply> {
  const journal = await readJournal(ctx, plan.id, run.avoid);
  if (!journal.ok) return { ...replyOf(journal), stepId: '' };
  const record = lastOpenRecord(journal.value, (stepId) => undoable(plan, stepId));
  if (record === null) return reply('pass', 'nothing that was done is left');
  if (record.state === 'frozen') return reply('fail', `step ${record.step} could not be undone before: ${record.reason}`, record.step);
  const step = stepOf(plan, record.step);
  if (step?.irreversible === true) return reply('fail', `step ${record.step} was a point of no return`, record.step);
  // A successor takes over records that only the peer holds.
  const own = await readEntry(ctx, plan.id, record.step);
  if (!own.ok) return { ...replyOf(own), stepId: '' };
  if (own.value === null || own.value.record.state !== record.state) {
    const taken = await writeEntry(ctx, record, own.value?.version ?? 0, run.avoid, false);
    if (!taken.ok) return { ...replyOf(taken), stepId: '' };
  }
  return reply('ok', `${record.step} is ${record.state}: to be undone`, record.step);
}

function undoable(plan: Plan, stepId: string): boolean {
  const step = stepOf(plan, stepId);
  return step !== undefined && (step.undo !== null || step.irreversible);
}

/** The undo of a step, with its kind; null when the plan does not name one. */
function undoOf(plan: Plan, stepId: string): Step | null {
  return stepOf(plan, stepId)?.undo ?? null;
}

async function applyUndo(ctx: StageContext, task: UndoTask, { plan, run }: PlannedRun): Promise<UndoReply> {
  const undo = undoOf(plan, task.stepId);
  const entry = await readEntry(ctx, plan.id, task.stepId);
  if (!entry.ok) return { ...replyOf(entry), stepId: task.stepId };
  if (undo === null || entry.value === null) return reply('refused', `step ${task.stepId} has no undo or no record`, task.stepId);
  const { record, version } = entry.value;
  if (record.state === 'undone') return reply('ok', 'undone already', task.stepId);
  if (record.state === 'undoing' && record.undo?.epoch === run.epoch) return reply('ok', 'undo applied already', task.stepId);
  const kind = stepKinds[undo.kind];
  const doApply = kind?.apply;
  if (kind === undefined || doApply === undefined)
    return reply('refused', `undo of ${task.stepId} is of the unknown kind ${JSON.stringify(undo.kind)}`, task.stepId);
  if (kind.single === true && record.undo !== undefined && record.undo.result === undefined)
    return reply('refused', `the undo of ${task.stepId} may have run already, and ${undo.kind} is not done twice`, task.stepId);
  const fence = await holdLease(ctx, run);
  // Undo goes on without a peer to witness it: what is taken back is safer than what stands half-done. Only a higher epoch stops it.
  if (!fence.ok && fence.code === 'superseded') return { ...replyOf(fence), stepId: task.stepId };
  const startedAt = ctx.ports.clock.now();
  const started = record.undo?.result;
  const begun: StepRecord = {
    ...record,
    state: 'undoing',
    looks: [],
    undo: { startedAt, ...(started === undefined ? {} : { result: started }) },
  };
  const marked = await writeEntry(ctx, begun, version, run.avoid, false);
  if (!marked.ok) return { ...replyOf(marked), stepId: task.stepId };
  // The undo's own result, not that of the step: a script that is the undo has not run because the step's script has.
  const scope = { ctx, plan, run, before: record.before, result: started ?? null, appliedAt: startedAt };
  const applied = await retryTransient(
    ctx,
    () => doApply(undo.args, scope, fence.ok ? fence.value : { epoch: run.epoch, leaseUntil: startedAt + 60_000 }),
    mayRepeat(kind),
  );
  const after: StepRecord = {
    ...begun,
    undo: {
      ...begun.undo,
      startedAt,
      appliedAt: ctx.ports.clock.now(),
      ...(applied.ok ? { epoch: run.epoch } : {}),
      ...(applied.ok && applied.value !== undefined ? { result: applied.value } : {}),
    },
  };
  const kept = await writeEntry(ctx, after, marked.value.version, run.avoid, false);
  // Told once it is on record: what could not be recorded is applied, and told, again.
  if (applied.ok && kept.ok)
    ctx.ports.trace.record({
      kind: 'UndoApplied',
      subject: targetKey(run.target),
      incident: run.incidentId,
      data: { plan: plan.id, step: task.stepId, kind: undo.kind, epoch: run.epoch },
      reason: `${record.step} is taken back: ${record.reason}`,
    });
  // Not accepted is no reason to stop here: the look decides whether the before-state stands.
  return kept.ok
    ? reply('ok', applied.ok ? 'undo applied' : `undo was not accepted: ${applied.reason}`, task.stepId)
    : { ...replyOf(kept), stepId: task.stepId };
}

async function verifyUndo(ctx: StageContext, task: UndoTask, { plan, run }: PlannedRun): Promise<UndoReply> {
  const undo = undoOf(plan, task.stepId);
  const entry = await readEntry(ctx, plan.id, task.stepId);
  if (!entry.ok) return { ...replyOf(entry), stepId: task.stepId };
  const kind = undo === null ? undefined : stepKinds[undo.kind];
  if (undo === null || kind === undefined || entry.value === null)
    return reply('fail', `step ${task.stepId} has no undo or no record`, task.stepId);
  const { record, version } = entry.value;
  if (record.state === 'undone') return reply('pass', 'undone and verified already', task.stepId);
  if (record.undo === undefined) return reply('fail', `the undo of ${task.stepId} was never applied`, task.stepId);
  const since = record.undo.appliedAt ?? record.undo.startedAt;
  // A long undo stays ours: without this its lease would lapse under it.
  const fence = await holdLease(ctx, run);
  if (!fence.ok && fence.code === 'superseded') return { ...replyOf(fence), stepId: task.stepId };
  const look = await kind.look(undo.args, { ctx, plan, run, before: record.before, result: record.undo.result ?? null, appliedAt: since });
  const judged = judgeLooks(undo, record, look, ctx.ports.clock.now() - since);
  const { verdict } = judged;
  const after: StepRecord = {
    ...judged.record,
    ...(record.verdict === undefined ? {} : { verdict: record.verdict }),
    reason: record.reason,
    state: verdict === 'pass' ? 'undone' : verdict === 'fail' ? 'frozen' : 'undoing',
    undo: { ...record.undo, ...(verdict === 'inconclusive' ? {} : { verdict }) },
  };
  const written = await writeEntry(ctx, after, version, run.avoid, false);
  if (!written.ok) return { ...replyOf(written), stepId: task.stepId };
  if (verdict !== 'inconclusive')
    ctx.ports.trace.record({
      kind: 'UndoVerified',
      subject: targetKey(run.target),
      incident: run.incidentId,
      data: { plan: plan.id, step: task.stepId, verdict },
      reason: look.reason,
    });
  return reply(verdict, look.reason, task.stepId);
}

async function freeze(ctx: StageContext, { run }: PlannedRun): Promise<UndoReply> {
  const frozen = await freezeTarget(ctx, run, 'an undo did not prove itself; a person has to look');
  return frozen.ok ? reply('ok', `${targetKey(run.target)} is frozen`) : { ...replyOf(frozen), stepId: '' };
}
