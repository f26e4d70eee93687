import * as z from 'zod';
import { findService } from '../../config/derive.ts';
import { type Capacity, type CapacityChange, failed, fargateSizeFor, JsonObject, ok, type Result, type Target } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { once, step } from '../step.ts';
import type { Remedy } from './remedy.ts';

const callMs = 8_000;
/** The saturation has to fall by this share within two periods of a minute, else the scaling did not help. */
const reliefShare = 0.2;
const reliefSeconds = 150;
const targetSaturation = 0.6;

const Args = z.object({
  /** Units to run, as a multiple of what runs. */
  factor: z.number().positive().optional(),
  cpuFactor: z.number().positive().optional(),
  memoryFactor: z.number().positive().optional(),
});

/** More units, or bigger ones; never over the policy's factor and ceiling, the deployment's maximum, or the quota. */
export const scale: Remedy = async (ctx, incident, rawArgs) => {
  const args = Args.safeParse(rawArgs).data ?? {};
  const { service, region } = incident.subject;
  if (region === undefined || region !== ctx.region) return failed('refused', `${service} is scaled from its own region`);
  const deployment = findService(ctx.config, service)?.deployments[region];
  if (deployment === undefined) return failed('refused', `${service} has no deployment in ${region}`);
  const target: Target = { service, region };
  const now = await ctx.ports.capacity.snapshot(target, within(ctx.ports.clock, callMs));
  if (!now.ok) return now;
  const ceiling = Math.min(
    deployment.maxUnits,
    ctx.config.policies.ceilingUnits,
    Math.floor(Math.max(1, now.value.desired) * ctx.config.policies.maxScaleFactor),
  );
  const change =
    args.cpuFactor === undefined && args.memoryFactor === undefined
      ? countChange(now.value, args.factor, ceiling)
      : sizeChange(now.value, args);
  if (!change.ok) return change;
  const quota = await ctx.ports.capacity.quota(target, within(ctx.ports.clock, callMs));
  if (change.value.kind === 'count' && quota.ok && quota.value.used + change.value.desired - now.value.desired > quota.value.limit)
    return failed(
      'refused',
      `quota: ${quota.value.used} of ${quota.value.limit} units are used, ${change.value.desired - now.value.desired} more are wanted`,
    );
  const stageArgs = JsonObject.parse({ changes: [{ target: { service, region }, change: change.value }] });
  return ok({
    action: 'scale',
    target,
    capacityOutShare: 0,
    steps: [
      step('stage-1', 'change-capacity', stageArgs, once(420), { kind: 'restore-capacity', verify: once(420) }),
      step('recover', 'confirm-relief', { target: { service, region }, of: 'stage-1', share: reliefShare }, once(reliefSeconds)),
    ],
    reason: `scale ${service} in ${region}: ${words(now.value, change.value)} (ceiling ${ceiling}); ${incident.cause}`,
  });
};

/** Units that bring the saturation down to 60 %, at least one more. */
function countChange(now: Capacity, factor: number | undefined, ceiling: number): Result<CapacityChange> {
  const wanted = Math.ceil(now.desired * (factor ?? Math.max(1, (now.saturation ?? 0.9) / targetSaturation)));
  const desired = Math.min(ceiling, Math.max(wanted, now.desired + 1));
  if (desired <= now.desired) return failed('refused', `${now.desired} units run already and the ceiling is ${ceiling}`);
  // Floor before ceiling: a maximum below the new count would take the units away again.
  return ok({ kind: 'count', desired, ...(now.max < desired ? { max: desired } : {}) });
}

function sizeChange(now: Capacity, args: z.infer<typeof Args>): Result<CapacityChange> {
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
  return change.kind === 'size' ? `${now.size?.cpu}/${now.size?.memoryMiB} → ${change.cpu}/${change.memoryMiB} CPU units/MiB` : change.kind;
}
