import type { Forecast, Forecaster } from '../core/ports/index.ts';

export interface ForecastJob {
  values: readonly number[];
  /** Indices of the first forecast value; everything before is known. */
  origins: readonly number[];
  horizon: number;
  /** Season of the naive forecast that the error is scaled by. */
  maseSeason: number;
}

export interface ForecastFigures {
  /** Mean over the origins of MAE / (mean |y[t] − y[t − maseSeason]| before the origin) (Hyndman and Koehler, 2006). */
  mase: number;
  /** Per cent, 2 |f − y| / (|f| + |y|). */
  smape: number;
  /** Share of values inside the 80 % interval. */
  coverage80: number;
  /** What the forecaster used at the last origin. */
  model: string;
  /** Median over the origins: the machine may be busy with other things. */
  msPerFit: number;
}

/** Forecasts from every origin and compares with what came. */
export async function judgeForecasts(forecaster: Forecaster, job: ForecastJob): Promise<ForecastFigures> {
  const rounds: { scaled: number; smape: number; covered: number; ms: number }[] = [];
  let model = '';
  for (const origin of job.origins) {
    const known = job.values.slice(0, origin);
    const started = performance.now();
    const forecast = await forecaster.forecast(known, job.horizon);
    const ms = performance.now() - started;
    const actual = job.values.slice(origin, origin + job.horizon);
    rounds.push({ ...compare(forecast, actual, naiveError(known, job.maseSeason)), ms });
    model = forecast.model;
  }
  return {
    mase: round(mean(rounds.map((one) => one.scaled)), 4),
    smape: round(mean(rounds.map((one) => one.smape)), 3),
    coverage80: round(mean(rounds.map((one) => one.covered)), 4),
    model,
    msPerFit: round(median(rounds.map((one) => one.ms)), 2),
  };
}

function compare(forecast: Forecast, actual: readonly number[], scale: number): { scaled: number; smape: number; covered: number } {
  const errors = actual.map((value, h) => Math.abs((forecast.mean[h] ?? Number.NaN) - value));
  const shares = actual.map((value, h) => {
    const size = Math.abs(forecast.mean[h] ?? 0) + Math.abs(value);
    return size === 0 ? 0 : (200 * (errors[h] ?? 0)) / size;
  });
  const inside = actual.map((value, h) => Number(value >= (forecast.low[h] ?? Infinity) && value <= (forecast.high[h] ?? -Infinity)));
  return { scaled: mean(errors) / scale, smape: mean(shares), covered: mean(inside) };
}

function naiveError(known: readonly number[], season: number): number {
  return mean(known.slice(season).map((value, index) => Math.abs(value - (known[index] ?? 0))));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
