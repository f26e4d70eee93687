import { expect, test } from 'vitest';
import { putStored } from '../../../core/knowledge/stored.ts';
import { type Outcome, storeKey } from '../../../core/model/index.ts';
import { askBreakers, protectDependents, settleBreaker } from '../../../core/plan/breakers.ts';
import { recoverBreakers } from '../../../core/plan/recover-breakers.ts';
import { checkout, checkoutGroup, shop } from '../../../simulator/scenarios/shop.ts';
import { configOf, keepHealth, type RegionBench, regionContext, startAt } from '../region-context.ts';

const target = { service: 'checkout', region: 'us-east-1' };

function outcome(planId: string, state: Outcome['state']): Outcome {
  return {
    planId,
    incidentId: 'inc-1',
    action: 'restart',
    alert: 'error-rate',
    target,
    epoch: 1,
    steps: [],
    state,
    startedAt: startAt,
    endedAt: startAt,
    reason: 'so',
  };
}

const admitted = async (bench: RegionBench, plan: string) =>
  (await askBreakers(bench.ctx, target, 'restart', plan)).every((each) => each.admitted);

test('three failed actions in a row open the breaker of target and action, and no other', async () => {
  const bench = regionContext();
  for (const plan of ['a', 'b', 'c']) await settleBreaker(bench.ctx, outcome(plan, 'undone'));
  expect(await admitted(bench, 'd')).toBe(false);
  expect((await askBreakers(bench.ctx, target, 'scale', 'd')).every((each) => each.admitted)).toBe(true);
  expect(bench.of('BreakerChanged')).toMatchObject([
    { data: { target: 'checkout/us-east-1', action: 'restart', from: 'closed', to: 'open' } },
  ]);
});

test('an outcome that is told twice counts once, and a refusal counts not at all', async () => {
  const bench = regionContext();
  for (const plan of ['a', 'a', 'a', 'b']) await settleBreaker(bench.ctx, outcome(plan, 'undone'));
  await settleBreaker(bench.ctx, outcome('c', 'refused'));
  expect(await admitted(bench, 'd')).toBe(true);
});

test('after its wait an open breaker admits one trial, whose place nobody else takes; success closes it', async () => {
  const bench = regionContext();
  for (const plan of ['a', 'b', 'c']) await settleBreaker(bench.ctx, outcome(plan, 'undone'));
  await bench.pass(1801);
  const first = await askBreakers(bench.ctx, target, 'restart', 'd');
  const second = await askBreakers(bench.ctx, target, 'restart', 'e');
  expect(await Promise.all(first.map((each) => each.enter()))).toEqual([true, true]);
  expect(await Promise.all(second.map((each) => each.enter()))).toContain(false);
  expect(await admitted(bench, 'f')).toBe(false);
  await settleBreaker(bench.ctx, outcome('d', 'verified'));
  expect(await admitted(bench, 'g')).toBe(true);
});

test('a breaker that cannot be read admits nothing', async () => {
  const bench = regionContext();
  await putStored(bench.ctx.ports.store, bench.clock, storeKey.breaker('checkout/us-east-1', 'restart'), { nonsense: true }, 0);
  expect(await admitted(bench, 'a')).toBe(false);
});

/** front → checkout → payments, all in one region. */
const chain = configOf(
  shop(
    [
      checkout({ name: 'front', dependsOn: [{ service: 'checkout' }] }),
      checkout({ dependsOn: [{ service: 'payments' }] }),
      checkout({ name: 'payments', trafficGroup: undefined, failover: false }),
    ],
    [checkoutGroup(1)],
  ),
);

async function setHealth(bench: RegionBench, service: string, status: 'healthy' | 'unhealthy'): Promise<void> {
  const health = {
    subject: { service, region: 'us-east-1' },
    at: bench.clock.now(),
    status,
    score: 1,
    dimensions: {},
    reason: status,
    evidence: [],
  };
  await keepHealth(bench.ctx, { health, since: 0, endpoints: {} });
}

const openTo = async (bench: RegionBench, service: string) =>
  (await askBreakers(bench.ctx, { service, region: 'us-east-1' }, 'restart', 'x')).every((each) => each.admitted);

test('everything that depends on a sick service is protected, the sick service itself is not', async () => {
  const bench = regionContext(chain);
  expect((await protectDependents(bench.ctx, 'payments')).sort()).toEqual(['checkout', 'front']);
  expect(await openTo(bench, 'checkout')).toBe(false);
  expect(await openTo(bench, 'front')).toBe(false);
  expect(await openTo(bench, 'payments')).toBe(true);
});

test('recovery goes outwards: each layer proves itself before the next is let go', async () => {
  const bench = regionContext(chain);
  await protectDependents(bench.ctx, 'payments');
  await setHealth(bench, 'payments', 'unhealthy');
  await recoverBreakers(bench.ctx);
  expect(bench.of('BreakerChanged').filter((entry) => entry.data.from === 'held')).toEqual([]);
  await setHealth(bench, 'payments', 'healthy');
  await setHealth(bench, 'front', 'healthy');
  await recoverBreakers(bench.ctx);
  expect(await openTo(bench, 'checkout')).toBe(true);
  expect(await openTo(bench, 'front')).toBe(false);
  await setHealth(bench, 'checkout', 'healthy');
  for (let minute = 0; minute < 3; minute += 1) await recoverBreakers(bench.ctx);
  expect(await openTo(bench, 'front')).toBe(true);
  expect(bench.of('BreakerChanged').map((entry) => [entry.data.target, entry.data.to])).toEqual([
    ['front/us-east-1', 'held'],
    ['checkout/us-east-1', 'held'],
    ['checkout/us-east-1', 'half-open'],
    ['checkout/us-east-1', 'closed'],
    ['front/us-east-1', 'half-open'],
    ['front/us-east-1', 'closed'],
  ]);
});

/** Admits a plan for the target as its planner does, or not. */
async function goIn(bench: RegionBench, plan: string): Promise<boolean> {
  const words = await askBreakers(bench.ctx, target, 'restart', plan);
  return words.every((each) => each.admitted) && !(await Promise.all(words.map((each) => each.enter()))).includes(false);
}

/** checkout has been let go, and waits for its trial. */
async function letGo(): Promise<RegionBench> {
  const bench = regionContext(chain);
  await protectDependents(bench.ctx, 'payments');
  await setHealth(bench, 'payments', 'healthy');
  await setHealth(bench, 'checkout', 'unhealthy');
  await recoverBreakers(bench.ctx);
  return bench;
}

test('an action on a dependent that was let go is its trial: a proven one closes its breaker, and the next layer follows', async () => {
  const bench = await letGo();
  expect(await goIn(bench, 'a')).toBe(true);
  expect(await goIn(bench, 'b')).toBe(false);
  await settleBreaker(bench.ctx, outcome('a', 'verified'));
  expect(await openTo(bench, 'checkout')).toBe(true);
  await recoverBreakers(bench.ctx);
  expect(bench.of('BreakerChanged').slice(-2)).toMatchObject([
    { data: { target: 'checkout/us-east-1', action: 'all', from: 'half-open', to: 'closed' } },
    { data: { target: 'front/us-east-1', action: 'all', from: 'held', to: 'half-open' } },
  ]);
});

test('a trial that fails opens the breaker of the dependent, which closes by itself when it is well after the wait', async () => {
  const bench = await letGo();
  await goIn(bench, 'a');
  await settleBreaker(bench.ctx, outcome('a', 'undone'));
  expect(await openTo(bench, 'checkout')).toBe(false);
  await setHealth(bench, 'checkout', 'healthy');
  await recoverBreakers(bench.ctx);
  expect(await openTo(bench, 'checkout')).toBe(false);
  await bench.pass(1801);
  await recoverBreakers(bench.ctx);
  expect(await openTo(bench, 'checkout')).toBe(true);
});

test('a planner that died after it had gone in, and asks again, still has its place', async () => {
  const bench = await letGo();
  expect(await goIn(bench, 'a')).toBe(true);
  expect(await goIn(bench, 'a')).toBe(true);
});

test('what nobody looks at any more holds nobody', async () => {
  const bench = regionContext(chain);
  await protectDependents(bench.ctx, 'payments');
  await recoverBreakers(bench.ctx);
  expect(bench.of('BreakerChanged').at(-1)).toMatchObject({ data: { target: 'checkout/us-east-1', from: 'held', to: 'half-open' } });
});
