import { describe, expect, it } from 'vitest';
import { proposeCapacity } from '../../../core/plan/propose-capacity.ts';
import type { Forecaster } from '../../../core/ports/index.ts';
import { checkout, checkoutGroup, ecs, shop, shopRegions } from '../../../simulator/scenarios/shop.ts';
import { configOf, regionContext, startAt } from '../region-context.ts';

const targetGroup = 'arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/checkout/0123456789abcdef';

/** Units of 50 requests a second, four of them; `perSecond` for each five minutes of the last two hours. */
function measured(perSecond: (step: number) => number | null, maxUnits = 24) {
  const deployments = Object.fromEntries(shopRegions.map((region) => [region, { ...ecs(4, maxUnits), targetGroups: [targetGroup] }]));
  const bench = regionContext(configOf(shop([checkout({ deployments })], [checkoutGroup(1)])));
  for (let step = 0; step < 24; step += 1) {
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

describe('the capacity proposal', () => {
  it('asks for the units that the forecast needs, and says why', async () => {
    const { ctx } = measured(() => 100);
    const [ask] = await proposeCapacity(ctx, flat(280));
    expect(ask).toMatchObject({ target: { service: 'checkout', region: 'us-east-1' }, from: 4, change: { kind: 'count', desired: 8 } });
    expect(ask?.reason).toContain('4 units now, 8 wanted');
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
    expect(seen[0]).toHaveLength(24);
    expect(seen[0]?.[0]).toBeCloseTo(100);
    expect(seen[0]?.[5]).toBeNaN();
    expect(seen[0]?.[23]).toBeCloseTo(123);
  });

  it('never asks for less, nor for more than the deployment, the policy and the quota allow', async () => {
    expect(await proposeCapacity(measured(() => 10).ctx, flat(10))).toEqual([]);
    const [capped] = await proposeCapacity(measured(() => 100, 6).ctx, flat(5_000));
    expect(capped?.change.desired).toBe(6);
  });

  it('has its turn once in five minutes', async () => {
    const { ctx, pass } = measured(() => 100);
    expect(await proposeCapacity(ctx, flat(280))).toHaveLength(1);
    await pass(299);
    expect(await proposeCapacity(ctx, flat(280))).toEqual([]);
    await pass(2);
    expect(await proposeCapacity(ctx, flat(280))).toHaveLength(1);
  });

  it('asks for nothing where requests are not measured', async () => {
    expect(await proposeCapacity(measured(() => null).ctx, flat(280))).toEqual([]);
    expect(await proposeCapacity(regionContext().ctx, flat(280))).toEqual([]);
  });
});
