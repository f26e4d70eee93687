import * as z from 'zod';
import type { StageContext } from '../config/stage-context.ts';
import { patientTables } from '../knowledge/patient-tables.ts';
import { copyToPeers } from '../knowledge/peer-copies.ts';
import { updateStored } from '../knowledge/stored.ts';
import { retryTransient } from '../knowledge/transient.ts';
import {
  assertNever,
  type Fence,
  failed,
  isRunning,
  ok,
  type Plan,
  type Result,
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
import type { StepKind } from './step-kind.ts';

/** For how long an undo that nobody witnesses may write. */
const unwitnessedMs = 60_000;

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
export async function undoStep(given: StageContext, task: UndoTask): Promise<UndoReply> {
  const ctx = patientTables(given);
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
async function judgeJournal(ctx: StageContext, planned: PlannedRun): Promise<UndoReply> {
  const { plan, run } = planned;
  if (!isRunning(run)) return reply('pass', `the run has ended already as ${run.state}`);
  const journal = await readJournal(ctx, planned);
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

async function nextStep(ctx: StageContext, planned: PlannedRun): Promise<UndoReply> {
  const { plan, run } = planned;
  const journal = await readJournal(ctx, planned);
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

/** One step to be taken back: its undo with the code behind it, and its record with the version to write on. */
interface Reversal {
  undo: Step;
  kind: StepKind & Required<Pick<StepKind, 'apply'>>;
  record: StepRecord;
  version: number;
}

/** Null: the plan names no undo for the step, or the journal has no record of it. */
async function findReversal(ctx: StageContext, stepId: string, plan: Plan): Promise<Result<Reversal | null>> {
  const undo = stepOf(plan, stepId)?.undo ?? null;
  const entry = await readEntry(ctx, plan.id, stepId);
  if (!entry.ok) return entry;
  if (undo === null || entry.value === null) return ok(null);
  const kind = stepKinds[undo.kind];
  const apply = kind?.apply;
  if (kind === undefined || apply === undefined)
    return failed('invalid', `undo of ${stepId} is of the unknown kind ${JSON.stringify(undo.kind)}`);
  return ok({ undo, kind: { ...kind, apply }, ...entry.value });
}

async function applyUndo(ctx: StageContext, { stepId }: UndoTask, planned: PlannedRun): Promise<UndoReply> {
  const found = await findReversal(ctx, stepId, planned.plan);
  if (!found.ok) return { ...replyOf(found), stepId };
  if (found.value === null) return reply('refused', `step ${stepId} has no undo or no record`, stepId);
  const { undo, kind, record } = found.value;
  if (record.state === 'undone') return reply('ok', 'undone already', stepId);
  if (record.state === 'undoing' && record.undo?.epoch === planned.run.epoch) return reply('ok', 'undo applied already', stepId);
  if (kind.single === true && record.undo !== undefined && record.undo.result === undefined)
    return reply('refused', `the undo of ${stepId} may have run already, and ${undo.kind} is not done twice`, stepId);
  const fence = await undoFence(ctx, planned.run);
  if (!fence.ok) return { ...replyOf(fence), stepId };
  return takeBack(ctx, planned, found.value, fence.value);
}

/**
 * Undo goes on without a peer to witness it: what is taken back is safer than what stands half-done. Only a higher epoch stops it. Renewed
 * at each look, so that a long undo stays ours.
 */
async function undoFence(ctx: StageContext, run: Run): Promise<Result<Fence>> {
  const fence = await holdLease(ctx, run);
  return fence.ok || fence.code === 'superseded' ? fence : ok({ epoch: run.epoch, leaseUntil: ctx.ports.clock.now() + unwitnessedMs });
}

/** Marks the undo as begun, does it, and keeps what came of it. */
async function takeBack(ctx: StageContext, { plan, run }: PlannedRun, reversal: Reversal, fence: Fence): Promise<UndoReply> {
  const { undo, kind, record, version } = reversal;
  const startedAt = ctx.ports.clock.now();
  // The undo's own result, not that of the step: a script that is the undo has not run because the step's script has.
  const result = record.undo?.result;
  const begun: StepRecord = { ...record, state: 'undoing', looks: [], undo: { startedAt, ...(result === undefined ? {} : { result }) } };
  const marked = await writeEntry(ctx, begun, version, run.avoid, false);
  if (!marked.ok) return { ...replyOf(marked), stepId: record.step };
  const scope = { ctx, plan, run, before: record.before, result: result ?? null, appliedAt: startedAt };
  const applied = await retryTransient(ctx, () => kind.apply(undo.args, scope, fence), { isSafe: mayRepeat(kind) });
  const accepted = applied.ok ? { epoch: run.epoch, ...(applied.value === undefined ? {} : { result: applied.value }) } : {};
  const after: StepRecord = { ...begun, undo: { ...begun.undo, startedAt, appliedAt: ctx.ports.clock.now(), ...accepted } };
  const kept = await writeEntry(ctx, after, marked.value.version, run.avoid, false);
  if (!kept.ok) return { ...replyOf(kept), stepId: record.step };
  // Told once it is on record: what could not be recorded is applied, and told, again.
  if (applied.ok)
    ctx.ports.trace.record({
      kind: 'UndoApplied',
      subject: targetKey(run.target),
      incident: run.incidentId,
      data: { plan: plan.id, step: record.step, kind: undo.kind, epoch: run.epoch },
      reason: `${record.step} is taken back: ${record.reason}`,
    });
  // Not accepted is no reason to stop here: the look decides whether the before-state stands.
  return reply('ok', applied.ok ? 'undo applied' : `undo was not accepted: ${applied.reason}`, record.step);
}

async function verifyUndo(ctx: StageContext, { stepId }: UndoTask, { plan, run }: PlannedRun): Promise<UndoReply> {
  const found = await findReversal(ctx, stepId, plan);
  if (!found.ok) return { ...replyOf(found), stepId };
  if (found.value === null) return reply('fail', `step ${stepId} has no undo or no record`, stepId);
  const { undo, kind, record, version } = found.value;
  if (record.state === 'undone') return reply('pass', 'undone and verified already', stepId);
  if (record.undo === undefined) return reply('fail', `the undo of ${stepId} was never applied`, stepId);
  const fence = await undoFence(ctx, run);
  if (!fence.ok) return { ...replyOf(fence), stepId };
  const appliedAt = record.undo.appliedAt ?? record.undo.startedAt;
  const look = await kind.look(undo.args, { ctx, plan, run, before: record.before, result: record.undo.result ?? null, appliedAt });
  const judged = judgeLooks(undo, record, look, ctx.ports.clock.now() - appliedAt);
  const written = await writeEntry(ctx, judgedUndo(record, judged), version, run.avoid, false);
  if (!written.ok) return { ...replyOf(written), stepId };
  const { verdict } = judged;
  if (verdict !== 'inconclusive')
    ctx.ports.trace.record({
      kind: 'UndoVerified',
      subject: targetKey(run.target),
      incident: run.incidentId,
      data: { plan: plan.id, step: stepId, verdict },
      reason: look.reason,
    });
  return reply(verdict, look.reason, stepId);
}

/** The looks are the undo's; the reason, and the verdict where it has one, stay those of the step. */
function judgedUndo(record: StepRecord, { verdict, record: looked }: ReturnType<typeof judgeLooks>): StepRecord {
  return {
    ...looked,
    ...(record.verdict === undefined ? {} : { verdict: record.verdict }),
    reason: record.reason,
    state: verdict === 'pass' ? 'undone' : verdict === 'fail' ? 'frozen' : 'undoing',
    ...(record.undo === undefined ? {} : { undo: { ...record.undo, ...(verdict === 'inconclusive' ? {} : { verdict }) } }),
  };
}

async function freeze(ctx: StageContext, { run }: PlannedRun): Promise<UndoReply> {
  const frozen = await freezeTarget(ctx, run, 'an undo did not prove itself; a person has to look');
  return frozen.ok ? reply('ok', `${targetKey(run.target)} is frozen`) : { ...replyOf(frozen), stepId: '' };
}
