/** Arithmetic mean, in two passes so that a large offset costs no digits of a difference of means; NaN for an empty sample. */
export function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  const rough = sum / values.length;
  let rest = 0;
  for (const value of values) rest += value - rough;
  return rough + rest / values.length;
}

/** Σ(x − mean)², in two passes so that a large mean costs no digits. */
export function squaredDeviations(values: readonly number[]): number {
  const centre = mean(values);
  let sum = 0;
  for (const value of values) sum += (value - centre) ** 2;
  return sum;
}

/** Unbiased variance (n − 1); NaN below two values. */
export function variance(values: readonly number[]): number {
  return values.length < 2 ? Number.NaN : squaredDeviations(values) / (values.length - 1);
}

/** Percentile 0..100 by linear interpolation between order statistics (R-7, as Kayenta asks of Commons Math); NaN when empty. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (place - Math.floor(place)) * (above - below);
}
