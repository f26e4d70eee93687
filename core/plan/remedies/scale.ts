import * as z from 'zod';
import { findService } from '../../config/derive.ts';
import type { StageContext } from '../../config/stage-context.ts';
import { readCapacityAsks } from '../../knowledge/capacity-asks.ts';
import {
  type Capacity,
  type CapacityChange,
  failed,
  fargateSizeFor,
  JsonObject,
  ok,
  type Result,
  type Step,
  type Target,
} from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { trackTargets } from '../scaling/target-tracking.ts';
import { once, step } from '../step.ts';
import type { Remedy } from './remedy.ts';

const callMs = 8_000;
/** The saturation has to fall by this share within two periods of a minute, else the scaling did not help. */
const reliefShare = 0.2;
const reliefSeconds = 150;
const targetSaturation = 0.6;
/** Of what does not say how busy it is: an alert has brought us here. */
const assumedSaturation = 0.9;

const Args = z.object({
  /** Units to run, as a multiple of what runs. */
  factor: z.number().positive().optional(),
  cpuFactor: z.number().positive().optional(),
  memoryFactor: z.number().positive().optional(),
  /** The count that the capacity forecast asks for, before it is needed. */
  ahead: z.boolean().default(false),
});
type Args = z.infer<typeof Args>;

/** More units, or bigger ones; never over the policy's factor and ceiling, the deployment's maximum, or the quota. */
export const scale: Remedy = async (ctx, incident, rawArgs) => {
  const args = Args.safeParse(rawArgs).data ?? { ahead: false };
  const { service, region } = incident.subject;
  if (region === undefined || region !== ctx.region) return failed('refused', `${service} is scaled from its own region`);
  const deployment = findService(ctx.config, service)?.deployments[region];
  if (deployment === undefined) return failed('refused', `${service} has no deployment in ${region}`);
  const target: Target = { service, region };
  const seen = await ctx.ports.capacity.snapshot(target, within(ctx.ports.clock, callMs));
  if (!seen.ok) return seen;
  const now = unitsOf(seen.value);
  const ceiling = Math.min(
    deployment.maxUnits,
    ctx.config.policies.ceilingUnits,
    Math.floor(Math.max(1, now.desired) * ctx.config.policies.maxScaleFactor),
  );
  const wanted = await changeFor(ctx, service, now, args, ceiling);
  if (!wanted.ok) return wanted;
  const change = inItsKind(now, wanted.value);
  const quota = await ctx.ports.capacity.quota(target, within(ctx.ports.clock, callMs));
  const more = moreOf(now, change);
  if (quota.ok && quota.value.used + more > quota.value.limit)
    return failed('refused', `quota: ${quota.value.used} of ${quota.value.limit} units are used, ${more} more are wanted`);
  const stageArgs = JsonObject.parse({ changes: [{ target: { service, region }, change }] });
  return ok({
    action: 'scale',
    target,
    capacityOutShare: 0,
    steps: [
      step('stage-1', 'change-capacity', stageArgs, once(420), { kind: 'restore-capacity', verify: once(420) }),
      args.ahead && wanted.value.kind === 'count' ? confirmUnits(service, region, wanted.value.desired) : confirmRelief(service, region),
    ],
    reason: `scale ${service} in ${region}${args.ahead ? ' ahead of demand' : ''}: ${words(now, change)} (ceiling ${ceiling}); ${incident.cause}`,
  });
};

/** A unit of a function is one provisioned execution. */
function unitsOf(seen: Capacity): Capacity {
  return { ...seen, desired: seen.concurrency?.provisioned ?? seen.desired };
}

/** A function has concurrency instead of a count. What is reserved is its maximum: raised where it would be below what is provisioned. */
function inItsKind(now: Capacity, change: CapacityChange): CapacityChange {
  if (now.concurrency === undefined || change.kind !== 'count') return change;
  const { reserved } = now.concurrency;
  return { kind: 'concurrency', provisioned: change.desired, reserved: reserved === null ? null : Math.max(reserved, change.desired) };
}

/** Units, or concurrent executions, that the account has to give besides those that it counts as used: reservations, where there is one. */
function moreOf(now: Capacity, change: CapacityChange): number {
  if (change.kind === 'count') return change.desired - now.desired;
  if (change.kind !== 'concurrency') return 0;
  return change.reserved === null ? change.provisioned : change.reserved - (now.concurrency?.reserved ?? 0);
}

async function changeFor(ctx: StageContext, service: string, now: Capacity, args: Args, ceiling: number): Promise<Result<CapacityChange>> {
  if (args.cpuFactor !== undefined || args.memoryFactor !== undefined) return sizeChange(now, args);
  if (!args.ahead) return countChange(now, args.factor, ceiling);
  const asks = await readCapacityAsks(ctx);
  if (!asks.ok) return asks;
  const ask = asks.value[service];
  return ask === undefined
    ? failed('refused', `the capacity plan asks for no more units of ${service}`)
    : raisedTo(now, Math.min(ask.desired, ceiling), ceiling);
}

/** Saturation that does not fall shows that units were not what was missing. */
function confirmRelief(service: string, region: string): Step {
  return step('recover', 'confirm-relief', { target: { service, region }, of: 'stage-1', share: reliefShare }, once(reliefSeconds));
}

/** Ahead of demand nothing is saturated yet: the units themselves are the proof, however busy they are already — fewer would be busier. */
function confirmUnits(service: string, region: string, desired: number): Step {
  const needs = [{ target: { service, region }, desired }];
  return step('recover', 'confirm-capacity', { needs, saturationMax: null }, once(reliefSeconds));
}

/** Units that bring the saturation down to 60 %, by target tracking; at least one more, for something is wrong here. */
function countChange(now: Capacity, factor: number | undefined, ceiling: number): Result<CapacityChange> {
  const saturation = { name: 'saturation', value: now.saturation ?? assumedSaturation, target: targetSaturation, weight: 1 };
  const wanted = factor === undefined ? trackTargets(now.desired, [saturation], 0).replicas : Math.ceil(now.desired * factor);
  return raisedTo(now, Math.min(ceiling, Math.max(wanted, now.desired + 1)), ceiling);
}

function raisedTo(now: Capacity, desired: number, ceiling: number): Result<CapacityChange> {
  if (desired <= now.desired) return failed('refused', `${now.desired} units run already and the ceiling is ${ceiling}`);
  // Floor before ceiling: a maximum below the new count would take the units away again.
  return ok({ kind: 'count', desired, ...(now.max < desired ? { max: desired } : {}) });
}

function sizeChange(now: Capacity, args: Args): Result<CapacityChange> {
  if (now.size === undefined) return failed('refused', 'the size of its units is not ours to change');
  const next = fargateSizeFor({
    cpu: now.size.cpu * (args.cpuFactor ?? 1),
    memoryMiB: now.size.memoryMiB * (args.memoryFactor ?? 1),
  });
  if (next === null)
    return failed('refused', `no larger task size than ${now.size.cpu} CPU units and ${now.size.memoryMiB} MiB fits the factors`);
  return ok({ kind: 'size', ...next });
}

function words(now: Capacity, change: CapacityChange): string {
  if (change.kind === 'count') return `${now.desired} → ${change.desired} units`;
  if (change.kind === 'size') return `${now.size?.cpu}/${now.size?.memoryMiB} → ${change.cpu}/${change.memoryMiB} CPU units/MiB`;
  if (change.kind !== 'concurrency') return change.kind;
  return `${now.desired} → ${change.provisioned} provisioned executions, ${change.reserved ?? 'none'} reserved`;
}
