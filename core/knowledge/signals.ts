import { findService } from '../config/derive.ts';
import type { Deployment, Service } from '../config/schema.ts';
import type { StageContext } from '../config/stage-context.ts';
import { failed, type MetricQuery, ok, type Result } from '../model/index.ts';
import { within } from '../ports/within.ts';

const signalNames = [
  'cpuShare',
  'memoryShare',
  'errorRate',
  'latencyP99Ms',
  'poolShare',
  'cacheHitRatio',
  'diskShare',
  'queueDepth',
  'diskIo',
  'requestsPerMinute',
  'responseMs',
] as const;
export type SignalName = (typeof signalNames)[number];

/** A signal over the last minutes: shares 0..1, milliseconds for latency. */
export interface SignalReading {
  latest: number;
  /** Oldest first, one a minute at most. */
  points: { at: number; value: number }[];
}

const callMs = 8_000;
const minuteSeconds = 60;

/** Reads one signal of a service in a region from CloudWatch; `not-found` when nothing measures it or nothing was measured. A sum is one of each period. */
export async function readSignal(
  ctx: StageContext,
  serviceName: string,
  region: string,
  name: SignalName,
  minutes: number,
  periodSeconds: number = minuteSeconds,
): Promise<Result<SignalReading>> {
  const service = findService(ctx.config, serviceName);
  const query = service === undefined ? null : queryOf(service, region, name);
  if (query === null) return failed('not-found', `nothing measures ${name} of ${serviceName} in ${region}`);
  const to = ctx.ports.clock.now();
  const range = { from: to - minutes * 60_000, to, periodSeconds };
  const read = await ctx.ports.metricSource.read({ ...query.value, ...range }, within(ctx.ports.clock, callMs));
  if (!read.ok) return read;
  const points = (read.value[0]?.points ?? []).map((point) => ({ at: point.at, value: point.value * query.scale }));
  const latest = points.at(-1);
  return latest === undefined
    ? failed('not-found', `${name} of ${serviceName} in ${region} has no data in the last ${minutes} min`)
    : ok({ latest: latest.value, points });
}

type Question = Pick<MetricQuery, 'namespace' | 'name' | 'dimensions' | 'statistic'>;

/** What the configuration names comes first; CPU and memory follow from the deployment. */
function queryOf(service: Service, region: string, name: SignalName): { value: Question; scale: number } | null {
  const named = name === 'cpuShare' || name === 'requestsPerMinute' || name === 'responseMs' ? undefined : service.signals[name];
  if (named !== undefined) {
    const dimensions = Object.fromEntries(
      Object.entries(named.dimensions).map(([key, value]) => [key, value.replaceAll('{region}', region)]),
    );
    return { value: { namespace: named.namespace, name: named.metricName, dimensions, statistic: named.statistic }, scale: 1 };
  }
  const deployment = service.deployments[region];
  return deployment === undefined ? null : platformQuery(deployment, name);
}

function platformQuery(deployment: Deployment, name: SignalName): { value: Question; scale: number } | null {
  const percent = 0.01;
  const targetGroup = deployment.targetGroups[0];
  if (targetGroup !== undefined) {
    const of = { namespace: 'AWS/ApplicationELB', dimensions: { TargetGroup: targetGroup.slice(targetGroup.indexOf('targetgroup/')) } };
    if (name === 'requestsPerMinute') return { value: { ...of, name: 'RequestCount', statistic: 'Sum' }, scale: 1 };
    if (name === 'responseMs') return { value: { ...of, name: 'TargetResponseTime', statistic: 'Average' }, scale: 1000 };
  }
  switch (deployment.kind) {
    case 'ecs': {
      const metric = name === 'cpuShare' ? 'CPUUtilization' : name === 'memoryShare' ? 'MemoryUtilization' : null;
      const dimensions = { ClusterName: deployment.cluster, ServiceName: deployment.service };
      return metric === null ? null : { value: { namespace: 'AWS/ECS', name: metric, dimensions, statistic: 'Average' }, scale: percent };
    }
    case 'asg':
      return name === 'cpuShare'
        ? {
            value: {
              namespace: 'AWS/EC2',
              name: 'CPUUtilization',
              dimensions: { AutoScalingGroupName: deployment.group },
              statistic: 'Average',
            },
            scale: percent,
          }
        : null;
    case 'lambda': {
      const of = { namespace: 'AWS/Lambda', dimensions: { FunctionName: deployment.function } };
      if (name === 'latencyP99Ms') return { value: { ...of, name: 'Duration', statistic: 'p99' }, scale: 1 };
      if (name === 'responseMs') return { value: { ...of, name: 'Duration', statistic: 'Average' }, scale: 1 };
      return name === 'requestsPerMinute' ? { value: { ...of, name: 'Invocations', statistic: 'Sum' }, scale: 1 } : null;
    }
  }
}
