import {
  type Behavior,
  limitByBehavior,
  limitByFactor,
  type Recommendation,
  type ScaleHistory,
  type Stabilised,
  stabilise,
  stabiliseByBehavior,
} from './behavior.ts';
import type { Proposal } from './replicas.ts';

/** What a metric is called and what it asks for. `name` serves the reasons; `invalidReason` is its condition when it cannot say. */
export interface NamedProposal {
  name: string;
  proposal: Proposal;
  /** In the words of Kubernetes, such as FailedGetResourceMetric. */
  invalidReason: string;
}

export interface HorizontalSpec {
  minReplicas: number;
  maxReplicas: number;
  /** null: no rules of change but the scale-up limit. */
  behavior: Behavior | null;
  /** Window of the calculation without a behavior. */
  downscaleStabilizationSeconds: number;
  scaleUpLimit: { factor: number; minimum: number };
}

export interface HorizontalState {
  currentReplicas: number;
  recommendations: readonly Recommendation[];
  history: ScaleHistory;
}

interface Condition {
  status: boolean;
  reason: string;
}

export interface HorizontalDecision {
  replicas: number;
  conditions: { AbleToScale: Condition; ScalingActive?: Condition; ScalingLimited?: Condition };
  recommendations: Recommendation[];
  reason: string;
}

/**
 * One round of the Kubernetes horizontal autoscaler (horizontal.go, reconcileAutoscaler): the largest proposal of all
 * metrics, stabilised, then limited. While a metric is invalid the target may grow, never shrink (the rule after 1.21).
 * @param evaluate asks every metric; it is not called where size alone decides
 */
export function reconcile(spec: HorizontalSpec, state: HorizontalState, evaluate: () => readonly NamedProposal[]): HorizontalDecision {
  const current = state.currentReplicas;
  const keep = [...state.recommendations];
  const outside = outsideBounds(spec, current);
  if (outside) return { ...outside, recommendations: keep };

  const wish = largestProposal(evaluate(), current);
  if (wish.kind === 'invalid') {
    const conditions = { AbleToScale: ok('SucceededGetScale'), ScalingActive: { status: false, reason: wish.condition } };
    return { replicas: current, conditions, recommendations: keep, reason: wish.reason };
  }
  const steady = stabiliseWish(spec, state, wish.replicas);
  const limited = spec.behavior
    ? limitByBehavior(current, steady.replicas, bounds(spec), spec.behavior, state.history)
    : limitByFactor(current, steady.replicas, bounds(spec), spec.scaleUpLimit);
  const held = wish.replicas < steady.replicas ? 'ScaleDownStabilized' : 'ScaleUpStabilized';
  const settled = steady.replicas === wish.replicas ? 'ReadyForNewScale' : held;
  return {
    replicas: limited.replicas,
    conditions: {
      AbleToScale: ok(limited.replicas === current ? settled : 'SucceededRescale'),
      ScalingActive: ok('ValidMetricFound'),
      ScalingLimited: { status: limited.replicas !== steady.replicas, reason: limited.reason },
    },
    recommendations: steady.recommendations,
    reason: `${wish.reason}; stabilised ${steady.replicas}; ${limited.reason}: ${current} → ${limited.replicas}`,
  };
}

function bounds(spec: HorizontalSpec): { min: number; max: number } {
  return { min: spec.minReplicas, max: spec.maxReplicas };
}

function ok(reason: string): Condition {
  return { status: true, reason };
}

/** Cases that the size alone decides: switched off at zero, above the maximum, below the minimum. */
function outsideBounds(spec: HorizontalSpec, current: number): Omit<HorizontalDecision, 'recommendations'> | undefined {
  if (current === 0 && spec.minReplicas !== 0) {
    const conditions = { AbleToScale: ok('SucceededGetScale'), ScalingActive: { status: false, reason: 'ScalingDisabled' } };
    return { replicas: 0, conditions, reason: 'scaling is switched off while the target has no replicas' };
  }
  const bound = current > spec.maxReplicas ? spec.maxReplicas : current < spec.minReplicas ? spec.minReplicas : current;
  if (bound === current) return undefined;
  const reason = `${current} replicas are outside ${spec.minReplicas}..${spec.maxReplicas}`;
  return { replicas: bound, conditions: { AbleToScale: ok('SucceededRescale') }, reason };
}

type Wish = { kind: 'valid'; replicas: number; reason: string } | { kind: 'invalid'; condition: string; reason: string };

function largestProposal(metrics: readonly NamedProposal[], current: number): Wish {
  let replicas = -1;
  let reason = '';
  const broken: { condition: string; text: string }[] = [];
  for (const { name, proposal, invalidReason } of metrics) {
    if (proposal.kind === 'invalid') broken.push({ condition: invalidReason, text: `${name}: ${proposal.reason}` });
    else if (proposal.replicas > replicas) {
      replicas = proposal.replicas;
      reason = `${name} asks for ${proposal.replicas}`;
    }
  }
  if (replicas < 0) {
    return {
      kind: 'invalid',
      condition: broken[0]?.condition ?? 'InvalidMetricSourceType',
      reason: broken[0]?.text ?? 'no metric is configured',
    };
  }
  if (broken.length === 0 || replicas >= current) return { kind: 'valid', replicas, reason };
  return { kind: 'valid', replicas: current, reason: `${reason}, but nothing shrinks while ${broken[0]?.text}` };
}

function stabiliseWish(spec: HorizontalSpec, state: HorizontalState, wish: number): Stabilised {
  if (!spec.behavior) return stabilise(wish, state.recommendations, spec.downscaleStabilizationSeconds);
  const windows = {
    upSeconds: spec.behavior.scaleUp.stabilizationWindowSeconds,
    downSeconds: spec.behavior.scaleDown.stabilizationWindowSeconds,
  };
  return stabiliseByBehavior(state.currentReplicas, wish, state.recommendations, windows);
}
