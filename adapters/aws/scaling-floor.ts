import {
  type ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
  type ScalableDimension,
  type ServiceNamespace,
} from '@aws-sdk/client-application-auto-scaling';
import { failed, ok, type Result } from '../../core/model/index.ts';
import type { Call, Clock } from '../../core/ports/index.ts';
import { attempt } from './attempt.ts';

export interface ScalableResource {
  namespace: ServiceNamespace;
  resourceId: string;
  dimension: ScalableDimension;
}

export interface ScalingBounds {
  min: number;
  max: number;
}

/** Floor and ceiling that Application Auto Scaling keeps a resource between; null when nobody scales it. */
export async function readBounds(
  client: ApplicationAutoScalingClient,
  resource: ScalableResource,
  clock: Clock,
  call: Call,
): Promise<Result<ScalingBounds | null>> {
  const command = new DescribeScalableTargetsCommand({
    ServiceNamespace: resource.namespace,
    ResourceIds: [resource.resourceId],
    ScalableDimension: resource.dimension,
  });
  const answer = await attempt('application-autoscaling:DescribeScalableTargets', clock, call, (options) => client.send(command, options));
  if (!answer.ok) return answer;
  const found = answer.value.ScalableTargets?.find((target) => target.ResourceId === resource.resourceId);
  return ok(found ? { min: found.MinCapacity ?? 0, max: found.MaxCapacity ?? 0 } : null);
}

/** Floor and ceiling in one call, so that there is no moment with the floor above the ceiling. */
export function writeBounds(
  client: ApplicationAutoScalingClient,
  resource: ScalableResource,
  bounds: ScalingBounds,
  clock: Clock,
  call: Call,
): Promise<Result<unknown>> {
  const command = new RegisterScalableTargetCommand({
    ServiceNamespace: resource.namespace,
    ResourceId: resource.resourceId,
    ScalableDimension: resource.dimension,
    MinCapacity: bounds.min,
    MaxCapacity: bounds.max,
  });
  return attempt('application-autoscaling:RegisterScalableTarget', clock, call, (options) => client.send(command, options));
}

/** The bounds that are asked for, the others as they are; `invalid` when the count would lie outside: it would be moved away again. */
export function boundsFor(
  asked: { desired: number; min?: number | undefined; max?: number | undefined },
  now: ScalingBounds,
): Result<ScalingBounds> {
  const bounds = { min: asked.min ?? now.min, max: asked.max ?? now.max };
  if (asked.desired >= bounds.min && asked.desired <= bounds.max) return ok(bounds);
  return failed('invalid', `${asked.desired} is not between ${bounds.min} and ${bounds.max}`);
}
