import type { StageContext } from '../config/stage-context.ts';
import {
  type CapacityAsk,
  CapacityAsks,
  capacityAsksKey,
  capacityTurnSeconds,
  type PlannedService,
  plannedServices,
} from '../knowledge/capacity-asks.ts';
import { readSignal } from '../knowledge/signals.ts';
import { putStored, readStored } from '../knowledge/stored.ts';
import type { Forecaster } from '../ports/index.ts';
import { within } from '../ports/within.ts';
import { planCapacity } from './capacity/plan-capacity.ts';
import { automaticForecaster } from './forecast/automatic.ts';

const callMs = 8_000;
/** One point of the history stands for as long as one turn. */
const stepSeconds = capacityTurnSeconds;
const stepsADay = 86_400 / stepSeconds;
const forecasterOfDays = automaticForecaster({ day: stepsADay });
const historyMinutes = 7 * 24 * 60;
/** What the loop plans to use of a unit; the rest is for what no forecast knows. */
const targetUtilization = 0.7;
/** Until a new unit serves, with its health checks. */
const startSeconds: Record<PlannedService['deployment']['kind'], number> = { ecs: 120, asg: 240, lambda: 10 };

/**
 * Every five minutes: for each service here whose requests are measured and whose units' capacity is known, the size that the next hour
 * needs. It only ever asks for more: as a floor under the platform's own rule, which takes back what is too much (docs/experiments).
 * What is asked for stands in the own table until the next turn; analysis makes an incident of it (alert `capacity-forecast`).
 */
export async function proposeCapacity(ctx: StageContext, forecaster: Forecaster = forecasterOfDays): Promise<void> {
  const planned = plannedServices(ctx);
  if (planned.length === 0) return;
  const version = await takeTurn(ctx);
  if (version === null) return;
  const asks: CapacityAsks['asks'] = {};
  for (const each of planned) {
    const ask = await askFor(ctx, each, forecaster);
    if (ask !== null) asks[each.service.name] = ask;
  }
  await putStored(ctx.ports.store, ctx.ports.clock, capacityAsksKey, { at: ctx.ports.clock.now(), asks }, version);
}

/** Whoever writes first has the turn, and writes next on the version answered; a table that does not answer means no proposal, never two. */
async function takeTurn(ctx: StageContext): Promise<number | null> {
  const { store, clock } = ctx.ports;
  const read = await readStored(store, clock, capacityAsksKey, CapacityAsks);
  if (!read.ok) return null;
  const last = read.value.value;
  if (last !== null && clock.now() - last.at < stepSeconds * 1000) return null;
  // The last asks stand until the new ones are there.
  const taken = await putStored(store, clock, capacityAsksKey, { at: clock.now(), asks: last?.asks ?? {} }, read.value.version);
  return taken.ok ? taken.value.version : null;
}

async function askFor(
  ctx: StageContext,
  { service, deployment, loadPerUnit }: PlannedService,
  forecaster: Forecaster,
): Promise<CapacityAsk | null> {
  const target = { service: service.name, region: ctx.region };
  const call = () => within(ctx.ports.clock, callMs);
  const load = await readLoad(ctx, service.name);
  if (load === null) return null;
  const [now, quota] = await Promise.all([ctx.ports.capacity.snapshot(target, call()), ctx.ports.capacity.quota(target, call())]);
  if (!now.ok) return null;
  const { policies } = ctx.config;
  const units = now.value.desired;
  const { change, reason } = await planCapacity(
    {
      ...{ load, stepSeconds, loadPerUnit, targetUtilization, units, startSeconds: startSeconds[deployment.kind] },
      ceiling: {
        min: deployment.minUnits,
        max: Math.min(deployment.maxUnits, policies.ceilingUnits),
        maxFactor: policies.maxScaleFactor,
        quota: quota.ok ? quota.value.limit - quota.value.used + units : null,
      },
    },
    forecaster,
  );
  if (change?.kind !== 'count' || change.desired <= units) return null;
  return { desired: change.desired, from: units, reason: `capacity plan for ${service.name} in ${ctx.region}: ${reason}` };
}

/**
 * Requests a second at equal steps up to now, NaN where nothing was measured. Null when less than a day is known: until the methods could
 * be tried on a day that has passed, what they say is a guess, and nobody scales on a guess.
 */
async function readLoad(ctx: StageContext, service: string): Promise<number[] | null> {
  const reading = await readSignal(ctx, service, ctx.region, 'requestsPerMinute', historyMinutes, stepSeconds);
  const first = reading.ok ? reading.value.points[0] : undefined;
  if (!reading.ok || first === undefined) return null;
  // The step that runs now is not over: its sum would look like a fall of the load.
  const steps = Math.floor((ctx.ports.clock.now() - first.at) / (stepSeconds * 1000));
  const load = new Array<number>(Math.max(0, steps)).fill(Number.NaN);
  for (const point of reading.value.points) {
    const step = Math.round((point.at - first.at) / (stepSeconds * 1000));
    if (step < load.length) load[step] = point.value / stepSeconds;
  }
  return load.length <= stepsADay ? null : load;
}
