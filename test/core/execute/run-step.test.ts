import { describe, expect, it } from 'vitest';
import { runStep } from '../../../core/execute/run-step.ts';
import { failed, killSwitch, type Step, storeKey } from '../../../core/model/index.ts';
import { once } from '../../../core/plan/step.ts';
import { writeItem } from '../../../simulator/trials/seed-items.ts';
import { withMethods } from '../with-methods.ts';
import { planId, plannedRun, raise, region, stored, task } from './planned-run.ts';

const key = storeKey.step(planId, 'stage-1');
const desired = (bench: ReturnType<typeof plannedRun>) => bench.capacity.services[`checkout/${region}`]?.desired;

describe('a step', () => {
  it('goes from intent over apply and verify to commit, and the journal says so at each point', async () => {
    const bench = plannedRun();
    const { ctx } = bench;
    expect((await runStep(ctx, task('intent'))).code).toBe('ok');
    expect(stored(bench, 'us-west-2', key)).toMatchObject({ state: 'intended', before: [{ desired: 4 }] });
    expect((await runStep(ctx, task('apply'))).code).toBe('ok');
    expect(desired(bench)).toBe(8);
    expect((await runStep(ctx, task('verify'))).code).toBe('inconclusive');
    await bench.pass(60);
    expect((await runStep(ctx, task('verify'))).code).toBe('pass');
    expect((await runStep(ctx, task('commit'))).code).toBe('ok');
    expect(stored(bench, region, key)).toMatchObject({ state: 'committed', verdict: 'pass' });
  });

  it('goes on when its table is too busy for one write of the journal', async () => {
    const bench = plannedRun();
    const { store } = bench.ctx.ports;
    let throttles = 2;
    const busy = withMethods(store, {
      put: async (item, version, call) => (throttles-- > 0 ? failed('throttled', 'busy') : store.put(item, version, call)),
    });
    const ctx = { ...bench.ctx, ports: { ...bench.ctx.ports, store: busy } };
    const intended = runStep(ctx, task('intent'));
    await bench.pass(5);
    expect((await intended).code).toBe('ok');
    expect(stored(bench, region, key)).toMatchObject({ state: 'intended' });
  });

  it('is not applied without an intent, nor by another execution than the one that intended it', async () => {
    const bench = plannedRun();
    expect(await runStep(bench.ctx, task('apply'))).toMatchObject({ code: 'refused', reason: expect.stringContaining('no intent') });
    await runStep(bench.ctx, task('intent'));
    expect((await runStep(bench.ctx, task('apply', { executionId: 'execution-2' }))).code).toBe('refused');
    expect((await runStep(bench.ctx, task('intent', { executionId: 'execution-2' }))).code).toBe('refused');
    expect(desired(bench)).toBe(4);
  });

  it('answers a delivery that comes twice as it answered the first, and does nothing more', async () => {
    const bench = plannedRun();
    for (const operation of ['intent', 'intent', 'apply', 'apply'] as const)
      expect((await runStep(bench.ctx, task(operation))).code).toBe('ok');
    expect(bench.of('StepApplied')).toHaveLength(1);
  });

  it('is superseded for whoever asks under an older epoch, and nothing is touched', async () => {
    const bench = plannedRun();
    await runStep(bench.ctx, task('intent'));
    expect((await runStep(bench.ctx, task('apply', { epoch: 2 }))).code).toBe('superseded');
    expect(bench.kinds()).toContain('Superseded');
    expect(desired(bench)).toBe(4);
  });

  it('that the plan does not have passes: the machine goes on to the next', async () => {
    expect(await runStep(plannedRun().ctx, task('intent', { stepId: 'stage-9' }))).toMatchObject({ code: 'pass' });
  });

  it('of an unknown kind is refused, and the known ones are named', async () => {
    const bench = plannedRun([{ ...raise, kind: 'dance' }]);
    expect(await runStep(bench.ctx, task('intent'))).toMatchObject({ code: 'refused', reason: expect.stringContaining('change-capacity') });
  });

  it('does not begin while the kill switch is on, and its reason is told', async () => {
    const bench = plannedRun();
    const state = bench.states.get(region);
    if (state) writeItem(state, storeKey.switch(killSwitch), { on: true, by: 'ada', at: 1, reason: 'audit' });
    expect(await runStep(bench.ctx, task('intent'))).toMatchObject({
      code: 'refused',
      reason: 'kill is on since 1970-01-01T00:00:00Z, by ada: audit',
    });
  });

  it('whose apply is denied fails at once, and the journal has the words', async () => {
    const bench = plannedRun();
    await runStep(bench.ctx, task('intent'));
    let calls = 0;
    const capacity = Object.assign(Object.create(bench.ctx.ports.capacity), {
      apply: async () => {
        calls += 1;
        return failed('refused', 'no permission');
      },
    });
    const reply = await runStep({ ...bench.ctx, ports: { ...bench.ctx.ports, capacity } }, task('apply'));
    expect([reply.code, calls]).toEqual(['refused', 1]);
    expect(stored(bench, region, key)).toMatchObject({ state: 'failed', verdict: 'fail', reason: 'refused: no permission' });
    expect((await runStep(bench.ctx, task('verify'))).code).toBe('fail');
    expect((await runStep(bench.ctx, task('commit'))).code).toBe('refused');
  });

  it('that may not be done twice is not tried again when nobody knows whether it was done', async () => {
    const args = { target: { service: 'checkout', region }, document: 'flush', version: '1', parameters: {} };
    const script: Step = { id: 'stage-1', kind: 'run-script', args, verify: once(60), undo: null, irreversible: true };
    const bench = plannedRun([script]);
    let runs = 0;
    const scripts = Object.assign(Object.create(bench.ctx.ports.scripts), {
      run: async () => {
        runs += 1;
        return failed('timeout', 'no answer');
      },
    });
    const ctx = { ...bench.ctx, ports: { ...bench.ctx.ports, scripts } };
    await runStep(ctx, task('intent'));
    expect((await runStep(ctx, task('apply'))).code).toBe('refused');
    expect(runs).toBe(1);
  });
});
