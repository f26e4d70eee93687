/** How much may change in a period. */
interface RatePolicy {
  type: 'Pods' | 'Percent';
  value: number;
  periodSeconds: number;
}

interface ScalingRules {
  stabilizationWindowSeconds: number;
  /** Max takes the largest change the policies allow, Min the smallest, Disabled allows none. */
  selectPolicy: 'Max' | 'Min' | 'Disabled';
  policies: readonly RatePolicy[];
}

export interface Behavior {
  scaleUp: ScalingRules;
  scaleDown: ScalingRules;
}

/** A change that was made, always positive. */
interface ScaleEvent {
  replicaChange: number;
  secondsAgo: number;
}

/** What an earlier round wanted before it was stabilised. */
export interface Recommendation {
  replicas: number;
  secondsAgo: number;
}

export interface ScaleHistory {
  up: readonly ScaleEvent[];
  down: readonly ScaleEvent[];
}

type LimitReason = 'DesiredWithinRange' | 'ScaleUpLimit' | 'ScaleDownLimit' | 'TooManyReplicas' | 'TooFewReplicas';

export interface Limited {
  replicas: number;
  reason: LimitReason;
}

export interface Bounds {
  min: number;
  max: number;
}

/** Kubernetes' defaults: up at once by 4 pods or 100 % every 15 s; down after five quiet minutes, all at once if need be. */
export const DEFAULT_BEHAVIOR: Behavior = {
  scaleUp: {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  },
  scaleDown: { stabilizationWindowSeconds: 300, selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
};

/** Limits a wish by the policies of change first and by the bounds last (horizontal.go, convertDesiredReplicasWithBehaviorRate). */
export function limitByBehavior(current: number, desired: number, bounds: Bounds, behavior: Behavior, history: ScaleHistory): Limited {
  if (desired > current) {
    const rate = Math.max(current, scaleUpLimit(current, behavior.scaleUp, history));
    const highest = Math.min(bounds.max, rate);
    if (desired > highest) return { replicas: highest, reason: bounds.max > rate ? 'ScaleUpLimit' : 'TooManyReplicas' };
  } else if (desired < current) {
    const rate = Math.min(current, scaleDownLimit(current, behavior.scaleDown, history));
    const lowest = Math.max(bounds.min, rate);
    if (desired < lowest) return { replicas: lowest, reason: bounds.min < rate ? 'ScaleDownLimit' : 'TooFewReplicas' };
  }
  return { replicas: desired, reason: 'DesiredWithinRange' };
}

/** Limits a wish where no behavior is configured: at most `factor` times the present size, or `minimum`, at once. */
export function limitByFactor(current: number, desired: number, bounds: Bounds, limit: { factor: number; minimum: number }): Limited {
  const rate = Math.max(limit.factor * current, limit.minimum);
  const highest = Math.min(bounds.max, rate);
  if (desired < bounds.min) return { replicas: bounds.min, reason: 'TooFewReplicas' };
  if (desired > highest) return { replicas: highest, reason: bounds.max > rate ? 'ScaleUpLimit' : 'TooManyReplicas' };
  return { replicas: desired, reason: 'DesiredWithinRange' };
}

function scaleUpLimit(current: number, rules: ScalingRules, history: ScaleHistory): number {
  const limits = rules.policies.map(({ type, value, periodSeconds }) => {
    const start = sizeAtStart(current, periodSeconds, history);
    // Rounded up: otherwise a small target could never grow by per cent.
    return type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100));
  });
  return select(rules.selectPolicy, limits, current, 'largest');
}

function scaleDownLimit(current: number, rules: ScalingRules, history: ScaleHistory): number {
  const limits = rules.policies.map(({ type, value, periodSeconds }) => {
    const start = sizeAtStart(current, periodSeconds, history);
    return type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100));
  });
  return select(rules.selectPolicy, limits, current, 'smallest');
}

/** The size before the changes of the last period. */
function sizeAtStart(current: number, periodSeconds: number, history: ScaleHistory): number {
  const changed = (events: readonly ScaleEvent[]) =>
    events.filter((event) => event.secondsAgo < periodSeconds).reduce((sum, event) => sum + event.replicaChange, 0);
  return current - changed(history.up) + changed(history.down);
}

function select(policy: ScalingRules['selectPolicy'], limits: number[], current: number, widest: 'largest' | 'smallest'): number {
  if (policy === 'Disabled' || limits.length === 0) return current;
  return (policy === 'Max') === (widest === 'largest') ? Math.max(...limits) : Math.min(...limits);
}

export interface Stabilised {
  replicas: number;
  /** The next history: a recommendation that no window needs any more is replaced, otherwise one is added. */
  recommendations: Recommendation[];
}

/** Without a behavior: the highest recommendation of the window, so that only scaling down waits. */
export function stabilise(desired: number, recommendations: readonly Recommendation[], windowSeconds: number): Stabilised {
  const recent = recommendations.filter((earlier) => earlier.secondsAgo < windowSeconds);
  return {
    replicas: Math.max(desired, ...recent.map((earlier) => earlier.replicas)),
    recommendations: remember(desired, recommendations, windowSeconds),
  };
}

/**
 * With a behavior: the present size, moved only as far as every recommendation of the window for that direction agrees
 * (horizontal.go after 1.21, stabilizeRecommendationWithBehaviors).
 */
export function stabiliseByBehavior(
  current: number,
  desired: number,
  recommendations: readonly Recommendation[],
  windows: { upSeconds: number; downSeconds: number },
): Stabilised {
  const within = (windowSeconds: number) =>
    recommendations.filter((earlier) => earlier.secondsAgo < windowSeconds).map((earlier) => earlier.replicas);
  const lowest = Math.min(desired, ...within(windows.upSeconds));
  const highest = Math.max(desired, ...within(windows.downSeconds));
  return {
    replicas: Math.min(Math.max(current, lowest), highest),
    recommendations: remember(desired, recommendations, Math.max(windows.upSeconds, windows.downSeconds)),
  };
}

function remember(desired: number, recommendations: readonly Recommendation[], windowSeconds: number): Recommendation[] {
  const next = [...recommendations];
  const obsolete = next.findLastIndex((earlier) => earlier.secondsAgo >= windowSeconds);
  next.splice(obsolete < 0 ? next.length : obsolete, obsolete < 0 ? 0 : 1, { replicas: desired, secondsAgo: 0 });
  return next;
}
