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

export type Series = { kind: 'series'; values: number[] } | { kind: 'invalid'; reason: string };

const gap = /^(nan|na|null|none)?$/i;

/**
 * One value a line; a gap is an empty line, `NaN`, `NA`, `null` or `None`. A word in the first line is a heading and no value, anywhere
 * else it is a mistake: a typing error read as a gap would be filled in silence. The last line may end without a line break.
 */
export function parseSeries(text: string): Series {
  const [heading, ...below] = text
    .replace(/^\ufeff/, '')
    .replace(/\r?\n$/, '')
    .split(/\r?\n/);
  const headed = heading !== undefined && isWord(heading);
  const lines = headed ? below : [heading ?? '', ...below];
  const wrong = lines.findIndex(isWord);
  if (wrong !== -1) {
    return {
      kind: 'invalid',
      reason: `line ${wrong + (headed ? 2 : 1)} is ${JSON.stringify(lines[wrong])}: one number a line is expected`,
    };
  }
  const values = lines.map((line) => (gap.test(line.trim()) ? Number.NaN : Number(line)));
  if (values.every(Number.isNaN)) return { kind: 'invalid', reason: 'there are no numbers: one value a line is expected' };
  return { kind: 'series', values };
}

/** Infinity counts as a word: nothing measures it. */
const isWord = (line: string) => !gap.test(line.trim()) && !Number.isFinite(Number(line));

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

/** Of the values that came: a gap says nothing about the forecast. */
function compare(forecast: Forecast, actual: readonly number[], scale: number): { scaled: number; smape: number; covered: number } {
  const came = actual.map((value, h) => ({ value, h })).filter(({ value }) => !Number.isNaN(value));
  const errors = came.map(({ value, h }) => Math.abs((forecast.mean[h] ?? Number.NaN) - value));
  const shares = came.map(({ value, h }) => {
    const predicted = forecast.mean[h] ?? Number.NaN;
    const size = Math.abs(predicted) + Math.abs(value);
    return size === 0 ? 0 : (200 * Math.abs(predicted - value)) / size;
  });
  const inside = came.map(({ value, h }) => Number(value >= (forecast.low[h] ?? Infinity) && value <= (forecast.high[h] ?? -Infinity)));
  return { scaled: mean(errors) / scale, smape: mean(shares), covered: mean(inside) };
}

function naiveError(known: readonly number[], season: number): number {
  const errors = known.slice(season).map((value, index) => Math.abs(value - (known[index] ?? Number.NaN)));
  return mean(errors.filter((error) => !Number.isNaN(error)));
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
