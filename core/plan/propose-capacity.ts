import * as z from 'zod';
import type { Deployment, Service } from '../config/schema.ts';
import type { StageContext } from '../config/stage-context.ts';
import { readSignal } from '../knowledge/signals.ts';
import { putStored, readStored } from '../knowledge/stored.ts';
import { type CapacityChange, storeKey, type Target } from '../model/index.ts';
import type { Forecaster } from '../ports/index.ts';
import { within } from '../ports/within.ts';
import { planCapacity } from './capacity/plan-capacity.ts';
import { automaticForecaster } from './forecast/automatic.ts';

/** More units before they are needed: a wish that the planner puts under the same policies as every other action. */
export interface CapacityAsk {
  target: Target & { region: string };
  change: CapacityChange & { kind: 'count' };
  /** Units that run now. */
  from: number;
  reason: string;
}

const callMs = 8_000;
const stepSeconds = 300;
const historyMinutes = 7 * 24 * 60;
/** What the loop plans to use of a unit; the rest is for what no forecast knows. */
const targetUtilization = 0.7;
/** Until a new unit serves, with its health checks. */
const startSeconds: Record<Deployment['kind'], number> = { ecs: 120, asg: 240, lambda: 10 };

const Turn = z.object({ at: z.number() });
const forecasterOfDays = automaticForecaster({ day: 86_400 / stepSeconds });

/**
 * Every five minutes: for each service here whose requests are measured and whose units' capacity is known, the size that the next hour
 * needs. It only ever asks for more: as a floor under the platform's own rule, which takes back what is too much (docs/experiments).
 */
export async function proposeCapacity(ctx: StageContext, forecaster: Forecaster = forecasterOfDays): Promise<CapacityAsk[]> {
  if (!(await takeTurn(ctx))) return [];
  const asks: CapacityAsk[] = [];
  for (const service of ctx.config.services) {
    const deployment = service.deployments[ctx.region];
    if (deployment === undefined || deployment.kind === 'lambda' || deployment.unitCapacityPerSecond === undefined) continue;
    const ask = await askFor(ctx, service, deployment, deployment.unitCapacityPerSecond, forecaster);
    if (ask !== null) asks.push(ask);
  }
  return asks;
}

/** Whoever writes first has the turn; a table that does not answer means no proposal, never two. */
async function takeTurn(ctx: StageContext): Promise<boolean> {
  const { store, clock } = ctx.ports;
  const key = storeKey.detector('capacity-plan');
  const read = await readStored(store, clock, key, Turn);
  if (!read.ok) return false;
  const last = read.value.value?.at;
  if (last !== undefined && clock.now() - last < stepSeconds * 1000) return false;
  const taken = await putStored(store, clock, key, { at: clock.now() }, read.value.version);
  return taken.ok;
}

async function askFor(
  ctx: StageContext,
  service: Service,
  deployment: Deployment,
  loadPerUnit: number,
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
  return { target, change, from: units, reason: `capacity plan for ${service.name} in ${ctx.region}: ${reason}` };
}

/** Requests a second at equal steps up to now, NaN where nothing was measured; null when nothing is measured at all. */
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
  return load.length === 0 ? null : load;
}
