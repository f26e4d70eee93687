import type { CapacityChange } from '../../model/index.ts';
import type { Forecast, Forecaster } from '../../ports/index.ts';
import { applyCeiling, type ScaleCeiling } from '../scaling/ceiling.ts';

export interface CapacityDemand {
  /** Load at equal steps, oldest first, the last one now; NaN where it was not measured. */
  load: number[];
  stepSeconds: number;
  /** Load that one unit carries when it is full. */
  loadPerUnit: number;
  /** Share of that which is planned with, 0..1. */
  targetUtilization: number;
  units: number;
  ceiling: ScaleCeiling;
  /** How long a new unit takes until it serves. */
  startSeconds: number;
}

interface CapacityStep {
  /** From now. */
  inSeconds: number;
  units: number;
}

/** A wish, not an act: the planner puts it under the same policies as everything else. */
export interface CapacityProposal {
  /** What to do now; null: the present size fits. */
  change: CapacityChange | null;
  /** The sizes of the next hour, at each change. */
  schedule: CapacityStep[];
  forecast: Forecast;
  reason: string;
}

/** How far the plan looks ahead. */
const PLAN_SECONDS = 3600;
/** Capacity is there this much before demand and stays this much after it. */
const BUFFER_SECONDS = 300;

/**
 * Plans the capacity of the next hour from the forecast of the load: every size covers the demand from BUFFER_SECONDS
 * before to BUFFER_SECONDS after, plus the time a unit takes to start. It shrinks only as far as the whole next buffer
 * allows, so it never undercuts what is needed now.
 */
export async function planCapacity(demand: CapacityDemand, forecaster: Forecaster): Promise<CapacityProposal> {
  const horizon = Math.ceil((PLAN_SECONDS + BUFFER_SECONDS + demand.startSeconds) / demand.stepSeconds);
  const forecast = await forecaster.forecast(demand.load, horizon);
  const ahead = forecast.mean.map((mean, step) => fullLoad(mean, forecast.high[step] ?? mean, demand));
  const needed = [presentLoad(demand, forecast, ahead), ...ahead].map((load) => unitsFor(load, demand));
  const sizes = envelope(needed, demand);
  const schedule = sizes.flatMap((units, step) => (units === sizes[step - 1] ? [] : [{ inSeconds: step * demand.stepSeconds, units }]));
  // Silence is not a quiet hour: without a recent measurement nothing shrinks.
  const recent = demand.load.slice(-1 - Math.ceil(BUFFER_SECONDS / demand.stepSeconds));
  const blind = !recent.some(Number.isFinite);
  const wish = Math.max(sizes[0] ?? 0, blind ? demand.units : 0);
  const allowed = applyCeiling(demand.units, wish, demand.ceiling);
  const peak = Math.max(...needed);
  const reason = `${demand.units} units now, ${wish} wanted, up to ${peak} within the hour (${forecast.model})${blind ? ', load not measured' : ''}; ${allowed.reason}`;
  const change: CapacityChange | null = allowed.replicas === demand.units ? null : { kind: 'count', desired: allowed.replicas };
  return { change, schedule, forecast, reason };
}

/**
 * The load that full units have to carry: the expected one within the target utilization, and the upper bound of the interval up to the
 * last of them. The target is the reserve for what is not foreseen; a part of the interval on top of it would pay for the same noise twice.
 */
function fullLoad(mean: number, high: number, { targetUtilization }: CapacityDemand): number {
  return Math.max(mean / targetUtilization, high);
}

/** The last measurement, where it is more than noise: within the interval of the forecast the forecast knows better. */
function presentLoad({ load, targetUtilization }: CapacityDemand, forecast: Forecast, ahead: readonly number[]): number {
  const last = load.findLast(Number.isFinite) ?? 0;
  const measured = last / targetUtilization;
  return last > (forecast.high[0] ?? 0) ? measured : (ahead[0] ?? measured);
}

function unitsFor(fullLoad: number, demand: CapacityDemand): number {
  const units = Math.ceil(Math.max(0, fullLoad) / demand.loadPerUnit);
  return Number.isFinite(units) ? units : demand.units;
}

/** For each step of the hour the most that is needed around it. */
function envelope(needed: readonly number[], { stepSeconds, startSeconds }: CapacityDemand): number[] {
  const before = Math.ceil(BUFFER_SECONDS / stepSeconds);
  const after = Math.ceil((BUFFER_SECONDS + startSeconds) / stepSeconds);
  const steps = Math.floor(PLAN_SECONDS / stepSeconds);
  return Array.from({ length: steps + 1 }, (_, step) => Math.max(...needed.slice(Math.max(0, step - before), step + after + 1)));
}
