/*
 * The law of Kolmogorov's D_n, one sample of n values against its true distribution.
 * Method by region as in Simard and L'Ecuyer, "Computing the Two-Sided Kolmogorov-Smirnov Distribution",
 * Journal of Statistical Software 39(11), 2011; the switches are scipy's (stats/_ksstats.py).
 */

/** P(D_n ≥ d). @param n whole, at least 1. */
export function kolmogorovSurvival(d: number, n: number): number {
  if (Number.isNaN(d) || !(n >= 1)) return Number.NaN;
  const scaled = n * d;
  if (d >= 1) return 0;
  if (scaled <= 0.5) return 1;
  if (scaled <= 1) return 1 - smallestSteps(n, scaled);
  if (scaled >= n - 1) return 2 * (1 - d) ** n;
  const squared = scaled * d;
  if (squared >= 370) return 0;
  // Twice the one-sided law counts the paths that cross both bounds twice; there are next to none this far out.
  if (d >= 0.5 || squared > 4 || (n > 140 && squared >= 2.2)) return Math.min(1, 2 * oneSidedSurvival(d, n));
  if (n <= 140 || (n <= 100_000 && n * d ** 1.5 <= 1.4)) return clip(1 - durbinMatrix(d, n));
  return clip(1 - pelzGood(d, n));
}

function clip(probability: number): number {
  return Math.min(1, Math.max(0, probability));
}

/** P(D_n < d) for 1/2 < nd ≤ 1 (Ruben and Gambino): n! ((2nd − 1) / n)^n. */
function smallestSteps(n: number, scaled: number): number {
  let product = 1;
  for (let i = 1; i <= n && product > 0; i++) product *= (i / n) * (2 * scaled - 1);
  return product;
}

/** P(D_n⁺ ≥ d) = d Σ C(n, j) (d + j/n)^(j−1) (1 − d − j/n)^(n−j), j up to n(1 − d): only positive terms. */
function oneSidedSurvival(d: number, n: number): number {
  let logBinomial = 0;
  let sum = 0;
  for (let j = 0; j <= Math.floor(n * (1 - d)); j++) {
    if (j > 0) logBinomial += Math.log((n - j + 1) / j);
    const rest = 1 - d - j / n;
    if (rest > 0) sum += Math.exp(logBinomial + (j - 1) * Math.log(d + j / n) + (n - j) * Math.log(rest));
  }
  return d * sum;
}

/** P(D_n < d) by the matrix power of Durbin as Marsaglia, Tsang and Wang (2003) write it; exact, for a small band. */
function durbinMatrix(d: number, n: number): number {
  const k = Math.floor(n * d) + 1;
  const size = 2 * k - 1;
  const h = k - n * d;
  const step = durbinStep(size, h);
  let power = identity(size);
  let square = step;
  let exponentPower = 0;
  let exponentSquare = 0;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) {
      power = multiply(power, square, size);
      exponentPower += exponentSquare + rescale(power, size, k);
    }
    square = multiply(square, square, size);
    exponentSquare = 2 * exponentSquare + rescale(square, size, k);
  }
  let result = power[(k - 1) * size + k - 1] ?? 0;
  let exponent = exponentPower;
  for (let i = 1; i <= n; i++) {
    result *= i / n;
    if (result < 1e-140) {
      result *= 1e140;
      exponent -= 140;
    }
  }
  return result * 10 ** exponent;
}

/** The matrix H of Marsaglia, Tsang and Wang, row by row. */
function durbinStep(size: number, h: number): Float64Array {
  const matrix = new Float64Array(size * size);
  const inverseFactorial = [1];
  for (let i = 1; i <= size; i++) inverseFactorial.push((inverseFactorial[i - 1] ?? 0) / i);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (row - column + 1 < 0) continue;
      let value = 1;
      if (column === 0) value -= h ** (row + 1);
      if (row === size - 1) value -= h ** (size - column);
      if (column === 0 && row === size - 1 && 2 * h - 1 > 0) value += (2 * h - 1) ** size;
      matrix[row * size + column] = value * (inverseFactorial[row - column + 1] ?? 0);
    }
  }
  return matrix;
}

function identity(size: number): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) matrix[i * size + i] = 1;
  return matrix;
}

function multiply(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const product = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let inner = 0; inner < size; inner++) {
      const factor = a[row * size + inner] ?? 0;
      if (factor === 0) continue;
      for (let column = 0; column < size; column++) {
        product[row * size + column] = (product[row * size + column] ?? 0) + factor * (b[inner * size + column] ?? 0);
      }
    }
  }
  return product;
}

/** Keeps the matrix in range; returns the power of ten that was taken out. */
function rescale(matrix: Float64Array, size: number, k: number): number {
  if ((matrix[(k - 1) * size + k - 1] ?? 0) <= 1e140) return 0;
  for (let i = 0; i < matrix.length; i++) matrix[i] = (matrix[i] ?? 0) * 1e-140;
  return 140;
}

/** P(D_n < d) by the first four terms of Pelz and Good (1976), for large n. */
function pelzGood(d: number, n: number): number {
  const z = Math.sqrt(n) * d;
  const pi2 = Math.PI ** 2;
  const q = Math.exp(-pi2 / (8 * z ** 2));
  const root = Math.sqrt(2 * Math.PI);
  const terms = Math.ceil((16 * z) / Math.PI);
  let [s0, s1, s2, s3, e2, e3] = [0, 0, 0, 0, 0, 0];
  for (let k = terms; k >= 1; k--) {
    const m2 = (2 * k - 1) ** 2;
    const weight = q ** m2;
    s0 += weight;
    s1 += weight * (-(z ** 2) + (pi2 / 4) * m2);
    s2 += weight * (6 * z ** 6 + 2 * z ** 4 + ((2 * z ** 4 - 5 * z ** 2) * pi2 * m2) / 4 + (pi2 ** 2 * (1 - 2 * z ** 2) * m2 ** 2) / 16);
    s3 +=
      weight *
      (-30 * z ** 6 -
        90 * z ** 8 +
        (pi2 * (135 * z ** 4 - 96 * z ** 6) * m2) / 4 +
        (pi2 ** 2 * (212 * z ** 4 - 60 * z ** 2) * m2 ** 2) / 16 +
        (pi2 ** 3 * (5 - 30 * z ** 2) * m2 ** 3) / 64);
    const even = Math.exp((-pi2 * k ** 2) / (2 * z ** 2)) * k ** 2;
    e2 += even;
    e3 += even * (3 * z ** 2 - pi2 * k ** 2);
  }
  const k0 = (root * s0) / z;
  const k1 = (root * s1) / (6 * z ** 4);
  const k2 = (root * s2) / (72 * z ** 7) - (pi2 * root * e2) / (36 * z ** 3);
  const k3 = (root * s3) / (6480 * z ** 10) + (pi2 * root * e3) / (216 * z ** 6);
  return k0 + k1 / Math.sqrt(n) + k2 / n + k3 / n ** 1.5;
}

/** P(K > x) of Kolmogorov's limit law: the alternating series, or its theta transform where that converges faster. */
export function kolmogorovLimitSurvival(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x <= 0) return 1;
  let sum = 0;
  if (x < 1) {
    for (let k = 1; k <= 20; k++) sum += Math.exp((-((2 * k - 1) ** 2) * Math.PI ** 2) / (8 * x * x));
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
  }
  for (let k = 1; k <= 20; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * x * x);
  return sum;
}
