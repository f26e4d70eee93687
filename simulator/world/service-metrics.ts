import type { MetricDatum } from '../../core/model/index.ts';
import { combine, type ServiceRegion } from './service-region.ts';

/** A metric of an application or of AWS, as CloudWatch gets it. */
export interface PublishedDatum {
  namespace: string;
  datum: Pick<MetricDatum, 'name' | 'dimensions' | 'at' | 'value'>;
}

/** p99 over median of a lognormal with σ = 0.35, which answer times of the world follow. */
const p99OverMedian = Math.exp(2.326 * 0.35);

/** A version that a share of the callers gets, and what is wrong with it. */
export interface ServedVersion {
  id: string;
  share: number;
  errorShare: number;
  latencyFactor: number;
}

/** What one minute of one service in one region looks like in CloudWatch. `perSecond` is the mean of the minute. */
export function serviceMetrics(
  service: ServiceRegion,
  at: number,
  perSecond: number,
  versions: readonly ServedVersion[] = [],
): PublishedDatum[] {
  const facts = factsOf(service, at, perSecond);
  return [
    ...deploymentMetrics(service, at, facts),
    ...(versions.length > 1 ? versionMetrics(service, at, facts, versions) : []),
    ...targetGroupMetrics(service, at, facts),
    ...signalMetrics(service, at, facts),
  ];
}

/** What Lambda measures of each version while an alias divides the callers. */
function versionMetrics(
  { service, region }: ServiceRegion,
  at: number,
  facts: Facts,
  versions: readonly ServedVersion[],
): PublishedDatum[] {
  const deployment = service.deployments[region];
  if (deployment?.kind !== 'lambda') return [];
  const mixed = (of: 'errorShare' | 'latencyFactor') => versions.reduce((sum, each) => sum + each.share * each[of], 0);
  const otherErrors = mixed('errorShare') >= 1 ? 0 : 1 - (1 - facts.errorRate) / (1 - mixed('errorShare'));
  const plainMs = facts.meanMs / mixed('latencyFactor');
  return versions.flatMap(({ id, share, errorShare, latencyFactor }) => {
    const requests = facts.requests * share;
    const dimensions = {
      FunctionName: deployment.function,
      Resource: `${deployment.function}:${deployment.alias}`,
      ExecutedVersion: id,
    };
    const values = {
      Invocations: requests,
      Errors: requests * combine(otherErrors, errorShare),
      Duration: plainMs * latencyFactor,
    };
    return Object.entries(values).map(([name, value]) => ({ namespace: 'AWS/Lambda', datum: { name, dimensions, at, value } }));
  });
}

interface Facts {
  requests: number;
  errors: number;
  errorRate: number;
  meanMs: number;
  p99Ms: number;
  cpuShare: number;
  memoryShare: number;
  healthy: number;
}

function factsOf(service: ServiceRegion, at: number, perSecond: number): Facts {
  const { capacity, serving } = service;
  const memory = capacity.units.map((unit) => service.memoryShare(unit, at));
  const errorRate = service.failingShare();
  return {
    requests: perSecond * 60,
    errors: perSecond * 60 * errorRate,
    errorRate,
    meanMs: serving.serviceMs,
    p99Ms: serving.serviceMs * p99OverMedian,
    cpuShare: Math.min(1, serving.utilisation),
    memoryShare: memory.length === 0 ? 0 : memory.reduce((sum, share) => sum + share, 0) / memory.length,
    healthy: service.healthyUnits(at),
  };
}

function deploymentMetrics({ service, region }: ServiceRegion, at: number, facts: Facts): PublishedDatum[] {
  const deployment = service.deployments[region];
  const of = (namespace: string, dimensions: Record<string, string>, values: Record<string, number>): PublishedDatum[] =>
    Object.entries(values).map(([name, value]) => ({ namespace, datum: { name, dimensions, at, value } }));
  switch (deployment?.kind) {
    case 'ecs':
      return of(
        'AWS/ECS',
        { ClusterName: deployment.cluster, ServiceName: deployment.service },
        { CPUUtilization: facts.cpuShare * 100, MemoryUtilization: facts.memoryShare * 100 },
      );
    case 'asg':
      return of('AWS/EC2', { AutoScalingGroupName: deployment.group }, { CPUUtilization: facts.cpuShare * 100 });
    case 'lambda':
      return of(
        'AWS/Lambda',
        { FunctionName: deployment.function },
        {
          Invocations: facts.requests,
          Errors: facts.errors,
          Duration: facts.meanMs,
          ConcurrentExecutions: (facts.requests / 60) * (facts.meanMs / 1000),
        },
      );
    case undefined:
      return [];
  }
}

function targetGroupMetrics({ service, region, capacity }: ServiceRegion, at: number, facts: Facts): PublishedDatum[] {
  const groups = service.deployments[region]?.targetGroups ?? [];
  return groups.flatMap((arn) => {
    const dimensions = { TargetGroup: arn.slice(arn.indexOf('targetgroup/')) };
    const values = {
      RequestCount: facts.requests,
      HTTPCode_Target_5XX_Count: facts.errors,
      TargetResponseTime: facts.meanMs / 1000,
      HealthyHostCount: facts.healthy,
      UnHealthyHostCount: capacity.units.length - facts.healthy,
    };
    return Object.entries(values).map(([name, value]) => ({ namespace: 'AWS/ApplicationELB', datum: { name, dimensions, at, value } }));
  });
}

/** Requests that its load balancers have counted in the period that began at `at`. */
export function requestCounts({ service, region }: ServiceRegion, at: number, requests: number): PublishedDatum[] {
  return (service.deployments[region]?.targetGroups ?? []).map((arn) => ({
    namespace: 'AWS/ApplicationELB',
    datum: { name: 'RequestCount', dimensions: { TargetGroup: arn.slice(arn.indexOf('targetgroup/')) }, at, value: requests },
  }));
}

function signalMetrics(here: ServiceRegion, at: number, facts: Facts): PublishedDatum[] {
  const { service, region } = here;
  const values = {
    errorRate: facts.errorRate,
    latencyP99Ms: facts.p99Ms,
    memoryShare: facts.memoryShare,
    poolShare: Math.min(1, facts.cpuShare * 0.9),
    cacheHitRatio: 0.95,
    diskShare: 0.4,
    queueDepth: 0,
    diskIo: 100,
    ...here.shortSignals(),
  };
  return Object.entries(service.signals).flatMap(([name, signal]) => {
    const value = values[name as keyof typeof values];
    const dimensions = Object.fromEntries(
      Object.entries(signal.dimensions).map(([key, text]) => [key, text.replaceAll('{region}', region)]),
    );
    return [{ namespace: signal.namespace, datum: { name: signal.metricName, dimensions, at, value } }];
  });
}
