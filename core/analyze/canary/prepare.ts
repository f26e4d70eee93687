import { mean, percentile, squaredDeviations } from './moments.ts';

/** What stands for a missing value: nothing, or 0 (a counter that was silent). */
export type NanStrategy = 'remove' | 'replace';

/** How single wild values are recognised. */
export type OutlierRule =
  | { kind: 'k-sigma' /** Population standard deviations from the mean. */; k: number }
  | {
      kind: 'iqr';
      /** Widths of the interquartile range beyond the quartiles (Tukey's fences). */
      factor: number;
      /** Never cut inside the 1st to 99th percentile. */
      reduceSensitivity: boolean;
    };

/** NaN and infinities are no measurements: removes them or reads them as 0. */
export function withoutMissing(values: readonly number[], strategy: NanStrategy): number[] {
  return strategy === 'remove' ? values.filter(Number.isFinite) : values.map((value) => (Number.isFinite(value) ? value : 0));
}

/** Which values are outliers, one flag a value. */
export function detectOutliers(values: readonly number[], rule: OutlierRule): boolean[] {
  const [low, high] = fences(values, rule);
  return values.map((value) => value < low || value > high);
}

export function withoutOutliers(values: readonly number[], rule: OutlierRule): number[] {
  const outliers = detectOutliers(values, rule);
  return values.filter((_, index) => !outliers[index]);
}

function fences(values: readonly number[], rule: OutlierRule): [low: number, high: number] {
  if (rule.kind === 'k-sigma') {
    const centre = mean(values);
    const reach = rule.k * Math.sqrt(squaredDeviations(values) / values.length);
    return [centre - reach, centre + reach];
  }
  const lower = percentile(values, 25);
  const upper = percentile(values, 75);
  const reach = rule.factor * (upper - lower);
  if (!rule.reduceSensitivity) return [lower - reach, upper + reach];
  return [Math.min(percentile(values, 1), lower - reach), Math.max(percentile(values, 99), upper + reach)];
}
