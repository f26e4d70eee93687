import type { Forecast, Forecaster } from '../../ports/index.ts';
import { fourierRidge } from './fourier-ridge.ts';
import { fillGaps } from './gaps.ts';
import { holtWinters } from './holt-winters.ts';
import type { Method } from './method.ts';
import { seasonalProfile } from './seasonal-profile.ts';

export interface Seasons {
  /** Steps in a day. */
  day: number;
  /** Steps in a week, a multiple of the day. @default null: days are all alike */
  week?: number | null;
}

/** Past forecasts that the back-test makes; at a day each they cover two weeks, every weekday twice. */
const BACK_TESTS = 14;
/** How strongly the better methods lead: weight ∝ error^−power. */
const LEADERSHIP = 6;
/** Methods below this share of the best one's weight are left out. */
const WEIGHT_MIN = 0.05;
/** Steps on either side whose errors count for a step's interval: this fraction of a day. */
const POOL_FRACTION = 12;
/** Share of values inside low..high. */
const COVERAGE = 0.8;

/**
 * The forecaster that chooses for itself: every method forecasts the last two weeks from where it would have stood, and
 * those that were right get the say, in proportion. The errors of that same blend give the 80 % interval, step by step.
 */
export function automaticForecaster(seasons: Seasons): Forecaster {
  const methods = candidates(seasons);
  return { forecast: (series, horizon) => forecastAutomatically(series, horizon, seasons, methods) };
}

function candidates({ day, week = null }: Seasons): Method[] {
  const season = week ?? day;
  const flat = [2, 3, 4, 6].map((seasons) =>
    seasonalProfile({ season, seasons, typical: 'median', trend: false, name: `median-${seasons}` }),
  );
  const methods = [
    ...flat,
    seasonalProfile({ season, seasons: 6, typical: 'trimmed', trend: false, name: 'trimmed-6' }),
    ...[4, 6, 8].map((seasons) => seasonalProfile({ season, seasons, typical: 'median', trend: true, name: `trend-median-${seasons}` })),
    ...[6, 8].map((seasons) => seasonalProfile({ season, seasons, typical: 'mean', trend: true, name: `trend-mean-${seasons}` })),
    ...[4, 8].map((seasons) => fourierRidge({ season, inner: week === null ? 1 : day, seasons })),
    holtWinters({ season, level: 0.05, slope: 0, seasonal: 0.3, name: 'holt-winters-slow' }),
    holtWinters({ season, level: 0.1, slope: 0, seasonal: 0.15, name: 'holt-winters' }),
    holtWinters({ season, level: 0.05, slope: 0.02, seasonal: 0.15, name: 'holt-winters-sloped' }),
  ];
  if (week !== null) {
    methods.push(seasonalProfile({ season: day, seasons: 7, typical: 'median', trend: false, name: 'daily-median-7' }));
    methods.push(seasonalProfile({ season: day, seasons: 14, typical: 'mean', trend: true, name: 'daily-trend-14' }));
  }
  // Histories of less than two seasons: a level or a line through the last values.
  methods.push(seasonalProfile({ season: 1, seasons: 24, typical: 'median', trend: false, name: 'level' }));
  methods.push(seasonalProfile({ season: 1, seasons: 24, typical: 'mean', trend: true, name: 'line' }));
  return methods;
}

function forecastAutomatically(series: readonly number[], horizon: number, seasons: Seasons, methods: readonly Method[]): Forecast {
  const values = fillGaps(series, seasons.week ?? seasons.day);
  const origins = backTestOrigins(values.length, seasons.day);
  const tried = methods.map((method) => tryOut(method, values, origins, horizon)).filter((trial) => trial !== null);
  const shares = shareByError(tried);
  if (shares.length === 0) return repeatLast(values, horizon);

  const pasts = origins.map((_, index) => blend(shares, (trial) => trial.pasts[index] ?? null, horizon));
  const mean = blend(shares, (trial) => trial.next, horizon) ?? new Float64Array(horizon);
  const reach = halfWidths(values, origins, pasts, horizon, seasons.day);
  return {
    mean: [...mean],
    low: Array.from(mean, (value, h) => value - (reach[h] ?? 0)),
    high: Array.from(mean, (value, h) => value + (reach[h] ?? 0)),
    model: shares.map(({ trial, share }) => `${trial.name} ${Math.round(share * 100)} %`).join(' + '),
  };
}

/** Whole days back from the end, so that the past forecasts stand at the same time of day as the one to make. */
function backTestOrigins(length: number, day: number): number[] {
  const origins: number[] = [];
  for (let back = BACK_TESTS; back >= 1; back--) if (length - back * day > 0) origins.push(length - back * day);
  return origins;
}

interface Trial {
  name: string;
  next: Float64Array;
  /** One past forecast an origin; null where the method could not yet speak. */
  pasts: (Float64Array | null)[];
  /** Mean absolute error over all past steps that are known by now; Infinity without any. */
  error: number;
}

function tryOut(method: Method, values: Float64Array, origins: readonly number[], horizon: number): Trial | null {
  const all = method.forecasts(values, [...origins, values.length], horizon);
  const next = all.at(-1) ?? null;
  if (next === null) return null;
  const pasts = all.slice(0, -1);
  let sum = 0;
  let count = 0;
  for (const [index, past] of pasts.entries()) {
    const origin = origins[index] ?? 0;
    for (let h = 0; past && h < horizon && origin + h < values.length; h++) {
      sum += Math.abs((values[origin + h] ?? 0) - (past[h] ?? 0));
      count++;
    }
  }
  return { name: method.name, next, pasts, error: count > 0 ? sum / count : Infinity };
}

interface Share {
  trial: Trial;
  share: number;
}

/** The say of each method, best first, adding up to 1. */
function shareByError(trials: readonly Trial[]): Share[] {
  const best = Math.min(...trials.map((trial) => trial.error));
  const weighted = trials
    .map((trial) => ({ trial, share: trial.error === best ? 1 : (best / trial.error) ** LEADERSHIP }))
    .filter(({ share }) => share >= WEIGHT_MIN)
    .sort((a, b) => b.share - a.share);
  const total = weighted.reduce((sum, { share }) => sum + share, 0);
  return weighted.map(({ trial, share }) => ({ trial, share: share / total }));
}

/** Weighted mean of those methods that have a forecast; null when none has. */
function blend(shares: readonly Share[], pick: (trial: Trial) => Float64Array | null, horizon: number): Float64Array | null {
  const sum = new Float64Array(horizon);
  let total = 0;
  for (const { trial, share } of shares) {
    const forecast = pick(trial);
    if (!forecast) continue;
    total += share;
    for (let h = 0; h < horizon; h++) sum[h] = (sum[h] ?? 0) + share * (forecast[h] ?? 0);
  }
  return total > 0 ? sum.map((value) => value / total) : null;
}

/**
 * How far to each side the interval reaches at every step: the share COVERAGE of the past errors at that step and the
 * ones around it, with the (n + 1) correction of conformal prediction.
 */
function halfWidths(
  values: Float64Array,
  origins: readonly number[],
  pasts: readonly (Float64Array | null)[],
  horizon: number,
  day: number,
): Float64Array {
  const around = Math.ceil(day / POOL_FRACTION);
  const widths = new Float64Array(horizon);
  for (let h = 0; h < horizon; h++) {
    const errors: number[] = [];
    for (const [index, past] of pasts.entries()) {
      const origin = origins[index] ?? 0;
      for (let near = Math.max(0, h - around); past && near <= h + around && near < horizon && origin + near < values.length; near++) {
        errors.push(Math.abs((values[origin + near] ?? 0) - (past[near] ?? 0)));
      }
    }
    errors.sort((a, b) => a - b);
    const place = Math.min(errors.length - 1, Math.ceil((errors.length + 1) * COVERAGE) - 1);
    widths[h] = errors[place] ?? 0;
  }
  return widths;
}

/** Too little is known for anything else. */
function repeatLast(values: Float64Array, horizon: number): Forecast {
  const repeated = new Array<number>(horizon).fill(values.at(-1) ?? 0);
  return { mean: repeated, low: [...repeated], high: [...repeated], model: 'last value' };
}
