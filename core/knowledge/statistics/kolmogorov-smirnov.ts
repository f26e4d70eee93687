import { kolmogorovLimitSurvival, kolmogorovSurvival } from './kolmogorov.ts';

export interface KolmogorovSmirnovTest {
  /** Largest distance between the two empirical distribution functions; NaN when a side is empty. */
  d: number;
  /** By the law of one sample of round(mn / (m + n)) values (scipy's asymptotic mode). */
  pAsymptotic: number;
  /** By Kolmogorov's limit law. */
  pLimit: number;
  /** By counting lattice paths; null when the samples are too large for it. */
  pExact: number | null;
}

/** Steps of the path count beyond which the exact p-value is not computed. */
const EXACT_STEPS_MAX = 4_000_000;

/** Two-sided two-sample Kolmogorov–Smirnov test; ties are allowed. */
export function kolmogorovSmirnovTest(a: readonly number[], b: readonly number[]): KolmogorovSmirnovTest {
  const m = a.length;
  const n = b.length;
  if (m === 0 || n === 0) return { d: Number.NaN, pAsymptotic: Number.NaN, pLimit: Number.NaN, pExact: null };
  const steps = largestDistance(a, b);
  const d = steps / (m * n);
  const effective = (m * n) / (m + n);
  return {
    d,
    pAsymptotic: kolmogorovSurvival(d, roundHalfEven(effective)),
    pLimit: kolmogorovLimitSurvival(Math.sqrt(effective) * d),
    pExact: m * n > EXACT_STEPS_MAX ? null : pathsReaching(m, n, steps),
  };
}

/** max |i·n − j·m| over the places where i values of `a` and j of `b` are at or below some value: D in exact integers. */
function largestDistance(a: readonly number[], b: readonly number[]): number {
  const sortedA = [...a].sort((x, y) => x - y);
  const sortedB = [...b].sort((x, y) => x - y);
  let i = 0;
  let j = 0;
  let largest = 0;
  while (i < sortedA.length && j < sortedB.length) {
    const value = Math.min(sortedA[i] ?? Infinity, sortedB[j] ?? Infinity);
    while (i < sortedA.length && (sortedA[i] ?? Infinity) <= value) i++;
    while (j < sortedB.length && (sortedB[j] ?? Infinity) <= value) j++;
    largest = Math.max(largest, Math.abs(i * sortedB.length - j * sortedA.length));
  }
  return largest;
}

/**
 * P(D ≥ steps / mn): the share of the monotone paths from (0, 0) to (m, n) that touch |i·n − j·m| ≥ steps.
 * Paths to (i, j) come from the left with probability i / (i + j), else from below; only positive terms are
 * added, so small p-values keep their digits.
 */
function pathsReaching(m: number, n: number, steps: number): number {
  let column = new Float64Array(n + 1);
  for (let i = 0; i <= m; i++) {
    const next = new Float64Array(n + 1);
    for (let j = 0; j <= n; j++) {
      if (Math.abs(i * n - j * m) >= steps) next[j] = 1;
      else if (i + j > 0) next[j] = ((column[j] ?? 0) * i + (j > 0 ? (next[j - 1] ?? 0) : 0) * j) / (i + j);
    }
    column = next;
  }
  return column[n] ?? 1;
}

/** numpy's rounding, which the reference uses for the effective size. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
