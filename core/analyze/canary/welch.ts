import { mean, variance } from './moments.ts';
import { studentSurvival } from './student.ts';

/** Welch's t test of two means; every field is NaN when a side has fewer than two values or both are constant. */
export interface WelchTest {
  t: number;
  /** Welch–Satterthwaite degrees of freedom. */
  df: number;
  pTwoSided: number;
  /** Evidence that `a` has the greater mean. */
  pGreater: number;
  pLess: number;
}

/** Welch, B. L. (1947): unequal variances, no assumption about the sizes. */
export function welchTest(a: readonly number[], b: readonly number[]): WelchTest {
  const squaredErrorA = variance(a) / a.length;
  const squaredErrorB = variance(b) / b.length;
  const squaredError = squaredErrorA + squaredErrorB;
  const t = squaredError > 0 ? (mean(a) - mean(b)) / Math.sqrt(squaredError) : Number.NaN;
  // Of shares instead of squares of squares, which leave the range of numbers for very small and very large samples.
  const share = squaredErrorA / squaredError;
  const df = 1 / (share ** 2 / (a.length - 1) + (1 - share) ** 2 / (b.length - 1));
  return {
    t,
    df,
    pTwoSided: 2 * studentSurvival(Math.abs(t), df),
    pGreater: studentSurvival(t, df),
    pLess: studentSurvival(-t, df),
  };
}
