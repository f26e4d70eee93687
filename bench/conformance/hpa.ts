import * as z from 'zod';
import {
  type Behavior,
  DEFAULT_BEHAVIOR,
  limitByBehavior,
  type Recommendation,
  stabiliseByBehavior,
} from '../../core/plan/scaling/behavior.ts';
import { type NamedProposal, reconcile } from '../../core/plan/scaling/horizontal.ts';
import type { Pod } from '../../core/plan/scaling/pods.ts';
import {
  type Population,
  type Proposal,
  replicasForAverage,
  replicasForShare,
  replicasForUtilization,
  replicasForValue,
} from '../../core/plan/scaling/replicas.ts';
import { Mismatches, tally } from './expectations.ts';
import type { ConformanceResult } from './index.ts';

const id = z.string();
const count = z.number();
const amount = z.number().nullable().optional();

const pod = z
  .object({
    name: z.string(),
    phase: z.enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']).default('Running'),
    ready: z.boolean().default(true),
    withinCpuInitPeriodWithoutFullWindow: z.boolean().default(false),
    deleting: z.boolean().default(false),
    requestMilli: amount,
    usageMilli: amount,
  })
  .transform(
    ({ withinCpuInitPeriodWithoutFullWindow, requestMilli = null, usageMilli = null, ...rest }): Pod => ({
      ...rest,
      warmingUp: withinCpuInitPeriodWithoutFullWindow,
      requestMilli,
      usageMilli,
    }),
  );

const rules = z.object({
  stabilizationWindowSeconds: z.number().nullable().optional(),
  selectPolicy: z.enum(['Max', 'Min', 'Disabled']).nullable().optional(),
  policies: z
    .array(z.object({ type: z.enum(['Pods', 'Percent']), value: z.number(), periodSeconds: z.number() }))
    .nullable()
    .optional(),
});
const optionalRules = rules.nullable().optional();

const replicasCase = z.object({
  kind: z.literal('replicas'),
  id,
  input: z.object({
    metricType: z.enum(['resource', 'pods', 'object', 'objectPerPod', 'external', 'externalPerPod']),
    resource: z.string().default('cpu'),
    container: z.string().optional(),
    targetUtilizationPercent: amount,
    targetMilli: amount,
    targetPerPodMilli: amount,
    metricValuesMilli: z.array(z.number()).default([]),
    metricsForUnknownPods: z.record(z.string(), z.number()).default({}),
    currentReplicas: count,
    tolerance: z.number(),
    pods: z.array(pod),
  }),
  expected: z.object({
    replicas: count.optional(),
    utilizationPercent: z.number().optional(),
    averageValueMilli: z.number().optional(),
    metricValueMilli: z.number().optional(),
    error: z.string().optional(),
  }),
});

const recommendation = z.object({ replicas: count, secondsAgo: z.number() });
const event = z.object({ replicaChange: z.number(), secondsAgo: z.number() });

const reconcileCase = z.object({
  kind: z.literal('reconcile'),
  id,
  input: z.object({
    minReplicas: count,
    maxReplicas: count,
    currentReplicas: count,
    statusReplicas: count,
    tolerance: z.number(),
    metrics: z.array(
      z.object({
        type: z.string(),
        resource: z.string().default('cpu'),
        targetUtilizationPercent: amount,
        targetAverageMilli: amount,
        targetValueMilli: amount,
        unavailable: z.boolean().default(false),
      }),
    ),
    reportedLevels: z.array(z.number()).default([]),
    pods: z.array(pod),
    recommendations: z.union([z.literal('initial'), z.array(recommendation)]),
    downscaleStabilizationSeconds: z.number(),
    scaleUpLimitFactor: z.number(),
    scaleUpLimitMinimum: z.number(),
    behavior: z.object({ scaleUp: optionalRules, scaleDown: optionalRules }).nullable().optional(),
    scaleUpEvents: z.array(event).default([]),
    scaleDownEvents: z.array(event).default([]),
  }),
  expected: z.object({
    replicas: count,
    conditions: z.record(z.string(), z.object({ status: z.boolean(), reason: z.string().optional() })).default({}),
  }),
});

const limitsCase = z.object({
  kind: z.literal('behaviorLimits'),
  id,
  input: z.object({
    currentReplicas: count,
    desiredReplicas: count,
    minReplicas: count,
    maxReplicas: count,
    scaleUpRules: optionalRules,
    scaleDownRules: optionalRules,
    scaleUpEvents: z.array(event),
    scaleDownEvents: z.array(event),
  }),
  expected: z.object({ replicas: count, reason: z.string().optional() }),
});

const stabilizeCase = z.object({
  kind: z.literal('stabilizeBehavior'),
  id,
  input: z.object({
    currentReplicas: count,
    desiredReplicas: count,
    scaleUpStabilizationSeconds: z.number(),
    scaleDownStabilizationSeconds: z.number(),
    recommendations: z.array(recommendation),
  }),
  expected: z.object({ replicas: count, storedRecommendations: z.array(count).optional() }),
});

const anyCase = z.discriminatedUnion('kind', [replicasCase, reconcileCase, limitsCase, stabilizeCase]);
type Case = z.infer<typeof anyCase>;
type InputOf<Kind extends Case['kind']> = Extract<Case, { kind: Kind }>['input'];
type Metric = InputOf<'reconcile'>['metrics'][number];

export function run(file: unknown): ConformanceResult {
  return tally(file, anyCase, check);
}

function check(test: Case): Mismatches {
  const found = new Mismatches();
  switch (test.kind) {
    case 'replicas':
      checkReplicas(proposalFor(test.input), test.expected, found);
      break;
    case 'reconcile':
      checkReconcile(test.input, test.expected, found);
      break;
    case 'behaviorLimits': {
      const { input, expected } = test;
      const behavior = behaviorOf({ scaleUp: input.scaleUpRules, scaleDown: input.scaleDownRules }, 300);
      const bounds = { min: input.minReplicas, max: input.maxReplicas };
      const history = { up: input.scaleUpEvents, down: input.scaleDownEvents };
      const limited = limitByBehavior(input.currentReplicas, input.desiredReplicas, bounds, behavior, history);
      found.equal('replicas', limited.replicas, expected.replicas);
      if (expected.reason !== undefined) found.equal('reason', limited.reason, expected.reason);
      break;
    }
    case 'stabilizeBehavior': {
      const { input, expected } = test;
      const windows = { upSeconds: input.scaleUpStabilizationSeconds, downSeconds: input.scaleDownStabilizationSeconds };
      const got = stabiliseByBehavior(input.currentReplicas, input.desiredReplicas, input.recommendations, windows);
      found.equal('replicas', got.replicas, expected.replicas);
      const stored = got.recommendations.map((earlier) => earlier.replicas);
      if (expected.storedRecommendations) found.equal('stored recommendations', stored, expected.storedRecommendations);
      break;
    }
  }
  return found;
}

function proposalFor(input: InputOf<'replicas'>): Proposal {
  const strangers = Object.entries(input.metricsForUnknownPods);
  const { pods, currentReplicas, tolerance } = input;
  const population: Population = { pods, strangers, currentReplicas, tolerance };
  const value = input.metricValuesMilli.reduce((sum, one) => sum + one, 0);
  const cpu = input.metricType === 'resource' && input.resource === 'cpu';
  switch (input.metricType) {
    case 'resource':
      if (input.targetUtilizationPercent != null) return replicasForUtilization(population, input.targetUtilizationPercent, cpu);
      return withTarget(input.targetMilli, (target) => replicasForAverage(population, target, cpu));
    case 'pods':
      return withTarget(input.targetMilli, (target) => replicasForAverage(population, target, cpu));
    case 'object':
    case 'external':
      return withTarget(input.targetMilli, (target) => replicasForValue(population, value, target));
    case 'objectPerPod':
    case 'externalPerPod':
      return withTarget(input.targetPerPodMilli ?? input.targetMilli, (target) =>
        replicasForShare(value, target, currentReplicas, tolerance),
      );
  }
}

function withTarget(target: number | null | undefined, propose: (target: number) => Proposal): Proposal {
  return target == null ? { kind: 'invalid', reason: 'the metric has no target' } : propose(target);
}

function checkReplicas(got: Proposal, expected: Extract<Case, { kind: 'replicas' }>['expected'], found: Mismatches): void {
  found.equal('is an error', got.kind === 'invalid', expected.error !== undefined);
  if (got.kind === 'invalid') return;
  found.equal('replicas', got.replicas, expected.replicas);
  if (expected.utilizationPercent !== undefined) found.equal('utilization', got.utilizationPercent, expected.utilizationPercent);
  const value = expected.averageValueMilli ?? expected.metricValueMilli;
  if (value !== undefined) found.equal('value', got.valueMilli, value);
}

function checkReconcile(input: InputOf<'reconcile'>, expected: Extract<Case, { kind: 'reconcile' }>['expected'], found: Mismatches): void {
  const { recommendations, currentReplicas, downscaleStabilizationSeconds } = input;
  const history: Recommendation[] = recommendations === 'initial' ? [{ replicas: currentReplicas, secondsAgo: 0 }] : recommendations;
  const decision = reconcile(
    {
      minReplicas: input.minReplicas,
      maxReplicas: input.maxReplicas,
      behavior: input.behavior ? behaviorOf(input.behavior, downscaleStabilizationSeconds) : null,
      downscaleStabilizationSeconds,
      scaleUpLimit: { factor: input.scaleUpLimitFactor, minimum: input.scaleUpLimitMinimum },
    },
    { currentReplicas, recommendations: history, history: { up: input.scaleUpEvents, down: input.scaleDownEvents } },
    () => input.metrics.map((metric) => evaluate(metric, input)),
  );
  found.equal('replicas', decision.replicas, expected.replicas);
  const conditions = new Map<string, { status: boolean }>(Object.entries(decision.conditions));
  for (const [name, { status }] of Object.entries(expected.conditions)) found.equal(name, conditions.get(name)?.status, status);
}

/** A metric of the fixture; levels beyond the pods belong to pods that are not ours. */
function evaluate(metric: Metric, input: InputOf<'reconcile'>): NamedProposal {
  const { pods, reportedLevels, currentReplicas, statusReplicas, tolerance } = input;
  const strangers = reportedLevels.slice(pods.length).map((level, index) => [`stranger-${index}`, level] as const);
  const population: Population = { pods, strangers, currentReplicas, tolerance };
  const named = (proposal: Proposal, invalidReason: string) => ({ name: metric.type, proposal, invalidReason });
  if (metric.unavailable) return named({ kind: 'invalid', reason: 'the metric is unavailable' }, `FailedGet${metric.type}Metric`);
  const whole = metric.type === 'Object' ? (reportedLevels[0] ?? 0) : reportedLevels.reduce((sum, level) => sum + level, 0);
  switch (metric.type) {
    case 'Resource':
    case 'ContainerResource': {
      const cpu = metric.resource === 'cpu';
      if (metric.targetUtilizationPercent != null) {
        return named(replicasForUtilization(population, metric.targetUtilizationPercent, cpu), 'FailedGetResourceMetric');
      }
      const proposal = withTarget(metric.targetAverageMilli, (target) => replicasForAverage(population, target, cpu));
      return named(proposal, 'FailedGetResourceMetric');
    }
    case 'Pods':
      return named(
        withTarget(metric.targetAverageMilli, (target) => replicasForAverage(population, target, false)),
        'FailedGetPodsMetric',
      );
    case 'Object':
    case 'External': {
      const share = metric.targetAverageMilli;
      const proposal =
        share != null
          ? replicasForShare(whole, share, statusReplicas, tolerance)
          : withTarget(metric.targetValueMilli, (target) => replicasForValue(population, whole, target));
      return named(proposal, `FailedGet${metric.type}Metric`);
    }
    default:
      return named({ kind: 'invalid', reason: `unknown metric source type ${JSON.stringify(metric.type)}` }, 'InvalidMetricSourceType');
  }
}

/** Fills what the rules leave out with the defaults, field by field, as the API server does. */
function behaviorOf(
  given: { scaleUp?: z.infer<typeof optionalRules>; scaleDown?: z.infer<typeof optionalRules> },
  downscaleStabilizationSeconds: number,
): Behavior {
  const fill = (own: z.infer<typeof optionalRules>, defaults: Behavior['scaleUp']) => ({
    stabilizationWindowSeconds: own?.stabilizationWindowSeconds ?? defaults.stabilizationWindowSeconds,
    selectPolicy: own?.selectPolicy ?? defaults.selectPolicy,
    policies: own?.policies ?? defaults.policies,
  });
  return {
    scaleUp: fill(given.scaleUp, DEFAULT_BEHAVIOR.scaleUp),
    scaleDown: fill(given.scaleDown, { ...DEFAULT_BEHAVIOR.scaleDown, stabilizationWindowSeconds: downscaleStabilizationSeconds }),
  };
}
