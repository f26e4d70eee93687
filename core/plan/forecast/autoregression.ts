/** Coefficients of an autoregression, the most recent value first. */
export type Autoregression = readonly number[];

/**
 * Fits AR(order) to residuals by Yule–Walker, solved by Levinson's recursion; the result is always stationary.
 * Residuals without any spread give all zeros.
 */
export function fitAutoregression(residuals: Float64Array, order: number): Autoregression {
  const correlation = autocovariances(residuals, order);
  const power = correlation[0] ?? 0;
  let coefficients: number[] = [];
  let error = power;
  // A predictable residual down to rounding has nothing left to fit.
  for (let lag = 1; lag <= order && error > power * 1e-9 && power > 0; lag++) {
    let unexplained = correlation[lag] ?? 0;
    for (const [k, coefficient] of coefficients.entries()) unexplained -= coefficient * (correlation[lag - 1 - k] ?? 0);
    const reflection = unexplained / error;
    coefficients = [...coefficients.map((value, k) => value - reflection * (coefficients[lag - 2 - k] ?? 0)), reflection];
    error *= 1 - reflection * reflection;
  }
  return coefficients;
}

function autocovariances(residuals: Float64Array, order: number): number[] {
  const result: number[] = [];
  for (let lag = 0; lag <= order; lag++) {
    let sum = 0;
    for (let i = lag; i < residuals.length; i++) sum += (residuals[i] ?? 0) * (residuals[i - lag] ?? 0);
    result.push(sum);
  }
  return result;
}

/** What the autoregression expects of the next `horizon` residuals; it decays to 0. */
export function continueResiduals(model: Autoregression, residuals: Float64Array, horizon: number): Float64Array {
  const order = model.length;
  const values = new Float64Array(order + horizon);
  for (let k = 0; k < order; k++) values[order - 1 - k] = residuals[residuals.length - 1 - k] ?? 0;
  for (let step = order; step < values.length; step++) {
    let expected = 0;
    for (let k = 0; k < order; k++) expected += (model[k] ?? 0) * (values[step - 1 - k] ?? 0);
    values[step] = expected;
  }
  return values.subarray(order);
}
