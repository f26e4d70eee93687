import * as z from 'zod';
import { regionNames, regionsOfGroup } from '../../core/config/derive.ts';
import type { Config, TrafficGroup } from '../../core/config/schema.ts';
import { voteChildren } from '../../core/config/votes.ts';
import { assumptions } from './assumptions.ts';

/** A synthesised CloudFormation template, as far as it costs something. */
export const Template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() })),
});
export type Template = z.infer<typeof Template>;

/** Functions that run without any incident. */
const standingFunctions = ['probe', 'analyze', 'vote', 'sweep', 'plan', 'learn'] as const;
type StandingFunction = (typeof standingFunctions)[number];

export interface StandingShape {
  memoryMiB: number;
  /** Every invocation makes a trace. */
  traced: boolean;
  /** Every invocation logs that it started and ended. */
  logged: boolean;
}

/** What stands there whether anything happens or not; all regions together. */
export interface StandingResources {
  /** Alarms on votes are counted with the votes. */
  alarms: number;
  voteAlarms: number;
  dashboards: number;
  keys: number;
  /** Queues that Lambda polls. */
  polledQueues: number;
  /** What Lambda polls them with. */
  pollers: number;
  /** Those that run whether anything happens or not. */
  functions: Record<StandingFunction, StandingShape>;
  retentionDays: number;
  checks: { metric: number; calculated: number; object: number };
}

const HealthCheck = z.object({ HealthCheckConfig: z.object({ Type: z.string() }) });
const LogGroup = z.object({ RetentionInDays: z.number() });
const SourceMapping = z.object({ ScalingConfig: z.object({ MaximumConcurrency: z.number() }).optional() });
const LambdaFunction = z.object({
  MemorySize: z.number(),
  TracingConfig: z.object({ Mode: z.string() }).optional(),
  LoggingConfig: z.object({ SystemLogLevel: z.string().optional() }).optional(),
});

/** Counts the resources of all stacks. */
export function countTemplates(templates: readonly Template[]): StandingResources {
  const all = templates.flatMap((template) => Object.entries(template.Resources));
  const of = (type: string) => all.filter(([, resource]) => resource.Type === type);
  const checkTypes = of('AWS::Route53::HealthCheck').map(([, { Properties }]) => HealthCheck.parse(Properties).HealthCheckConfig.Type);
  const isVote = (properties: unknown) => JSON.stringify(properties ?? {}).includes('/votes/');
  const voteAlarms = of('AWS::CloudWatch::Alarm').filter(([, { Properties }]) => isVote(Properties)).length;
  const days = of('AWS::Logs::LogGroup').flatMap(([, { Properties }]) => LogGroup.safeParse(Properties).data?.RetentionInDays ?? []);
  const functions = of('AWS::Lambda::Function');
  const sources = of('AWS::Lambda::EventSourceMapping').map(([, { Properties }]) => SourceMapping.parse(Properties ?? {}));
  const shapeOf = (name: StandingFunction): StandingShape => {
    const found = functions.find(([id]) => isFunction(id, name));
    if (found === undefined) return fallback.shape;
    const { MemorySize, TracingConfig, LoggingConfig } = LambdaFunction.parse(found[1].Properties);
    return {
      memoryMiB: MemorySize,
      traced: TracingConfig?.Mode === 'Active',
      logged: LoggingConfig?.SystemLogLevel !== 'WARN',
    };
  };
  return {
    alarms: of('AWS::CloudWatch::Alarm').length - voteAlarms,
    voteAlarms,
    dashboards: of('AWS::CloudWatch::Dashboard').length,
    keys: of('AWS::KMS::Key').length,
    polledQueues: sources.length,
    pollers: sources.reduce((sum, source) => sum + pollersOf(source), 0),
    functions: shapesBy(shapeOf),
    retentionDays: Math.max(0, ...days),
    checks: {
      metric: checkTypes.filter((type) => type === 'CLOUDWATCH_METRIC').length,
      calculated: checkTypes.filter((type) => type === 'CALCULATED').length,
      object: checkTypes.filter((type) => type === 'HTTPS_STR_MATCH').length,
    },
  };
}

function pollersOf({ ScalingConfig }: z.infer<typeof SourceMapping>): number {
  return ScalingConfig === undefined ? assumptions.pollersOfQuietQueue : assumptions.pollersOfBoundedQueue;
}

/** `FunctionsProbeFunction0123ABCD` is the function `probe`, wherever it stands in the tree. */
function isFunction(logicalId: string, name: string): boolean {
  return new RegExp(`${name}Function[0-9A-F]*$`, 'i').test(logicalId);
}

function shapesBy(shapeOf: (name: StandingFunction) => StandingShape): Record<StandingFunction, StandingShape> {
  const by = Object.fromEntries(standingFunctions.map((name) => [name, shapeOf(name)]));
  // fromEntries forgets that every name is there.
  return by as Record<StandingFunction, StandingShape>;
}

const fallback = {
  shape: { memoryMiB: 512, traced: false, logged: false },
  alarmsPerRegion: 25,
  dashboardsPerRegion: 1,
  keysPerRegion: 1,
  queuesPerRegion: 2,
  retentionDays: 30,
};

/** The health checks of one group. A heartbeat (with two regions) goes by metric, whatever carries the votes. */
export function checksOf(config: Config, group: TrafficGroup): StandingResources['checks'] {
  const subjects = config.regions.length < 2 ? [] : regionsOfGroup(config, group.name);
  const children = subjects.flatMap((subject) => voteChildren(regionNames(config), subject));
  const metric = children.filter(({ kind }) => kind === 'heartbeat' || group.carrier === 'metric').length;
  return { metric, calculated: subjects.length, object: children.length - metric };
}

/** The same from the configuration alone, where nothing was synthesised: checks are exact, the rest is what a region usually has. */
export function estimateResources(config: Config): StandingResources {
  const regions = config.regions.length;
  const groups = config.trafficGroups.map((group) => checksOf(config, group));
  const checks = {
    metric: groups.reduce((sum, { metric }) => sum + metric, 0),
    calculated: groups.reduce((sum, { calculated }) => sum + calculated, 0),
    object: groups.reduce((sum, { object }) => sum + object, 0),
  };
  return {
    alarms: regions * fallback.alarmsPerRegion,
    voteAlarms: checks.metric,
    dashboards: regions * fallback.dashboardsPerRegion,
    keys: regions * fallback.keysPerRegion,
    polledQueues: regions * fallback.queuesPerRegion,
    pollers: regions * fallback.queuesPerRegion * assumptions.pollersOfQuietQueue,
    functions: shapesBy(() => fallback.shape),
    retentionDays: fallback.retentionDays,
    checks,
  };
}
