import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runStep } from '../../../core/execute/run-step.ts';
import { type UndoReply, undoStep } from '../../../core/execute/undo.ts';
import type { Step } from '../../../core/model/index.ts';
import { once, step } from '../../../core/plan/step.ts';
import type { RegionBench } from '../region-context.ts';
import { planId, plannedRun, target, task } from './planned-run.ts';

const flag = (name: string): Step =>
  step(name, 'set-flag', { target: { service: target.service, region: target.region }, name, value: 'on' }, once(60), {
    kind: 'restore-flag',
    verify: once(60),
  });
const check = (id: string): Step => step(id, 'confirm-capacity', { needs: [] }, once(60));

/** How far a step came before the run failed. */
type Reach = 'intended' | 'applied' | 'committed';

async function advance(bench: RegionBench, { id, undo }: Step, reach: Reach): Promise<void> {
  const { ctx } = bench;
  if (undo !== null) {
    await runStep(ctx, task('intent', { stepId: id }));
    if (reach === 'intended') return;
    await runStep(ctx, task('apply', { stepId: id }));
  }
  if (reach !== 'committed') return;
  await runStep(ctx, task('verify', { stepId: id }));
  await runStep(ctx, task('commit', { stepId: id }));
}

/** The undo machine's loop. */
async function undoAll({ ctx }: RegionBench): Promise<UndoReply> {
  const ask = (operation: 'judge' | 'next' | 'undo' | 'verifyUndo', stepId = '-') =>
    undoStep(ctx, { executionId: 'undo-1', planId, stepId, epoch: 3, operation });
  await ask('judge');
  for (let round = 0; round < 20; round += 1) {
    const next = await ask('next');
    if (next.code !== 'ok') return next;
    await ask('undo', next.stepId);
    const verdict = await ask('verifyUndo', next.stepId);
    if (verdict.code !== 'pass') return verdict;
  }
  throw new Error('the undo does not end');
}

it('undoes in exactly the inverse order, for any plan and any prefix of it that was done before it failed', async () => {
  const kinds = fc.array(fc.constantFrom('flag', 'check'), { minLength: 1, maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(kinds, fc.nat(), fc.constantFrom<Reach>('intended', 'applied', 'committed'), async (given, cut, reach) => {
      const steps = given.map((kind, index) => (kind === 'flag' ? flag(`step-${index}`) : check(`step-${index}`)));
      const failing = cut % steps.length;
      const bench = plannedRun(steps);
      for (const [index, each] of steps.entries()) {
        if (index > failing) break;
        await advance(bench, each, index < failing ? 'committed' : reach);
      }
      const applied = bench.of('StepApplied').map((entry) => entry.data.step);
      const whole = failing === steps.length - 1 && reach === 'committed';
      if (whole) return;
      expect((await undoAll(bench)).code).toBe('pass');
      expect(bench.of('UndoApplied').map((entry) => entry.data.step)).toEqual(applied.toReversed());
      for (const name of applied) {
        const read = await bench.ctx.ports.flags.read(target, String(name), { deadlineAt: bench.clock.now() + 1 });
        expect(read).toEqual({ ok: true, value: null });
      }
    }),
    { numRuns: 150 },
  );
});
