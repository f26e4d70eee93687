import type { Method } from './method.ts';

export interface HoltWintersOptions {
  season: number;
  /** Smoothing of the level, of the slope (0: no slope) and of the season, each 0..1. */
  level: number;
  slope: number;
  seasonal: number;
  name: string;
}

/** Only the recent past is run through: older seasons have no weight left. */
const SEASONS_MAX = 12;
/** A forecast further outside what has been seen than this many times its range has diverged. */
const RANGE_GUARD = 0.5;

interface State {
  level: number;
  slope: number;
  season: Float64Array;
  /** Running sums for the correlation of neighbouring errors, and the last error. */
  products: number;
  squares: number;
  error: number;
}

/**
 * Additive Holt–Winters with the one-step errors continued by their own correlation (Chatfield and Yar, 1988), guarded
 * against divergence: a forecast that leaves the range of the data is none.
 */
export function holtWinters(options: HoltWintersOptions): Method {
  return {
    name: options.name,
    forecasts(values, origins, horizon) {
      const { season } = options;
      const last = origins.at(-1) ?? 0;
      const first = Math.max(0, Math.floor((last - SEASONS_MAX * season) / season) * season);
      if (last - first < 2 * season) return origins.map(() => null);
      const state = startState(values, first, season, options.slope > 0);
      let least = Infinity;
      let most = -Infinity;
      let step = first;
      return origins.map((origin) => {
        for (; step < origin; step++) {
          const value = values[step] ?? 0;
          least = Math.min(least, value);
          most = Math.max(most, value);
          advance(state, options, value, (step - first) % season);
        }
        if (origin - first < 3 * season) return null;
        const reach = RANGE_GUARD * (most - least);
        const forecast = ahead(state, horizon, (origin - first) % season);
        return forecast.every((value) => value >= least - reach && value <= most + reach) ? forecast : null;
      });
    },
  };
}

/** Level, slope and shape of the first two seasons; the shape without the slope, which would count twice otherwise. */
function startState(values: Float64Array, first: number, season: number, sloped: boolean): State {
  const meanOf = (start: number) => values.subarray(start, start + season).reduce((sum, value) => sum + value, 0) / season;
  const [one, two] = [meanOf(first), meanOf(first + season)];
  const slope = sloped ? (two - one) / season : 0;
  const shape = new Float64Array(season);
  for (let i = 0; i < season; i++) {
    const ramp = slope * (i - (season - 1) / 2);
    shape[i] = ((values[first + i] ?? 0) - one + ((values[first + season + i] ?? 0) - two)) / 2 - ramp;
  }
  return { level: one - (slope * (season + 1)) / 2, slope, season: shape, products: 0, squares: 0, error: 0 };
}

function advance(state: State, options: HoltWintersOptions, value: number, slot: number): void {
  const error = value - state.level - state.slope - (state.season[slot] ?? 0);
  state.level += state.slope + options.level * error;
  state.slope += options.level * options.slope * error;
  state.season[slot] = (state.season[slot] ?? 0) + options.seasonal * (1 - options.level) * error;
  state.products += error * state.error;
  state.squares += state.error * state.error;
  state.error = error;
}

function ahead(state: State, horizon: number, slot: number): Float64Array {
  const season = state.season.length;
  const correlation = state.squares > 0 ? Math.max(-0.99, Math.min(0.99, state.products / state.squares)) : 0;
  const forecast = new Float64Array(horizon);
  let carried = state.error;
  for (let h = 0; h < horizon; h++) {
    carried *= correlation;
    forecast[h] = state.level + state.slope * (h + 1) + (state.season[(slot + h) % season] ?? 0) + carried;
  }
  return forecast;
}
