import { describe, expect, it } from 'vitest';
import { type CapacityDemand, planCapacity } from '../../../../core/plan/capacity/plan-capacity.ts';
import { automaticForecaster } from '../../../../core/plan/forecast/automatic.ts';
import { reconcile } from '../../../../core/plan/scaling/horizontal.ts';
import { replicasForUtilization } from '../../../../core/plan/scaling/replicas.ts';
import type { Forecaster } from '../../../../core/ports/index.ts';
import { numbers } from '../forecast/series.ts';

const known = (mean: number[], spread = 0): Forecaster => ({
  forecast: (_, horizon) => {
    const values = Array.from({ length: horizon }, (_unused, step) => mean[step] ?? mean.at(-1) ?? 0);
    return { mean: values, low: values.map((value) => value - spread), high: values.map((value) => value + spread), model: 'known' };
  },
});
const demand: CapacityDemand = {
  load: [100],
  stepSeconds: 300,
  loadPerUnit: 50,
  targetUtilization: 0.5,
  units: 4,
  ceiling: { min: 1, max: 20, maxFactor: 3, quota: null },
  startSeconds: 60,
};

describe('the capacity plan', () => {
  it('is there five minutes and a start before the demand and stays five minutes after it', async () => {
    // One step of 300 at 1500 s: the start takes part of a step, so the plan rises two steps ahead.
    const { schedule, change } = await planCapacity(demand, known([100, 100, 100, 100, 300, 100]));
    expect(change).toBeNull();
    expect(schedule).toEqual([
      { inSeconds: 0, units: 4 },
      { inSeconds: 900, units: 12 },
      { inSeconds: 2100, units: 4 },
    ]);
  });

  it('asks for the change that is due now, within policy', async () => {
    expect((await planCapacity(demand, known([250]))).change).toEqual({ kind: 'count', desired: 10 });
    const capped = await planCapacity(demand, known([5000]));
    expect(capped.change).toEqual({ kind: 'count', desired: 12 });
    expect(capped.reason).toContain('factor allows 12');
    expect((await planCapacity({ ...demand, load: [20] }, known([20]))).change).toEqual({ kind: 'count', desired: 1 });
  });

  it('plans what is expected to the target, the upper bound of the forecast to the last unit, and keeps what is needed now', async () => {
    // 100 at a target of a half are 4 units of 50; these carry up to 200, and a bound beyond that needs more of them.
    expect((await planCapacity({ ...demand, load: [10], units: 3 }, known([100], 90))).change).toEqual({ kind: 'count', desired: 4 });
    expect((await planCapacity({ ...demand, load: [10] }, known([100], 190))).change).toEqual({ kind: 'count', desired: 6 });
    expect((await planCapacity({ ...demand, load: [200, Number.NaN] }, known([0]))).change).toEqual({ kind: 'count', desired: 8 });
  });

  it('takes a high measurement for noise inside the interval of the forecast, and at its word beyond', async () => {
    expect((await planCapacity({ ...demand, load: [150] }, known([100], 80))).change).toBeNull();
    expect((await planCapacity({ ...demand, load: [200] }, known([100], 80))).change).toEqual({ kind: 'count', desired: 8 });
  });

  it('does not shrink while the load is not measured, and keeps the size for a unit that carries nothing', async () => {
    const silent = [100, Number.NaN, Number.NaN, Number.NaN];
    expect((await planCapacity({ ...demand, load: silent }, known([0]))).change).toBeNull();
    expect((await planCapacity({ ...demand, load: [] }, known([0]))).change).toBeNull();
    expect((await planCapacity({ ...demand, load: silent }, known([250]))).change).toEqual({ kind: 'count', desired: 10 });
    expect((await planCapacity({ ...demand, loadPerUnit: 0 }, known([100]))).change).toBeNull();
  });

  it('saturates less than the HPA rule alone at no more than 1.1 times its unit-hours', async () => {
    const alone = await runDay(false);
    const planned = await runDay(true);
    expect(planned.saturatedSteps).toBeLessThan(alone.saturatedSteps);
    expect(planned.unitSteps / alone.unitSteps).toBeLessThanOrEqual(1.1);
  });
});

const PER_UNIT = 50;
const TARGET_PERCENT = 70;
const DAY = 144;

/** Steep mornings, quiet nights, noise; steps of ten minutes. */
function load(days: number): number[] {
  const next = numbers(11);
  return Array.from({ length: days * DAY }, (_, step) => {
    const hour = (step % DAY) / 6;
    const busy = 1 / (1 + Math.exp(-12 * (hour - 8))) - 1 / (1 + Math.exp(-12 * (hour - 20)));
    return (200 + 800 * busy) * (1 + 0.04 * (next() - 0.5));
  });
}

/** The fifteenth day under the HPA rule, alone or with the plan's proposal as a floor; a new unit serves from the second step on. */
async function runDay(withPlan: boolean): Promise<{ saturatedSteps: number; unitSteps: number }> {
  const series = load(15);
  const forecaster = automaticForecaster({ day: DAY });
  let units = 6;
  let ready = units;
  let [saturatedSteps, unitSteps] = [0, 0];
  for (let step = 14 * DAY; step < 15 * DAY; step++) {
    const serving = Math.min(units, ready);
    ready = units;
    const now = series[step] ?? 0;
    if (now > serving * PER_UNIT) saturatedSteps++;
    unitSteps += units;
    let wish = hpaWish(units, now);
    if (withPlan) wish = Math.max(wish, await planned(series.slice(0, step + 1), units, forecaster));
    units = wish;
  }
  return { saturatedSteps, unitSteps };
}

function hpaWish(units: number, now: number): number {
  const usageMilli = Math.round((1000 * now) / (units * PER_UNIT));
  const pods = Array.from({ length: units }, (_, index) => ({
    name: `unit-${index}`,
    phase: 'Running' as const,
    ready: true,
    warmingUp: false,
    deleting: false,
    requestMilli: 1000,
    usageMilli,
  }));
  const proposal = replicasForUtilization({ pods, strangers: [], currentReplicas: units, tolerance: 0.1 }, TARGET_PERCENT, true);
  const spec = {
    minReplicas: 2,
    maxReplicas: 60,
    behavior: null,
    downscaleStabilizationSeconds: 300,
    scaleUpLimit: { factor: 2, minimum: 4 },
  };
  const state = { currentReplicas: units, recommendations: [], history: { up: [], down: [] } };
  return reconcile(spec, state, () => [{ name: 'cpu', proposal, invalidReason: '' }]).replicas;
}

async function planned(history: number[], units: number, forecaster: Forecaster): Promise<number> {
  const { schedule } = await planCapacity(
    {
      ...demand,
      stepSeconds: 600,
      load: history,
      units,
      loadPerUnit: PER_UNIT,
      targetUtilization: TARGET_PERCENT / 100,
      startSeconds: 1200,
    },
    forecaster,
  );
  return schedule[0]?.units ?? units;
}
