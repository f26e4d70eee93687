import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { onAssistMessage } from '../../../core/execute/assist.ts';
import { stepKinds } from '../../../core/execute/kinds/index.ts';
import { runStep } from '../../../core/execute/run-step.ts';
import { undoStep } from '../../../core/execute/undo.ts';
import { putStored } from '../../../core/knowledge/stored.ts';
import { calmWatch, watchKey } from '../../../core/knowledge/watch-state.ts';
import { Capacity, type CapacityChange, type Json, Message, StepRecord } from '../../../core/model/index.ts';
import { once, step } from '../../../core/plan/step.ts';
import { keepHealth, type RegionBench, startAt } from '../region-context.ts';
import { planId, plannedRun, planOf, region, runOf, target, task } from './planned-run.ts';

const unit = 'checkout-eu-west-1-2';
const other = 'checkout-eu-west-1-3';
const change: CapacityChange = { kind: 'readmit', units: ['checkout-eu-west-1-1', unit] };
const here = { service: 'checkout', region };
const back = step('stage-1', 'change-capacity', { changes: [{ target: here, change }] }, once(300), {
  kind: 'restore-capacity',
  verify: once(180),
});
const endpoint = {
  ...{ status: 'healthy' as const, failures: 0, successes: 9, responseMs: 30, weight: 1, dimension: 'availability', addresses: 4 },
  reason: 'GET answered 503',
};
const service = `checkout/${region}`;
const unitsOf = (bench: RegionBench) => bench.capacity.services[service]?.units ?? [];
/** What was there before, as the journal has it. */
function journalled(bench: RegionBench): Json {
  const item = bench.states.get(region)?.items.get(`step#${planId}#stage-1`);
  return StepRecord.parse(item?.body).before;
}
const out = (bench: RegionBench) => unitsOf(bench).flatMap((each) => (each.ejected ? [each.id] : []));

/** A run that has put `unit` back, while `other` stays out; the first one had never been out. */
async function putBack(): Promise<RegionBench> {
  const bench = plannedRun([back], { action: 'shift' });
  for (const each of unitsOf(bench)) each.ejected = each.id === unit || each.id === other;
  await runStep(bench.ctx, task('intent'));
  await runStep(bench.ctx, task('apply'));
  expect(out(bench)).toEqual([other]);
  return bench;
}

/** What the probes since have seen, `seconds` after the return. */
async function lookAfter(bench: RegionBench, seconds: number, seen: { failed?: number; sick?: string[]; last?: 'pass' | 'fail' } = {}) {
  const { failed = 0, sick = [], last = 'pass' } = seen;
  await bench.pass(seconds);
  const now = bench.clock.now();
  await keepHealth(bench.ctx, {
    health: { subject: target, at: now, status: 'healthy', score: 1, dimensions: {}, reason: 'seen', evidence: [] },
    since: startAt,
    endpoints: { health: { ...endpoint, at: now, last, sickAddresses: sick } },
  });
  const window = { addresses: { [unit]: [{ at: startAt - 15_000, judged: 6, failed }] } };
  await putStored(bench.ctx.ports.store, bench.clock, watchKey, { ...calmWatch, windows: failed === 0 ? {} : { checkout: window } }, 0);
  const scope = { ctx: bench.ctx, plan: planOf([back]), run: runOf(), before: null, result: null, appliedAt: startAt };
  return stepKinds['confirm-readmitted']?.look({ target: here, units: [unit], seconds: 300 }, scope);
}

describe('a unit on trial', () => {
  it('is proven when it took traffic and stayed well for long enough', async () => {
    expect(await lookAfter(await putBack(), 299)).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('300 s are wanted'),
    });
    expect(await lookAfter(await putBack(), 300)).toMatchObject({ verdict: 'pass' });
  });

  it('is not proven while the service is not well, and waits for it', async () => {
    const look = await lookAfter(await putBack(), 300, { last: 'fail' });
    expect(look).toMatchObject({ verdict: 'fail' });
    expect(look?.final).not.toBe(true);
  });

  it('may fail one probe, and no second one', async () => {
    expect(await lookAfter(await putBack(), 300, { failed: 1 })).toMatchObject({ verdict: 'pass' });
    expect(await lookAfter(await putBack(), 40, { failed: 2 })).toMatchObject({
      verdict: 'fail',
      final: true,
      reason: `2 of 6 probes of ${unit} failed since the return`,
    });
  });

  it.each<[string, (bench: RegionBench) => unknown, { sick?: string[] }, string]>([
    ['is out again', (bench) => unitsOf(bench).map((each) => (each.ejected = true)), {}, 'is out again, and not by this run'],
    ['is unhealthy', (bench) => unitsOf(bench).map((each) => (each.healthyAt = null)), {}, 'the platform calls'],
    ['has ended', (bench) => unitsOf(bench).splice(1, 1), {}, 'has ended meanwhile'],
    ['is named by the probes', () => {}, { sick: [unit] }, 'checkout health'],
  ])('ends its trial at once when it %s', async (_what, happens, seen, words) => {
    const bench = await putBack();
    happens(bench);
    expect(await lookAfter(bench, 20, seen)).toMatchObject({ verdict: 'fail', final: true, reason: expect.stringContaining(words) });
  });
});

describe('a readmission is taken back', () => {
  const undo = { executionId: 'undo-1', planId, stepId: 'stage-1', epoch: 3 } as const;

  it('by ejecting what it brought back, and is not taken for undone before', async () => {
    const bench = await putBack();
    const scope = { ctx: bench.ctx, plan: planOf([back]), run: runOf(), before: journalled(bench), result: null, appliedAt: startAt };
    expect(await stepKinds['restore-capacity']?.look(back.args, scope)).toMatchObject({ verdict: 'fail' });
    expect(await undoStep(bench.ctx, { ...undo, operation: 'undo' })).toMatchObject({ code: 'ok' });
    expect(out(bench)).toEqual([unit, other]);
    expect(await undoStep(bench.ctx, { ...undo, operation: 'verifyUndo' })).toMatchObject({ code: 'pass' });
  });

  it('without the unit that has ended meanwhile', async () => {
    const bench = await putBack();
    unitsOf(bench).splice(1, 1);
    expect(await undoStep(bench.ctx, { ...undo, operation: 'undo' })).toMatchObject({ code: 'ok' });
    await bench.pass(60);
    expect(await undoStep(bench.ctx, { ...undo, operation: 'verifyUndo' })).toMatchObject({ code: 'pass' });
    expect(out(bench)).toEqual([other]);
  });

  it('by its own region when another one has taken the run over', async () => {
    const bench = await putBack();
    const [was] = z.array(Capacity).parse(journalled(bench));
    const body = {
      phase: 'return',
      planId,
      incident: 'inc-1',
      epoch: 4,
      requester: 'us-west-2',
      target,
      change,
      before: was,
      reason: 'heir',
    };
    await onAssistMessage(bench.ctx, Message.parse({ v: 1, from: 'us-west-2', sentAt: startAt, id: 'm-1', type: 'AssistRequested', body }));
    expect(out(bench)).toEqual([unit, other]);
    await bench.pass(1);
    expect(bench.messages.at(-1)).toMatchObject({ type: 'AssistReported', body: { verdict: 'pass' } });
  });
});
