import { normalSurvival } from '../../knowledge/statistics/normal.ts';
import { rank, rankSum } from '../../knowledge/statistics/ranks.ts';

export type Alternative = 'two-sided' | 'greater' | 'less';

/** U of `a`: the number of pairs in which `a` is higher, ties half. */
export function mannWhitneyU(a: readonly number[], b: readonly number[]): number {
  return rankSum(rank([...a, ...b]), a.length) - (a.length * (a.length + 1)) / 2;
}

/**
 * p-value by the normal approximation with the tie correction (the convention of scipy.stats.mannwhitneyu).
 * NaN when a side is empty, and without the continuity correction when all values are equal.
 * @param continuity whether half a step is taken off towards the mean.
 */
export function mannWhitneyP(a: readonly number[], b: readonly number[], alternative: Alternative, continuity: boolean): number {
  const m = a.length;
  const n = b.length;
  if (m === 0 || n === 0) return Number.NaN;
  const ranking = rank([...a, ...b]);
  const uOfA = rankSum(ranking, m) - (m * (m + 1)) / 2;
  const uOfB = m * n - uOfA;
  const u = { 'two-sided': Math.max(uOfA, uOfB), greater: uOfA, less: uOfB }[alternative];
  const total = m + n;
  const deviation = Math.sqrt(((m * n) / 12) * (total + 1 - ranking.tieTerm / (total * (total - 1))));
  const p = normalSurvival((u - (m * n) / 2 - (continuity ? 0.5 : 0)) / deviation);
  return Math.min(1, alternative === 'two-sided' ? 2 * p : p);
}

/** Pairs beyond which the exact law is not worth its time: the normal approximation is right to many digits there. */
const EXACT_PAIRS_MAX = 40_000;

/**
 * Exact two-sided p-value, valid without ties only.
 * @returns null when there are ties, a side is empty, or the samples are too large for it.
 */
export function mannWhitneyExactP(a: readonly number[], b: readonly number[]): number | null {
  const m = a.length;
  const n = b.length;
  if (m === 0 || n === 0 || m * n > EXACT_PAIRS_MAX || new Set([...a, ...b]).size < m + n) return null;
  const u = mannWhitneyU(a, b);
  // The law is symmetric; its low end is summed because the recursion there has met small numbers only.
  const law = rankSumLaw(m, n);
  let tail = 0;
  for (let value = 0; value <= Math.min(u, m * n - u); value++) tail += law[value] ?? 0;
  return Math.min(1, 2 * tail);
}

/**
 * Probabilities of U = 0..mn under the null hypothesis: the coefficients of the Gaussian binomial
 * ∏ (1 − q^(n+i)) / (1 − q^i), i = 1..m, divided by their sum as we go so that they stay in range.
 */
function rankSumLaw(m: number, n: number): Float64Array {
  const size = m * n;
  const law = new Float64Array(size + 1);
  law[0] = 1;
  for (let i = 1; i <= m; i++) {
    for (let value = size; value >= n + i; value--) law[value] = (law[value] ?? 0) - (law[value - n - i] ?? 0);
    for (let value = i; value <= size; value++) law[value] = (law[value] ?? 0) + (law[value - i] ?? 0);
    const share = i / (n + i);
    for (let value = 0; value <= size; value++) law[value] = (law[value] ?? 0) * share;
  }
  return law;
}
