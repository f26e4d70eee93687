import { planCapacity } from '../../../core/plan/capacity/plan-capacity.ts';
import { automaticForecaster } from '../../../core/plan/forecast/automatic.ts';
import type { Recommendation, ScaleHistory } from '../../../core/plan/scaling/behavior.ts';
import { reconcile } from '../../../core/plan/scaling/horizontal.ts';
import { pidStep } from '../../../core/plan/scaling/pid.ts';
import { replicasForUtilization } from '../../../core/plan/scaling/replicas.ts';
import type { Forecast } from '../../../core/ports/index.ts';
import { minutesPerDay } from './loads.ts';
import { type Controller, loadPerUnit, type Reading, targetUtilization, unitsMax, unitsMin } from './plant.ts';

/** The plan, and everything else that looks ahead, thinks in steps of five minutes. */
const stepMinutes = 5;
const stepSeconds = stepMinutes * 60;

/** Kubernetes' rule as it is shipped: tolerance 10 %, five minutes of downscale stabilisation, evaluated once a minute. */
export function hpaController(): Controller {
  let recommendations: Recommendation[] = [];
  const history: ScaleHistory = { up: [], down: [] };
  const spec = {
    ...{ minReplicas: unitsMin, maxReplicas: unitsMax, behavior: null, downscaleStabilizationSeconds: 300 },
    scaleUpLimit: { factor: 2, minimum: 4 },
  };
  return ({ loads, desired, ready }) => {
    const usageMilli = Math.round((1000 * (loads.at(-1) ?? 0)) / (Math.max(1, ready) * loadPerUnit));
    const pods = Array.from({ length: desired }, (_, index) => ({
      ...{ name: `unit-${index}`, phase: 'Running' as const, ready: index < ready, warmingUp: index >= ready, deleting: false },
      ...{ requestMilli: 1000, usageMilli: index < ready ? usageMilli : 0 },
    }));
    const proposal = replicasForUtilization(
      { pods, strangers: [], currentReplicas: desired, tolerance: 0.1 },
      100 * targetUtilization,
      true,
    );
    const aged = recommendations.map((each) => ({ ...each, secondsAgo: each.secondsAgo + 60 }));
    const decision = reconcile(spec, { currentReplicas: desired, recommendations: aged, history }, () => [
      { name: 'cpu', proposal, invalidReason: '' },
    ]);
    recommendations = decision.recommendations.filter((each) => each.secondsAgo < 600);
    return decision.replicas;
  };
}

/** Gains by hand on the calm diurnal load: quick without ringing. */
export function pidController(): Controller {
  const config = {
    ...{ proportional: 20, integral: 0.08, derivative: 0, setpoint: targetUtilization },
    ...{ outputMin: unitsMin, outputMax: unitsMax, filterSeconds: 120 },
  };
  let state: { integral: number; measurement: number | null; slope: number } | null = null;
  return ({ loads, desired, ready }) => {
    state ??= { integral: desired, measurement: null, slope: 0 };
    const stepped = pidStep(config, state, (loads.at(-1) ?? 0) / (Math.max(1, ready) * loadPerUnit), 60);
    state = stepped.state;
    return Math.ceil(stepped.output);
  };
}

type Aggregate = (minutes: readonly number[]) => number;
const mean: Aggregate = (minutes) => minutes.reduce((sum, each) => sum + each, 0) / minutes.length;
const peak: Aggregate = (minutes) => Math.max(...minutes);

/** Each step of five minutes as one figure. */
function stepsOf(loads: readonly number[], aggregate: Aggregate): number[] {
  const steps: number[] = [];
  for (let end = loads.length; end - stepMinutes >= 0; end -= stepMinutes) steps.push(aggregate(loads.slice(end - stepMinutes, end)));
  return steps.reverse();
}

const forecaster = automaticForecaster({ day: minutesPerDay / stepMinutes });

/** The capacity plan alone, made anew every five minutes. */
export function planController(aggregate: Aggregate = peak): Controller {
  let wish: number | null = null;
  return async ({ minute, loads, desired, startMinutes }) => {
    if (wish !== null && minute % stepMinutes !== stepMinutes - 1) return wish;
    const { change } = await planCapacity(
      {
        ...{
          load: stepsOf(loads, aggregate),
          stepSeconds,
          loadPerUnit,
          targetUtilization,
          units: desired,
          startSeconds: startMinutes * 60,
        },
        ceiling: { min: unitsMin, max: unitsMax, maxFactor: 3, quota: null },
      },
      forecaster,
    );
    wish = change?.kind === 'count' ? change.desired : desired;
    return wish;
  };
}

/** HPA once a minute, never below what the one that looks ahead asks for. It only has to see the mean: HPA follows the noise already. */
function overHpa(ahead: Controller): Controller {
  const hpa = hpaController();
  return async (reading) => Math.max(await hpa(reading), await ahead(reading));
}

/** The product's default. */
export const planOverHpaController = (): Controller => overHpa(planController(mean));
export const mpcOverHpaController = (): Controller => overHpa(mpcController(mean));

const mpcSteps = 12;
/** In units of one unit for one step: what a unit too few costs, squared, and what a change costs. */
const mpcShortage = 6;
const mpcChange = 0.3;

/** Model-predictive: the cheapest path of sizes through the next hour's forecast by dynamic programming; its first move is made. */
export function mpcController(aggregate: Aggregate = peak): Controller {
  let wish: number | null = null;
  return async ({ minute, loads, desired, startMinutes }) => {
    if (wish !== null && minute % stepMinutes !== stepMinutes - 1) return wish;
    const forecast = await forecaster.forecast(stepsOf(loads, aggregate), mpcSteps);
    wish = firstMove(forecast, desired, Math.ceil(startMinutes / stepMinutes), aggregate(loads.slice(-stepMinutes)));
    return wish;
  };
}

function firstMove(forecast: Forecast, units: number, delaySteps: number, latest: number): number {
  const levels = Array.from({ length: unitsMax - unitsMin + 1 }, (_, index) => unitsMin + index);
  const need = [latest, ...forecast.mean].map((load) => load / (loadPerUnit * targetUtilization));
  let costs = levels.map(() => 0);
  for (let step = mpcSteps - 1; step >= 1; step -= 1)
    costs = levels.map(
      (level, index) => bestNext(level, index, costs, levels).cost + stage(level, need[step + delaySteps] ?? need.at(-1) ?? 0),
    );
  const now = Math.max(need[0] ?? 0, need[delaySteps] ?? 0);
  const total = levels.map((level, index) => (costs[index] ?? 0) + stage(level, now) + mpcChange * Math.abs(level - units));
  return levels[total.indexOf(Math.min(...total))] ?? units;
}

function stage(level: number, need: number): number {
  return level + mpcShortage * Math.max(0, need - level) ** 2;
}

/** Changing one level at a time is enough to look at: the cost of a change is linear. */
function bestNext(level: number, index: number, costs: readonly number[], levels: readonly number[]): { cost: number } {
  let cost = costs[index] ?? 0;
  for (let reach = 1; reach <= 15; reach += 1) {
    for (const other of [index - reach, index + reach]) {
      const there = costs[other];
      if (there !== undefined) cost = Math.min(cost, there + mpcChange * Math.abs((levels[other] ?? level) - level));
    }
  }
  return { cost };
}

/** Adaptive: level and slope of the load by recursive least squares with forgetting, headroom by the error of its own predictions. */
export function adaptiveController(): Controller {
  const forgetting = 0.9;
  let level: number | null = null;
  let slope = 0;
  let variance = 0;
  return ({ loads, startMinutes }: Reading) => {
    const load = loads.at(-1) ?? 0;
    if (level === null) level = load;
    const predicted: number = level + slope;
    const error = load - predicted;
    level = predicted + (1 - forgetting ** 2) * error;
    slope += (1 - forgetting) ** 2 * error;
    variance = 0.98 * variance + 0.02 * error ** 2;
    const ahead = level + slope * (startMinutes + 1);
    return Math.ceil(Math.max(ahead / targetUtilization, ahead + 3 * Math.sqrt(variance)) / loadPerUnit);
  };
}
