import * as z from 'zod';
import { regionsOfGroup } from '../../core/config/derive.ts';
import type { Config } from '../../core/config/schema.ts';
import { childrenOf, healthChecksPerRegion } from '../../core/config/votes.ts';

/** A synthesised CloudFormation template, as far as it costs something. */
export const Template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() })),
});
export type Template = z.infer<typeof Template>;

/** What stands there whether anything happens or not; all regions together. */
export interface StandingResources {
  /** Alarms on votes are counted with the votes. */
  alarms: number;
  voteAlarms: number;
  dashboards: number;
  keys: number;
  /** Queues that Lambda polls. */
  polledQueues: number;
  /** Functions whose every invocation is traced, among those that run all the time. */
  tracedFunctions: string[];
  retentionDays: number;
  probeMemoryMiB: number;
  checks: { metric: number; calculated: number; object: number };
}

const HealthCheck = z.object({ HealthCheckConfig: z.object({ Type: z.string() }) });
const LogGroup = z.object({ RetentionInDays: z.number() });
const Traced = z.object({ TracingConfig: z.object({ Mode: z.literal('Active') }) });

/** Counts the resources of all stacks. */
export function countTemplates(templates: readonly Template[]): StandingResources {
  const all = templates.flatMap((template) => Object.entries(template.Resources));
  const of = (type: string) => all.filter(([, resource]) => resource.Type === type);
  const checkTypes = of('AWS::Route53::HealthCheck').map(([, { Properties }]) => HealthCheck.parse(Properties).HealthCheckConfig.Type);
  const isVote = (properties: unknown) => JSON.stringify(properties ?? {}).includes('/votes/');
  const voteAlarms = of('AWS::CloudWatch::Alarm').filter(([, { Properties }]) => isVote(Properties)).length;
  const days = of('AWS::Logs::LogGroup').flatMap(([, { Properties }]) => LogGroup.safeParse(Properties).data?.RetentionInDays ?? []);
  const functions = of('AWS::Lambda::Function');
  const probe = functions.find(([id]) => isFunction(id, 'probe'));
  return {
    alarms: of('AWS::CloudWatch::Alarm').length - voteAlarms,
    voteAlarms,
    dashboards: of('AWS::CloudWatch::Dashboard').length,
    keys: of('AWS::KMS::Key').length,
    polledQueues: of('AWS::Lambda::EventSourceMapping').length,
    tracedFunctions: alwaysRunning.filter((name) =>
      functions.some(([id, { Properties }]) => isFunction(id, name) && Traced.safeParse(Properties).success),
    ),
    retentionDays: Math.max(0, ...days),
    probeMemoryMiB: z.number().catch(fallback.probeMemoryMiB).parse(probe?.[1].Properties?.MemorySize),
    checks: {
      metric: checkTypes.filter((type) => type === 'CLOUDWATCH_METRIC').length,
      calculated: checkTypes.filter((type) => type === 'CALCULATED').length,
      object: checkTypes.filter((type) => type === 'HTTPS_STR_MATCH').length,
    },
  };
}

/** `FunctionsProbeFunction0123ABCD` is the function `probe`, wherever it stands in the tree. */
function isFunction(logicalId: string, name: string): boolean {
  return new RegExp(`${name}Function[0-9A-F]*$`, 'i').test(logicalId);
}

/** Functions that run without any incident. */
export const alwaysRunning = ['probe', 'analyze', 'vote', 'sweep', 'plan', 'learn'];

const fallback = { probeMemoryMiB: 512, alarmsPerRegion: 25, dashboardsPerRegion: 1, keysPerRegion: 1, queuesPerRegion: 3, retentionDays: 30 };

/** The same from the configuration alone, where nothing was synthesised: checks are exact, the rest is what a region usually has. */
export function estimateResources(config: Config): StandingResources {
  const regions = config.regions.length;
  const children = (carrier: 'metric' | 'object') =>
    config.trafficGroups
      .filter((group) => group.carrier === carrier && healthChecksPerRegion(regions) > 0)
      .reduce((sum, group) => sum + regionsOfGroup(config, group.name).length * childrenOf(regions), 0);
  const calculated =
    healthChecksPerRegion(regions) === 0
      ? 0
      : config.trafficGroups.reduce((sum, group) => sum + regionsOfGroup(config, group.name).length, 0);
  return {
    alarms: regions * fallback.alarmsPerRegion,
    voteAlarms: children('metric'),
    dashboards: regions * fallback.dashboardsPerRegion,
    keys: regions * fallback.keysPerRegion,
    polledQueues: regions * fallback.queuesPerRegion,
    tracedFunctions: alwaysRunning,
    retentionDays: fallback.retentionDays,
    probeMemoryMiB: fallback.probeMemoryMiB,
    checks: { metric: children('metric'), calculated, object: children('object') },
  };
}
