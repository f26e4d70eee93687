/** One metric that should stay near its target. */
export interface TrackedMetric {
  name: string;
  /** Present value per the whole target; null while it is missing. It must fall when capacity grows. */
  value: number | null;
  /** More than 0. */
  target: number;
  /** How much it counts among the others, more than 0. */
  weight: number;
}

export interface Tracking {
  replicas: number;
  reason: string;
}

/**
 * Target tracking over several metrics: the weighted mean of value / target says by how much the size is wrong.
 * A mean can hide one metric that is over its target, and says little while one is missing: neither lets the target
 * shrink, both still let it grow.
 * @param tolerance relative distance from the target that is left alone
 */
export function trackTargets(current: number, metrics: readonly TrackedMetric[], tolerance: number): Tracking {
  const known = metrics.flatMap(({ value, ...rest }) =>
    value !== null && Number.isFinite(value) ? [{ ...rest, ratio: value / rest.target }] : [],
  );
  const weight = known.reduce((sum, metric) => sum + metric.weight, 0);
  if (weight === 0) return { replicas: current, reason: 'no metric has a value' };
  const ratio = known.reduce((sum, metric) => sum + metric.weight * metric.ratio, 0) / weight;
  const text = `${known.map((metric) => `${metric.name} at ${percent(metric.ratio)}`).join(', ')}; weighted ${percent(ratio)} of target`;
  if (Math.abs(ratio - 1) <= tolerance) return { replicas: current, reason: `${text}: within tolerance` };
  const replicas = Math.ceil(current * ratio);
  if (replicas >= current) return { replicas, reason: text };
  const over = known.find((metric) => metric.ratio > 1);
  if (over) return { replicas: current, reason: `${text}: nothing shrinks while ${over.name} is over its target` };
  const missing = metrics.find((metric) => metric.value === null || !Number.isFinite(metric.value));
  if (missing) return { replicas: current, reason: `${text}: nothing shrinks while ${missing.name} is missing` };
  return { replicas, reason: text };
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}
