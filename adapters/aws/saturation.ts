import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { Call, Clock } from '../../core/ports/index.ts';
import type { ServiceDeployment } from './deployment.ts';
import { AwsMetricSource } from './metric-source.ts';

/** CPU metrics come every minute and up to two minutes late. */
const lookBackMs = 300_000;

interface Usage {
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
  statistic: string;
  /** The metric's value when everything is used. */
  full: number;
}

/**
 * Used share of what the units can carry, from the newest minute that CloudWatch has: CPU of tasks and instances,
 * provisioned concurrency in use of a function. Undefined when there is none: a snapshot is worth having without it.
 */
export async function readSaturation(
  client: CloudWatchClient,
  deployment: ServiceDeployment,
  clock: Clock,
  call: Call,
): Promise<number | undefined> {
  const { full, ...usage } = usageOf(deployment);
  const to = clock.now();
  const read = await new AwsMetricSource(client, clock).read({ ...usage, periodSeconds: 60, from: to - lookBackMs, to }, call);
  const newest = read.ok ? read.value.flatMap((series) => series.points).at(-1)?.value : undefined;
  return newest === undefined ? undefined : newest / full;
}

function usageOf(deployment: ServiceDeployment): Usage {
  switch (deployment.kind) {
    case 'ecs': {
      const dimensions = { ClusterName: deployment.cluster, ServiceName: deployment.service };
      return { namespace: 'AWS/ECS', name: 'CPUUtilization', dimensions, statistic: 'Average', full: 100 };
    }
    case 'asg': {
      const dimensions = { AutoScalingGroupName: deployment.group };
      return { namespace: 'AWS/EC2', name: 'CPUUtilization', dimensions, statistic: 'Average', full: 100 };
    }
    case 'lambda': {
      const dimensions = { FunctionName: deployment.function, Resource: `${deployment.function}:${deployment.alias}` };
      return { namespace: 'AWS/Lambda', name: 'ProvisionedConcurrencyUtilization', dimensions, statistic: 'Maximum', full: 1 };
    }
  }
}
