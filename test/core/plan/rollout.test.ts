import { describe, expect, test } from 'vitest';
import { createReleases, divide } from '../../../adapters/memory/release-control.ts';
import { putStored } from '../../../core/knowledge/stored.ts';
import { Plan, Run, storeKey } from '../../../core/model/index.ts';
import { operate } from '../../../core/plan/operator.ts';
import { checkout, checkoutGroup, shop, shopRegions } from '../../../simulator/scenarios/shop.ts';
import { incidentOf } from '../incident-of.ts';
import { configOf, type RegionBench, regionContext } from '../region-context.ts';

const key = 'checkout/us-east-1';
const order = { command: 'rollout', service: 'checkout', release: 'v3', by: 'ann', reason: 'the new checkout' };

/** checkout behind an alias on v2, with v3 published. */
function onLambda(): RegionBench {
  const lambda = { kind: 'lambda' as const, function: 'checkout', baselineUnits: 4, maxUnits: 24 };
  const deployments = Object.fromEntries(shopRegions.map((region) => [region, lambda]));
  const bench = regionContext(configOf(shop([checkout({ deployments })], [checkoutGroup(4)])));
  const released = createReleases(
    ['v1', 'v2', 'v3'].map((version, at) => ({ version, at })),
    0,
    true,
  );
  divide(released, { stable: 'v2', canary: null, share: 0 });
  bench.releases.services[key] = released;
  return bench;
}

const keep = (bench: RegionBench, at: string, value: unknown) => putStored(bench.ctx.ports.store, bench.clock, at, value, 0);
const said = async (bench: RegionBench, over: object = {}) => {
  const done = await operate(bench.ctx, { ...order, ...over });
  return done.ok ? `done: ${done.value.lines.join()}` : `${done.code}: ${done.reason}`;
};
const itemsOf = (bench: RegionBench, region: string, family: string) =>
  [...(bench.states.get(region)?.items.values() ?? [])].filter((item) => item.key.startsWith(family)).map((item) => item.body);

describe('a staged rollout', () => {
  test('is planned in four stages with the judge after each but the last, kept at the peers and started', async () => {
    const bench = onLambda();
    expect(await said(bench)).toContain('roll v3 of checkout out in us-east-1 to 5 %, 25 %, 50 %, 100 % of the callers, who get v2 now');
    expect(bench.started).toMatchObject([{ machine: 'rollout' }]);
    const [plan] = itemsOf(bench, 'eu-west-1', 'plan#').map((body) => Plan.parse(body));
    expect(plan?.steps.map((step) => step.id)).toEqual([
      ...['stage-1', 'judge-1', 'stage-2', 'judge-2', 'stage-3', 'judge-3', 'stage-4', 'recover'],
    ]);
    expect(plan?.steps.filter((step) => step.undo !== null).map((step) => [step.id, step.undo?.kind, step.args.share])).toEqual([
      ['stage-1', 'return-share', 0.05],
      ['stage-2', 'return-share', 0.25],
      ['stage-3', 'return-share', 0.5],
      ['stage-4', 'return-share', 1],
    ]);
    expect(itemsOf(bench, 'eu-west-1', 'run#').map((body) => Run.parse(body))).toMatchObject([
      { action: 'rollout', epoch: 1, holder: 'us-east-1', state: 'running', target: { service: 'checkout', region: 'us-east-1' } },
    ]);
  });

  test('waits for what is under way on the target', async () => {
    const bench = onLambda();
    await said(bench);
    expect(await said(bench)).toMatch(/^conflict: rollout-\S+ is under way there: wait for its end/);
    expect(bench.started).toHaveLength(1);
  });

  test('has an epoch above every one that has written to the service here', async () => {
    const bench = onLambda();
    await bench.ctx.ports.store.claim(storeKey.lease(key), 7, 0, 'somebody', { deadlineAt: bench.clock.now() + 1_000 });
    await said(bench);
    expect(itemsOf(bench, 'eu-west-1', 'run#').map((body) => Run.parse(body).epoch)).toEqual([8]);
  });

  test.each<[string, object, (bench: RegionBench) => unknown, RegExp]>([
    [
      'a service that is not deployed here',
      { service: 'basket' },
      () => {},
      /not-found: "basket" is not deployed in us-east-1; there is checkout/,
    ],
    [
      'a release that nobody knows',
      { release: 'v9' },
      () => {},
      /refused: checkout has no release "v9" in us-east-1; there are v3, v2, v1/,
    ],
    ['a release that serves already', { release: 'v2' }, () => {}, /refused: all callers of checkout in us-east-1 get v2 already/],
    ['no reason', { reason: '' }, () => {}, /invalid: reason: a reason is asked for/],
    [
      'callers that somebody divides',
      {},
      (bench) => {
        const released = bench.releases.services[key];
        if (released) divide(released, { stable: 'v2', canary: 'v1', share: 0.1 });
      },
      /refused: 10 % of the callers of checkout get v1 already: end that first/,
    ],
    [
      'a service without an alias',
      {},
      (bench) => {
        bench.releases.services[key] = createReleases([{ version: 'v3', at: 0 }], 0);
      },
      /invalid: checkout has no alias that divides its callers/,
    ],
    [
      'a switch that is on',
      {},
      (bench) => operate(bench.ctx, { command: 'pause', by: 'bob', reason: 'drill' }),
      /refused: pause is on, by bob/,
    ],
    [
      'trouble',
      {},
      (bench) => keep(bench, storeKey.incident('inc-1'), trouble),
      /refused: inc-1 is acting: nothing is rolled out into trouble/,
    ],
  ])('is refused with %s, and says why', async (_what, over, prepare, words) => {
    const bench = onLambda();
    await prepare(bench);
    expect(await said(bench, over)).toMatch(words);
    expect(bench.started).toEqual([]);
  });
});

const trouble = incidentOf();
