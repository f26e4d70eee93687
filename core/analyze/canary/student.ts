/**
 * P(T > t) of Student's t with `df` degrees of freedom, df > 0, fractions allowed (Welch).
 * From the regularised incomplete beta function: P(|T| > t) = I_x(df/2, 1/2), x = df / (df + t²).
 */
export function studentSurvival(t: number, df: number): number {
  if (Number.isNaN(t) || !(df > 0)) return Number.NaN;
  if (t === Infinity) return 0;
  const tail = regularisedBetaHalf(df / 2, df, t) / 2;
  return t >= 0 ? tail : 1 - tail;
}

/** I_x(a, 1/2) for x = df / (df + t²), with 1 − x = t² / (df + t²) taken directly so that no digits are lost near x = 1. */
function regularisedBetaHalf(a: number, df: number, t: number): number {
  const x = df / (df + t * t);
  const rest = (t * t) / (df + t * t);
  if (rest === 0) return 1;
  const front = Math.exp(a * Math.log1p((-t * t) / (df + t * t)) + 0.5 * Math.log(rest) - logBetaHalf(a));
  // The fraction converges quickly on this side of the mean of the beta law and slowly on the other: use the mirror there.
  return x < (a + 1) / (a + 2.5) ? (front * betaFraction(a, 0.5, x)) / a : 1 - (front * betaFraction(0.5, a, rest)) / 0.5;
}

/** Continued fraction of the incomplete beta function (Lentz's method; Press et al., Numerical Recipes, 6.4). */
function betaFraction(a: number, b: number, x: number): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1), tiny);
  let fraction = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d, tiny);
    c = nonZero(1 + even / c, tiny);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d, tiny);
    c = nonZero(1 + odd / c, tiny);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return fraction;
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

/** ln B(a, 1/2) = ln Γ(1/2) − (ln Γ(a + 1/2) − ln Γ(a)). */
function logBetaHalf(a: number): number {
  return Math.log(Math.PI) / 2 - logGammaStepHalf(a);
}

/**
 * ln Γ(a + 1/2) − ln Γ(a) as one difference of Stirling's series, because the two logarithms are huge and nearly
 * equal for many samples. Small a are lifted first by Γ(a + 1) = a Γ(a).
 */
function logGammaStepHalf(a: number): number {
  let base = a;
  let lifted = 0;
  while (base < 20) {
    lifted += Math.log(base) - Math.log(base + 0.5);
    base += 1;
  }
  return lifted + 0.5 * Math.log(base) + base * Math.log1p(0.5 / base) - 0.5 + stirlingTail(base + 0.5) - stirlingTail(base);
}

/** ln Γ(x) − [(x − 1/2) ln x − x + ln √(2π)], good to 1e-16 from x = 20. */
function stirlingTail(x: number): number {
  const inverse = 1 / (x * x);
  return (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) / x;
}
