/** Complementary error function, relative error about 1e-14 over the whole line. */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  return x < 2.5 ? 1 - erfBySeries(x) : erfcByFraction(x);
}

/** erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!; every term is positive, so nothing cancels. */
function erfBySeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 200 && term > sum * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Laplace's continued fraction, evaluated from the tail; 60 levels are enough from x = 2.5 on. */
function erfcByFraction(x: number): number {
  let tail = x;
  for (let level = 60; level > 0; level--) tail = x + level / 2 / tail;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail);
}

/** P(Z > z) of the standard normal. */
export function normalSurvival(z: number): number {
  return erfc(z / Math.SQRT2) / 2;
}

/**
 * Quantile of the standard normal: bisection finds the place, Newton's steps on the survival function polish it
 * to the last digits.
 * @param probability 0..1; the ends give ∓Infinity.
 */
export function normalQuantile(probability: number): number {
  if (!(probability > 0)) return probability === 0 ? -Infinity : Number.NaN;
  if (probability >= 1) return probability === 1 ? Infinity : Number.NaN;
  if (probability > 0.5) return -normalQuantile(1 - probability);
  let low = -39;
  let high = 0;
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (normalSurvival(-middle) < probability) low = middle;
    else high = middle;
  }
  let z = (low + high) / 2;
  for (let step = 0; step < 3; step++) {
    z -= (normalSurvival(-z) - probability) / (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI));
  }
  return z;
}
