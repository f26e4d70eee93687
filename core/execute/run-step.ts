import type { StageContext } from '../config/stage-context.ts';
import { patientTables } from '../knowledge/patient-tables.ts';
import { retryTransient } from '../knowledge/transient.ts';
import {
  assertNever,
  type Result,
  type Step,
  type StepRecord,
  type StepReply,
  type StepTask,
  targetKey,
  type Verdict,
} from '../model/index.ts';
import { type Entry, readEntry, writeEntry } from './journal.ts';
import { stepKinds } from './kinds/index.ts';
import { clockSkewMs, holdLease, leaseCovers } from './lease.ts';
import { type PlannedRun, readPlannedRun, startRefusal, stepOf } from './plan-items.ts';
import type { StepKind, StepLook, StepScope } from './step-kind.ts';

const reply = (code: StepReply['code'], reason: string, retryable = false): StepReply => ({ code, retryable, reason });

/** A failed call as the machine sees it: a higher epoch elsewhere ends the run, everything else refuses the step. */
export function replyOf(result: Extract<Result<unknown>, { ok: false }>): StepReply {
  return reply(result.code === 'superseded' ? 'superseded' : 'refused', result.reason, result.retryable);
}

/** Everything that the operations on one step share. */
interface Scene extends PlannedRun {
  step: Step;
  kind: StepKind;
  entry: Entry | null;
}

/** The task function behind `intent`, `apply`, `verify` and `commit` of every machine. Never throws for an expected outcome. */
export async function runStep(given: StageContext, task: StepTask): Promise<StepReply> {
  const ctx = patientTables(given);
  const planned = await readPlannedRun(ctx, task.planId);
  if (!planned.ok) return replyOf(planned);
  const { plan, run } = planned.value;
  if (task.epoch !== run.epoch) return superseded(ctx, task, run.epoch);
  const step = stepOf(plan, task.stepId);
  if (step === undefined) return reply('pass', `step ${task.stepId} is not part of this plan`);
  const kind = stepKinds[step.kind];
  if (kind === undefined)
    return reply(
      'refused',
      `step ${step.id} is of the unknown kind ${JSON.stringify(step.kind)}; known: ${Object.keys(stepKinds).join(', ')}`,
    );
  const entry = await readEntry(ctx, plan.id, step.id);
  if (!entry.ok) return replyOf(entry);
  const scene: Scene = { plan, run, step, kind, entry: entry.value };
  switch (task.operation) {
    case 'intent':
      return intend(ctx, task, scene);
    case 'apply':
      return apply(ctx, task, scene);
    case 'verify':
      return verify(ctx, task, scene);
    case 'commit':
      return commit(ctx, scene);
    case 'undo':
    case 'verifyUndo':
      return reply('refused', `${task.operation} is an operation of the undo function`);
    default:
      return assertNever(task.operation);
  }
}

function superseded(ctx: StageContext, task: StepTask, by: number): StepReply {
  ctx.ports.trace.record({
    kind: 'Superseded',
    subject: task.planId,
    data: { plan: task.planId, step: task.stepId, epoch: task.epoch, by },
    reason: `epoch ${task.epoch} asks, epoch ${by} holds the run`,
  });
  return reply('superseded', `epoch ${by} holds this run; epoch ${task.epoch} may not go on`);
}

async function intend(ctx: StageContext, task: StepTask, scene: Scene): Promise<StepReply> {
  const { plan, run, step, kind, entry } = scene;
  if (entry !== null && entry.record.epoch === task.epoch && entry.record.executionId === task.executionId)
    return reply('ok', 'the intent stands already');
  if (entry !== null)
    return reply('refused', `step ${step.id} of ${plan.id} has a record of ${entry.record.executionId}, epoch ${entry.record.epoch}`);
  const refusal = await startRefusal(ctx, run.target, plan.orderedBy);
  if (refusal !== null) return reply('refused', refusal);
  const fence = await holdLease(ctx, run);
  if (!fence.ok) return replyOf(fence);
  const before =
    kind.before === undefined
      ? null
      : await retryTransient(ctx, () => kind.before?.(step.args, { ctx, plan, run }) ?? Promise.resolve({ ok: true, value: null }));
  if (before !== null && !before.ok) return replyOf(before);
  const record = newRecord(ctx, task, scene, before?.value ?? null, 'intended');
  const written = await writeEntry(ctx, record, 0, run.avoid, true);
  if (!written.ok) return replyOf(written);
  ctx.ports.trace.record({
    kind: 'StepIntended',
    subject: targetKey(run.target),
    incident: run.incidentId,
    data: { plan: plan.id, step: step.id, kind: step.kind, epoch: run.epoch, executionId: task.executionId },
    reason: `${plan.action}: will ${step.kind}; what was there before is in the journal, here and at a peer`,
  });
  return reply('ok', 'the intent is in the journal');
}

function newRecord(
  ctx: StageContext,
  task: StepTask,
  { plan, step }: Scene,
  before: StepRecord['before'],
  state: StepRecord['state'],
): StepRecord {
  return {
    plan: plan.id,
    step: step.id,
    kind: step.kind,
    order: plan.steps.indexOf(step),
    executionId: task.executionId,
    epoch: task.epoch,
    state,
    before,
    intentAt: ctx.ports.clock.now(),
    looks: [],
    reason: plan.reason,
  };
}

async function apply(ctx: StageContext, task: StepTask, scene: Scene): Promise<StepReply> {
  const { plan, run, step, kind, entry } = scene;
  const doApply = kind.apply;
  if (doApply === undefined) return reply('refused', `step ${step.id} (${step.kind}) only looks; it has nothing to apply`);
  if (entry === null) return reply('refused', `step ${step.id} has no intent in the journal: nothing may be applied`);
  const { record } = entry;
  if (record.executionId !== task.executionId) return reply('refused', `the intent of ${step.id} belongs to ${record.executionId}`);
  if (record.state === 'applied' || record.state === 'committed') return reply('ok', 'applied already');
  if (record.state !== 'intended' && record.state !== 'applying') return reply('refused', `step ${step.id} is ${record.state}`);
  if (record.state === 'applying' && kind.single === true)
    return reply('refused', `step ${step.id} may have been applied already, and ${step.kind} is not done twice`);
  const fence = await holdLease(ctx, run);
  if (!fence.ok) return replyOf(fence);
  if (!leaseCovers(fence.value, ctx.ports.clock.now()))
    return reply('refused', `the lease ends in less than a write may take plus ${clockSkewMs} ms of skew`);
  const marked = await writeEntry(ctx, { ...record, state: 'applying' }, entry.version, run.avoid, true);
  if (!marked.ok) return replyOf(marked);
  const scope: StepScope = { ctx, plan, run, before: record.before, result: null, appliedAt: ctx.ports.clock.now() };
  const applied = await retryTransient(ctx, () => doApply(step.args, scope, fence.value), { isSafe: mayRepeat(kind) });
  const appliedAt = ctx.ports.clock.now();
  const after: StepRecord = applied.ok
    ? { ...record, state: 'applied', appliedAt, ...(applied.value === undefined ? {} : { result: applied.value }) }
    : { ...record, state: 'failed', appliedAt, verdict: 'fail', reason: `${applied.code}: ${applied.reason}` };
  const kept = await writeEntry(ctx, after, marked.value.version, run.avoid, false);
  ctx.ports.trace.record({
    kind: applied.ok ? 'StepApplied' : 'StepVerified',
    subject: targetKey(run.target),
    incident: run.incidentId,
    data: applied.ok
      ? { plan: plan.id, step: step.id, kind: step.kind, epoch: run.epoch, executionId: task.executionId, mutates: true }
      : { plan: plan.id, step: step.id, verdict: 'fail' },
    reason: applied.ok ? `${step.kind} was accepted; now it has to prove itself` : `${step.kind} was not accepted: ${applied.reason}`,
  });
  if (!applied.ok) return replyOf(applied);
  return kept.ok ? reply('ok', 'applied') : replyOf(kept);
}

/** A throttled call did nothing; any other failure of a step that is not to be done twice may have. */
export function mayRepeat({ single }: StepKind): (failure: { code: string }) => boolean {
  return ({ code }) => single !== true || code === 'throttled';
}

async function verify(ctx: StageContext, task: StepTask, scene: Scene): Promise<StepReply> {
  const { plan, run, step, kind } = scene;
  const entry = scene.entry ?? (kind.apply === undefined ? await beginCheck(ctx, task, scene) : null);
  if (entry === null) return reply('fail', `step ${step.id} has no record in the journal: nothing can be verified`);
  const { record } = entry;
  if (record.state === 'committed') return reply('pass', 'proven and committed already');
  if (record.state !== 'applied') return reply('fail', `step ${step.id} is ${record.state}: ${record.reason}`);
  const appliedAt = record.appliedAt ?? record.intentAt;
  const look = await kind.look(step.args, { ctx, plan, run, before: record.before, result: record.result ?? null, appliedAt });
  const judged = judgeLooks(step, record, look, ctx.ports.clock.now() - appliedAt);
  const written = await writeEntry(ctx, judged.record, entry.version, run.avoid, false);
  if (!written.ok) return replyOf(written);
  await holdLease(ctx, run);
  const data = { plan: plan.id, step: step.id };
  if (judged.verdict === 'inconclusive') {
    const passes = judged.record.looks.filter((each) => each === 'pass').length;
    ctx.ports.trace.record({
      kind: 'StepLooked',
      subject: targetKey(run.target),
      incident: run.incidentId,
      data: { ...data, verdict: look.verdict, passes, looks: judged.record.looks.length },
      reason: look.reason,
    });
  } else
    ctx.ports.trace.record({
      kind: 'StepVerified',
      subject: targetKey(run.target),
      incident: run.incidentId,
      data: { ...data, verdict: judged.verdict },
      reason: judged.record.reason,
    });
  return reply(judged.verdict, judged.record.reason);
}

/** A pure check gets its record at the first look, so that the journal tells the whole story. */
async function beginCheck(ctx: StageContext, task: StepTask, scene: Scene): Promise<Entry | null> {
  const record = { ...newRecord(ctx, task, scene, null, 'applied'), appliedAt: ctx.ports.clock.now() };
  const written = await writeEntry(ctx, record, 0, scene.run.avoid, false);
  return written.ok ? written.value : null;
}

/** k of the last n looks pass: proven. Past the deadline, or a final fail: failed. Otherwise look again. */
export function judgeLooks(
  step: Pick<Step, 'verify' | 'kind'>,
  record: StepRecord,
  look: StepLook,
  elapsedMs: number,
): { verdict: Verdict; record: StepRecord } {
  const { k, n, deadlineSeconds } = step.verify;
  const looks = [...record.looks, look.verdict].slice(-n);
  const passes = looks.filter((verdict) => verdict === 'pass').length;
  if (passes >= k) return { verdict: 'pass', record: { ...record, looks, verdict: 'pass', reason: look.reason } };
  if (look.verdict === 'fail' && look.final === true)
    return { verdict: 'fail', record: { ...record, looks, verdict: 'fail', state: 'failed', reason: look.reason } };
  if (elapsedMs >= deadlineSeconds * 1000) {
    const reason = `${step.kind} did not prove itself in ${deadlineSeconds} s (${passes} of ${k} passes): ${look.reason}`;
    return { verdict: 'fail', record: { ...record, looks, verdict: 'fail', state: 'failed', reason } };
  }
  return { verdict: 'inconclusive', record: { ...record, looks, reason: look.reason } };
}

async function commit(ctx: StageContext, scene: Scene): Promise<StepReply> {
  const { plan, run, step, entry } = scene;
  if (entry === null || entry.record.verdict !== 'pass')
    return reply('refused', `step ${step.id} has not proven itself: ${entry?.record.reason ?? 'no record'}`);
  if (entry.record.state === 'committed') return reply('ok', 'committed already');
  const record: StepRecord = { ...entry.record, state: 'committed', committedAt: ctx.ports.clock.now() };
  const written = await writeEntry(ctx, record, entry.version, run.avoid, false);
  if (!written.ok) return replyOf(written);
  ctx.ports.trace.record({
    kind: 'StepCommitted',
    subject: targetKey(run.target),
    incident: run.incidentId,
    data: { plan: plan.id, step: step.id },
    reason: record.reason,
  });
  return reply('ok', 'committed');
}
