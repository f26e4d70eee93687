import { rank, rankSum } from '../../knowledge/statistics/ranks.ts';
import { mean, squaredDeviations } from './moments.ts';

/** Kayenta's mean ratio, experiment / control; NaN when either mean is 0 or a side is empty. */
export function meanRatio(control: readonly number[], experiment: readonly number[]): number {
  const below = mean(control);
  const above = mean(experiment);
  return below === 0 || above === 0 ? Number.NaN : above / below;
}

/**
 * Common language effect size: the share of pairs in which the experiment is higher, ties half
 * (Vargha and Delaney, 2000); NaN when a side is empty.
 */
export function commonLanguageEffect(control: readonly number[], experiment: readonly number[]): number {
  const m = experiment.length;
  const n = control.length;
  const ranked = rankSum(rank([...experiment, ...control]), m);
  return (2 * ranked - m * (m + 1)) / (2 * n * m);
}

/** Cliff's delta, −1..1: P(a > b) − P(a < b). */
export function cliffsDelta(a: readonly number[], b: readonly number[]): number {
  return 2 * commonLanguageEffect(b, a) - 1;
}

/** Cohen's d with the pooled standard deviation, (mean a − mean b) / s; NaN when the samples do not vary or are too few. */
export function cohensD(a: readonly number[], b: readonly number[]): number {
  const pooled = Math.sqrt((squaredDeviations(a) + squaredDeviations(b)) / (a.length + b.length - 2));
  return pooled > 0 ? (mean(a) - mean(b)) / pooled : Number.NaN;
}

/** Hedges' g: Cohen's d with the usual small-sample correction 1 − 3 / (4 df − 1). */
export function hedgesG(a: readonly number[], b: readonly number[]): number {
  return cohensD(a, b) * (1 - 3 / (4 * (a.length + b.length - 2) - 1));
}
