import * as z from 'zod';
import type { StageContext } from '../config/stage-context.ts';
import { tellOwn, tellPeers } from '../knowledge/broadcast.ts';
import { patientTables } from '../knowledge/patient-tables.ts';
import { copyToPeers, livePeers } from '../knowledge/peer-copies.ts';
import { queryStored, readStored, updateStored } from '../knowledge/stored.ts';
import {
  followUpLevel,
  Incident,
  isRunning,
  type Outcome,
  Plan,
  Run,
  StepRecord,
  type StepReply,
  storeKey,
  targetKey,
} from '../model/index.ts';
import { within } from '../ports/within.ts';
import { learnFrom } from './lessons.ts';

/** What a machine says when its run is over. */
export const CloseTask = z.object({
  planId: z.string(),
  epoch: z.number().int().positive(),
  state: z.enum(['verified', 'undone', 'escalated', 'refused']),
  reason: z.string(),
});
export type CloseTask = z.infer<typeof CloseTask>;

const stepsMax = 100;
/** Longer than any invocation lives: whoever ended a run and has not published it by then, never will. */
const publishingMs = 60_000;
const callMs = 5_000;

const reply = (code: StepReply['code'], reason: string): StepReply => ({ code, retryable: false, reason });

/**
 * Ends a run, once: its outcome is told to every region, its lease let go, its lesson learned. That of a run that was ended by somebody who
 * died before he had published it is published again. People hear of it from the notify function, and see ADR 0006 when they do not.
 */
export async function closeRun(given: StageContext, task: CloseTask): Promise<StepReply> {
  const ctx = patientTables(given);
  const { store, clock } = ctx.ports;
  const [plan, journal] = await Promise.all([
    readStored(store, clock, storeKey.plan(task.planId), Plan),
    queryStored(store, clock, `step#${task.planId}#`, stepsMax, StepRecord),
  ]);
  if (!plan.ok) return { ...reply('refused', plan.reason), retryable: plan.retryable };
  if (plan.value.value === null) return reply('refused', `no plan ${task.planId} in ${ctx.region}`);
  if (!journal.ok) return { ...reply('refused', journal.reason), retryable: journal.retryable };
  const unproven = task.state === 'verified' ? await unprovenStep(ctx, plan.value.value, journal.value) : null;
  if (unproven !== null) return reply('refused', `${unproven} has not proven itself: the run is not verified`);
  const endedAt = clock.now();
  const state = endOf(task, plan.value.value, journal.value);
  let ended = false;
  const run = await updateStored(store, clock, storeKey.run(task.planId), Run, (current): Run | null => {
    ended = current !== null && isRunning(current) && current.epoch === task.epoch;
    return current !== null && ended ? { ...current, state, endedAt, reason: whyEnded(task, state, journal.value) } : null;
  });
  if (!run.ok) return { ...reply('refused', run.reason), retryable: run.retryable };
  if (run.value === null) return reply('refused', `no run ${task.planId} in ${ctx.region}`);
  if (run.value.epoch !== task.epoch) return reply('superseded', `epoch ${run.value.epoch} holds this run`);
  const since = endedAt - (run.value.endedAt ?? endedAt);
  if (!ended && (run.value.published === true || since < publishingMs)) return reply('ok', `ended already as ${run.value.state}`);
  await publishOutcome(ctx, plan.value.value, run.value, journal.value, run.value.endedAt ?? endedAt);
  return reply('ok', task.reason);
}

/** A step without its proof in the own journal, while the run is in its first hands; whoever takes one over judges by every table. */
async function unprovenStep(ctx: StageContext, plan: Plan, journal: readonly StepRecord[]): Promise<string | null> {
  const run = await readStored(ctx.ports.store, ctx.ports.clock, storeKey.run(plan.id), Run);
  if (!run.ok || run.value.value?.state !== 'running') return null;
  return plan.steps.find((step) => !journal.some((record) => record.step === step.id && record.verdict === 'pass'))?.id ?? null;
}

/** A plan whose first checks fail before anything was done has nothing to be undone: it is refused, by its own word. */
function endOf(task: CloseTask, plan: Plan, journal: readonly StepRecord[]): CloseTask['state'] {
  const onlyLooked = journal.every(({ step }) => plan.steps.some((each) => each.id === step && each.undo === null && !each.irreversible));
  return task.state === 'undone' && onlyLooked && journal.some(({ verdict }) => verdict === 'fail') ? 'refused' : task.state;
}

/** The step that did not prove itself, in its own words; what the machine says where there is none. */
function whyEnded(task: CloseTask, state: CloseTask['state'], journal: readonly StepRecord[]): string {
  const culprit = journal.find((record) => record.verdict === 'fail');
  if (culprit === undefined || state === 'verified') return task.reason;
  const said = state === task.state ? task.reason : 'nothing was done';
  return `${said}: ${culprit.step}: ${culprit.reason}`;
}

async function publishOutcome(ctx: StageContext, plan: Plan, run: Run, steps: StepRecord[], endedAt: number): Promise<void> {
  const { store, clock, trace } = ctx.ports;
  const incident = await readStored(store, clock, storeKey.incident(run.incidentId), Incident);
  // What follows a remedy cures nothing: its lesson is its own.
  const alert = plan.level === followUpLevel ? followUpLevel : incident.ok ? (incident.value.value?.alert ?? 'unknown') : 'unknown';
  const state = run.state === 'verified' || run.state === 'undone' || run.state === 'refused' ? run.state : 'escalated';
  const outcome: Outcome = {
    planId: plan.id,
    incidentId: run.incidentId,
    action: plan.action,
    alert,
    target: plan.target,
    epoch: run.epoch,
    steps: steps.sort((a, b) => a.order - b.order),
    state,
    startedAt: run.startedAt,
    endedAt,
    avoid: run.avoid,
    reason: run.reason,
  };
  await copyToPeers(ctx, storeKey.run(plan.id), run, run.avoid);
  await letGo(ctx, run);
  await learnFrom(ctx, outcome);
  await tellPeers(ctx, 'OutcomeRecorded', outcome, run.avoid);
  await tellOwn(ctx, 'OutcomeRecorded', outcome);
  // The timeline has it once it is on record; one that no table could note is told again, by whoever finds it unmarked.
  if (!(await markPublished(ctx, run))) return;
  trace.record({
    kind: 'OutcomeRecorded',
    subject: targetKey(plan.target),
    incident: run.incidentId,
    data: {
      incident: run.incidentId,
      plan: plan.id,
      action: plan.action,
      target: targetKey(plan.target),
      state,
      epoch: run.epoch,
      seconds: (endedAt - run.startedAt) / 1000,
    },
    reason: run.reason,
  });
}

/** Whether a table has it that this outcome was told. */
async function markPublished(ctx: StageContext, run: Run): Promise<boolean> {
  const key = storeKey.run(run.planId);
  const marked = await updateStored(ctx.ports.store, ctx.ports.clock, key, Run, (current): Run | null =>
    current !== null && current.epoch === run.epoch && !isRunning(current) ? { ...current, published: true } : null,
  );
  // Refused here, the mark stands at the peers alone: the sweep asks them before it has the outcome told again.
  if (!marked.ok) return livePeers(ctx, run.avoid).length > 0 && (await copyToPeers(ctx, key, { ...run, published: true }, run.avoid)).ok;
  if (marked.value?.published === true) await copyToPeers(ctx, key, marked.value, run.avoid);
  return true;
}

/** A lease of no seconds: the target is free for the next action. It would lapse by itself; this only saves the wait. */
async function letGo(ctx: StageContext, run: Run): Promise<void> {
  const { store, clock, peerStores } = ctx.ports;
  const key = storeKey.lease(targetKey(run.target));
  const tables = [store, ...Object.entries(peerStores).flatMap(([region, peer]) => (run.avoid.includes(region) ? [] : [peer]))];
  await Promise.all(tables.map((table) => table.claim(key, run.epoch, 0, `${run.planId}@${run.holder}`, within(clock, callMs))));
}
