import { describe, expect, it } from 'vitest';
import { readPlannedRun, startRefusal } from '../../../core/execute/plan-items.ts';
import { freezeSwitch, killSwitch, pauseSwitch, storeKey, targetKey } from '../../../core/model/index.ts';
import { writeItem } from '../../../simulator/trials/seed-items.ts';
import { planId, plannedRun, region, target } from './planned-run.ts';

const on = { on: true, by: 'ada', at: 7_000, reason: 'audit' };

describe('whether anything may start on a target', () => {
  it('is yes when no switch was ever set, or all are off', async () => {
    const bench = plannedRun();
    expect(await startRefusal(bench.ctx, target)).toBeNull();
    const state = bench.states.get(region);
    if (state) writeItem(state, storeKey.switch(killSwitch), { ...on, on: false });
    expect(await startRefusal(bench.ctx, target)).toBeNull();
  });

  it.each([killSwitch, pauseSwitch, freezeSwitch(targetKey(target))])('is no while %s is on, with who, when and why', async (name) => {
    const bench = plannedRun();
    const state = bench.states.get(region);
    if (state) writeItem(state, storeKey.switch(name), on);
    expect(await startRefusal(bench.ctx, target)).toBe(`${name} is on since 1970-01-01T00:00:07Z, by ada: audit`);
  });

  it.each([killSwitch, pauseSwitch])(
    'is yes for a person who breaks the glass while %s is on, until the target is frozen',
    async (name) => {
      const bench = plannedRun();
      const state = bench.states.get(region);
      if (state) writeItem(state, storeKey.switch(name), on);
      expect(await startRefusal(bench.ctx, target, 'ann')).toBeNull();
      if (state) writeItem(state, storeKey.switch(freezeSwitch(targetKey(target))), on);
      expect(await startRefusal(bench.ctx, target, 'ann')).toContain('freeze/');
    },
  );

  it('is not decided by the freeze of another target', async () => {
    const bench = plannedRun();
    const state = bench.states.get(region);
    if (state) writeItem(state, storeKey.switch(freezeSwitch('payments/us-west-2')), on);
    expect(await startRefusal(bench.ctx, target)).toBeNull();
  });

  it('is no when a switch cannot be read: silence is not consent', async () => {
    const { ctx } = plannedRun();
    const get = async () => ({ ok: false as const, code: 'timeout', retryable: true, reason: 'no answer' });
    const store = Object.assign(Object.create(ctx.ports.store), { get });
    expect(await startRefusal({ ...ctx, ports: { ...ctx.ports, store } }, target)).toBe(
      'the switch kill cannot be read (no answer): no new action starts',
    );
  });
});

it('a plan without its run, or a run without its plan, is not found', async () => {
  const bench = plannedRun();
  expect((await readPlannedRun(bench.ctx, planId)).ok).toBe(true);
  bench.states.get(region)?.items.delete(storeKey.run(planId));
  expect(await readPlannedRun(bench.ctx, planId)).toMatchObject({ ok: false, code: 'not-found' });
});
