import type { Forecaster } from '../../ports/index.ts';

/** Past forecasts that every candidate makes: a few, as a candidate may be slow. */
const ROUNDS = 4;

/**
 * A forecaster that hands each series to the candidate with the smallest mean absolute error over the last few days,
 * the first one among equals. For whole forecasters behind the port; `automaticForecaster` does the same, finer, with
 * the methods it knows from inside.
 * @param day steps between two past forecasts
 */
export function chooseByBackTest(candidates: readonly [Forecaster, ...Forecaster[]], day: number): Forecaster {
  return {
    async forecast(series, horizon) {
      let [best] = candidates;
      let least = Infinity;
      for (const candidate of candidates) {
        const error = await pastError(candidate, series, horizon, day);
        if (error < least) [best, least] = [candidate, error];
      }
      return best.forecast(series, horizon);
    },
  };
}

/** Mean absolute error; Infinity when the series is too short to tell. */
async function pastError(candidate: Forecaster, series: number[], horizon: number, day: number): Promise<number> {
  let sum = 0;
  let count = 0;
  for (let round = 1; round <= ROUNDS && series.length > round * day; round++) {
    const origin = series.length - round * day;
    const { mean } = await candidate.forecast(series.slice(0, origin), horizon);
    for (const [h, value] of mean.entries()) {
      const error = Math.abs((series[origin + h] ?? Number.NaN) - value);
      if (Number.isNaN(error)) continue;
      sum += error;
      count++;
    }
  }
  return count > 0 ? sum / count : Infinity;
}
