/** ln Γ(x) for x > 0: lifted to x ≥ 10, then Stirling's series. */
function logGamma(x: number): number {
  let lifted = 0;
  let base = x;
  while (base < 10) {
    lifted -= Math.log(base);
    base += 1;
  }
  const inverse = 1 / (base * base);
  const tail = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / base;
  return lifted + (base - 0.5) * Math.log(base) - base + Math.log(2 * Math.PI) / 2 + tail;
}

/** P(G ≤ x) of a gamma law with the given shape and rate 1: the series below the mean, the continued fraction above it. */
export function gammaCdf(shape: number, x: number): number {
  if (x <= 0) return 0;
  const front = Math.exp(shape * Math.log(x) - x - logGamma(shape));
  if (x < shape + 1) {
    let term = 1 / shape;
    let sum = term;
    for (let n = 1; n < 10_000 && term > sum * 1e-16; n++) {
      term *= x / (shape + n);
      sum += term;
    }
    return Math.min(1, front * sum);
  }
  let tail = 0;
  for (let n = 500; n >= 1; n--) tail = (n * (n - shape)) / (x + 2 * n + 1 - shape - tail);
  return 1 - front / (x + 1 - shape - tail);
}

/** Quantile of the same law. @param probability 0..1, exclusive */
export function gammaQuantile(shape: number, probability: number): number {
  let low = 0;
  let high = shape + 1;
  while (gammaCdf(shape, high) < probability) high *= 2;
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (gammaCdf(shape, middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
