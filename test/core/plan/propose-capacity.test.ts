import { describe, expect, it } from 'vitest';
import { readCapacityAsks } from '../../../core/knowledge/capacity-asks.ts';
import { proposeCapacity } from '../../../core/plan/propose-capacity.ts';
import type { Forecaster } from '../../../core/ports/index.ts';
import { checkout, checkoutGroup, ecs, shop, shopRegions } from '../../../simulator/scenarios/shop.ts';
import { configOf, regionContext, startAt } from '../region-context.ts';

const targetGroup = 'arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/checkout/0123456789abcdef';

/** A day and two hours of five minutes each. */
const known = 312;

/** Units of 50 requests a second, four of them; `perSecond` for each five minutes of the last day and two hours, which are steps 0 to 23. */
function measured(perSecond: (step: number) => number | null, maxUnits = 24, steps = known) {
  const deployments = Object.fromEntries(shopRegions.map((region) => [region, { ...ecs(4, maxUnits), targetGroups: [targetGroup] }]));
  const bench = regionContext(configOf(shop([checkout({ deployments })], [checkoutGroup(1)])));
  for (let step = 24 - steps; step < 24; step += 1) {
    const value = perSecond(step);
    if (value === null) continue;
    for (let minute = 0; minute < 5; minute += 1)
      bench.cloudwatch.put(
        'AWS/ApplicationELB',
        {
          name: 'RequestCount',
          dimensions: { TargetGroup: 'targetgroup/checkout/0123456789abcdef' },
          at: startAt - 7_200_000 + (step * 5 + minute) * 60_000,
          value: value * 60,
        },
        0,
      );
  }
  return bench;
}

const flat = (mean: number): Forecaster => ({
  forecast: (_, horizon) => {
    const values = new Array<number>(horizon).fill(mean);
    return { mean: values, low: values, high: values, model: 'flat' };
  },
});

type Bench = ReturnType<typeof regionContext>;

/** What stands in the table after a minute of the plan function. */
async function asked({ ctx }: Bench, forecaster: Forecaster) {
  await proposeCapacity(ctx, forecaster);
  const asks = await readCapacityAsks(ctx);
  return asks.ok ? asks.value : null;
}

describe('the capacity proposal', () => {
  it('asks for the units that the forecast needs, and says why', async () => {
    const asks = await asked(
      measured(() => 100),
      flat(280),
    );
    expect(asks).toMatchObject({ checkout: { from: 4, desired: 8, reason: expect.stringContaining('4 units now, 8 wanted') } });
  });

  it('reads the load a second from the sums of five minutes, without the step that is not over', async () => {
    const seen: number[][] = [];
    const { ctx } = measured((step) => (step === 5 ? null : 100 + step));
    const watching: Forecaster = {
      forecast(series, horizon) {
        seen.push(series);
        return flat(0).forecast(series, horizon);
      },
    };
    await proposeCapacity(ctx, watching);
    expect(seen[0]).toHaveLength(known);
    const lately = seen[0]?.slice(-24);
    expect(lately?.[0]).toBeCloseTo(100);
    expect(lately?.[5]).toBeNaN();
    expect(lately?.[23]).toBeCloseTo(123);
  });

  it('never asks for less, nor for more than the deployment, the policy and the quota allow', async () => {
    expect(
      await asked(
        measured(() => 10),
        flat(10),
      ),
    ).toEqual({});
    expect(
      await asked(
        measured(() => 100, 6),
        flat(5_000),
      ),
    ).toMatchObject({ checkout: { desired: 6 } });
  });

  it('has its turn once in five minutes; what was asked stands until the next', async () => {
    const bench = measured(() => 100);
    await asked(bench, flat(280));
    await bench.pass(299);
    expect(await asked(bench, flat(10))).toMatchObject({ checkout: { desired: 8 } });
    await bench.pass(2);
    expect(await asked(bench, flat(10))).toEqual({});
  });

  it('is believed for a quarter of an hour: a plan that is not renewed asks for nothing', async () => {
    const bench = measured(() => 100);
    await asked(bench, flat(280));
    await bench.pass(901);
    expect(await readCapacityAsks(bench.ctx)).toMatchObject({ value: {} });
  });

  it('asks for nothing before a day is known to try the forecast on', async () => {
    expect(
      await asked(
        measured(() => 100, 24, 288),
        flat(280),
      ),
    ).toEqual({});
  });

  it('asks for nothing where requests are not measured, and keeps nothing where none can be', async () => {
    expect(
      await asked(
        measured(() => null),
        flat(280),
      ),
    ).toEqual({});
    const bare = regionContext();
    expect(await asked(bare, flat(280))).toEqual({});
    const kept = [...bare.states.values()].flatMap(({ items }) => [...items.keys()]);
    expect(kept.filter((key) => key.startsWith('detector#'))).toEqual([]);
  });
});
