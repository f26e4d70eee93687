import { describe, expect, it } from 'vitest';
import { undoStep } from '../../../core/execute/undo.ts';
import { failed, type Step, storeKey } from '../../../core/model/index.ts';
import { once, step } from '../../../core/plan/step.ts';
import { writeItem } from '../../../simulator/trials/seed-items.ts';
import type { RegionBench } from '../region-context.ts';
import { planId, plannedRun, raise, recordOf, region, stored } from './planned-run.ts';

const here = { service: 'checkout', region };
const key = storeKey.step(planId, 'stage-1');
const ask = (bench: RegionBench, operation: 'judge' | 'next' | 'undo' | 'verifyUndo' | 'freeze', epoch = 3) =>
  undoStep(bench.ctx, {
    executionId: 'undo-1',
    planId,
    stepId: operation === 'undo' || operation === 'verifyUndo' ? 'stage-1' : '-',
    epoch,
    operation,
  });

function put(bench: RegionBench, where: string, record: ReturnType<typeof recordOf>): void {
  const state = bench.states.get(where);
  if (state) writeItem(state, storeKey.step(planId, record.step), record);
}

const script = (document: string): Step =>
  step('stage-1', 'run-script', { target: here, document, version: '1', parameters: {} }, once(60));
const flush: Step = { ...script('flush'), undo: script('unflush') };

/** Scripts that are accepted, and what was run. */
function scripted(bench: RegionBench, answer: unknown = { ok: true, value: { runId: 'run-of-undo' } }): string[] {
  const ran: string[] = [];
  const run = async (_target: unknown, document: string) => {
    ran.push(document);
    return answer;
  };
  bench.ctx.ports.scripts = Object.assign(Object.create(bench.ctx.ports.scripts), { run });
  return ran;
}

describe('the judge of a journal', () => {
  it('leaves a run alone whose every step is committed, wherever the records lie', async () => {
    const bench = plannedRun();
    put(bench, 'us-west-2', recordOf({ state: 'committed', verdict: 'pass' }));
    expect((await ask(bench, 'judge')).code).toBe('pass');
  });

  it('gives a check that was under way its verdict: no step stays without one', async () => {
    const check = step('recover', 'confirm-recovery', here, once(60));
    const bench = plannedRun([raise, check]);
    put(bench, region, recordOf({ step: 'recover', kind: 'confirm-recovery', order: 1, state: 'applied' }));
    expect((await ask(bench, 'judge')).code).toBe('fail');
    expect(stored(bench, region, storeKey.step(planId, 'recover'))).toMatchObject({ state: 'failed', verdict: 'inconclusive' });
    expect(stored(bench, region, storeKey.run(planId))).toMatchObject({ state: 'undoing' });
  });

  it('has nothing to judge in a run that has ended', async () => {
    expect(await ask(plannedRun([raise], { state: 'undone' }), 'judge')).toMatchObject({
      code: 'pass',
      reason: 'the run has ended already as undone',
    });
  });

  it('is superseded under an older epoch', async () => {
    expect((await ask(plannedRun(), 'judge', 2)).code).toBe('superseded');
  });
});

describe('what is undone next', () => {
  it('is nothing when no step was applied', async () => {
    const bench = plannedRun();
    put(bench, region, recordOf({ state: 'intended' }));
    expect((await ask(bench, 'next')).code).toBe('pass');
  });

  it('is found by a successor who has only a peer’s copy, and is in his own table then', async () => {
    const bench = plannedRun([raise], {}, 'us-west-2');
    put(bench, 'us-east-1', recordOf({ state: 'applying' }));
    expect(await ask(bench, 'next')).toMatchObject({ code: 'ok', stepId: 'stage-1' });
    expect(stored(bench, 'us-west-2', key)).toMatchObject({ state: 'applying' });
  });

  it('is for people when it was a point of no return, or was frozen before', async () => {
    const bench = plannedRun([{ ...raise, undo: null, irreversible: true }]);
    put(bench, region, recordOf());
    expect(await ask(bench, 'next')).toMatchObject({ code: 'fail', reason: 'step stage-1 was a point of no return' });
    put(bench, region, recordOf({ state: 'frozen' }));
    expect((await ask(bench, 'next')).code).toBe('fail');
  });
});

describe('the undo of a script', () => {
  it('is run, though the script itself has a run on record', async () => {
    const bench = plannedRun([flush], { state: 'undoing' });
    const ran = scripted(bench);
    put(bench, region, recordOf({ kind: 'run-script', result: { runId: 'run-of-script' } }));
    expect((await ask(bench, 'undo')).code).toBe('ok');
    expect(ran).toEqual(['unflush']);
    expect(stored(bench, region, key)).toMatchObject({ state: 'undoing', undo: { result: { runId: 'run-of-undo' } } });
  });

  it('is not run a second time when nobody knows whether it ran: people decide', async () => {
    const bench = plannedRun([flush], { state: 'undoing' });
    const ran = scripted(bench, failed('timeout', 'no answer'));
    put(bench, region, recordOf({ kind: 'run-script', result: { runId: 'run-of-script' } }));
    await ask(bench, 'undo');
    expect((await ask(bench, 'undo')).code).toBe('refused');
    expect(ran).toEqual(['unflush']);
  });
});

describe('an undo', () => {
  it('goes on without a peer to witness it, and stops for a higher epoch', async () => {
    const alone = plannedRun([raise], { state: 'undoing' });
    alone.ctx.ports.peerStores = {};
    put(alone, region, recordOf({ before: [] }));
    expect((await ask(alone, 'undo')).code).toBe('ok');
    const late = plannedRun([raise], { state: 'undoing' });
    put(late, region, recordOf({ before: [] }));
    await late.ctx.ports.store.claim(storeKey.lease(`checkout/${region}`), 4, 60, 'somebody', { deadlineAt: late.clock.now() + 1000 });
    expect((await ask(late, 'undo')).code).toBe('superseded');
  });

  it('that comes twice under one epoch is applied once, and again under the next', async () => {
    const bench = plannedRun([raise], { state: 'undoing' });
    put(bench, region, recordOf({ before: [] }));
    await ask(bench, 'undo');
    await ask(bench, 'undo');
    expect(bench.of('UndoApplied')).toHaveLength(1);
    put(bench, region, recordOf({ before: [], state: 'undoing', undo: { startedAt: 1, appliedAt: 1, epoch: 2 } }));
    await ask(bench, 'undo');
    expect(bench.of('UndoApplied')).toHaveLength(2);
  });

  it('keeps its lease while it proves itself, however long that takes', async () => {
    const bench = plannedRun([raise], { state: 'undoing' });
    put(bench, region, recordOf({ before: [], state: 'undoing', undo: { startedAt: bench.clock.now() } }));
    await ask(bench, 'verifyUndo');
    expect(stored(bench, region, storeKey.lease(`checkout/${region}`))).toMatchObject({ until: bench.clock.now() + 120_000 });
  });
});

it('a target is frozen in every table, so that no region starts anything on it', async () => {
  const bench = plannedRun();
  expect((await ask(bench, 'freeze')).code).toBe('ok');
  for (const where of [region, 'us-east-1', 'us-west-2'])
    expect(stored(bench, where, storeKey.switch(`freeze/checkout/${region}`))).toMatchObject({ on: true });
});
