import { continueResiduals, fitAutoregression } from './autoregression.ts';
import type { Method } from './method.ts';

/** How the values of one place in the season, one for each past season, become one. */
type Typical = 'median' | 'mean' | 'trimmed';

export interface ProfileOptions {
  /** Steps in a season. */
  season: number;
  /** Past seasons that are looked at, at most. */
  seasons: number;
  typical: Typical;
  /** Whether the level moves along a straight line through the means of the seasons. */
  trend: boolean;
  /** Changes the profile in place before it is used, such as smoothing it. */
  refine?: (profile: Float64Array, seasons: number) => void;
  name: string;
}

/** Seasons that a profile must have seen; a straight line needs one more. */
const SEASONS_MIN = 2;
const RESIDUAL_ORDER = 2;

/**
 * The typical season of the last few, on a level or a straight line, plus an autoregression of what is left over:
 * "median of four weeks with residual AR" is one of these.
 */
export function seasonalProfile(options: ProfileOptions): Method {
  const { season } = options;
  return {
    name: options.name,
    forecasts(values, origins, horizon) {
      return origins.map((origin) => {
        const seasons = Math.min(options.seasons, Math.floor(origin / season));
        if (seasons < SEASONS_MIN + (options.trend ? 1 : 0)) return null;
        const line = options.trend ? lineThroughSeasons(values, origin, season, seasons) : { at: 0, slope: 0 };
        const profile = typicalSeason(values, origin, { ...options, seasons }, line);
        options.refine?.(profile, seasons);
        const residuals = leftOver(values, origin, profile, seasons, line);
        const next = continueResiduals(fitAutoregression(residuals, RESIDUAL_ORDER), residuals, horizon);
        for (let h = 0; h < horizon; h++) next[h] = (next[h] ?? 0) + (profile[h % season] ?? 0) + line.at + line.slope * (h + 1);
        return next;
      });
    },
  };
}

/** A straight line: its value at the last known step and what it gains a step. */
interface Line {
  at: number;
  slope: number;
}

/** Theil and Sen's line through the means of the seasons: the median of all slopes, so that one odd week does not turn it. */
function lineThroughSeasons(values: Float64Array, origin: number, season: number, seasons: number): Line {
  const means: number[] = [];
  for (let back = 1; back <= seasons; back++) {
    let sum = 0;
    for (let i = origin - back * season; i < origin - (back - 1) * season; i++) sum += values[i] ?? 0;
    means.push(sum / season);
  }
  const slopes = means.flatMap((newer, a) => means.slice(a + 1).map((older, b) => (newer - older) / ((b + 1) * season)));
  const slope = medianOf(Float64Array.from(slopes), slopes.length);
  const levels = Float64Array.from(means, (mean, back) => mean + slope * back * season);
  // The mean of a season stands for its middle, half a season before the last known step.
  return { at: medianOf(levels, levels.length) + (slope * (season - 1)) / 2, slope };
}

function typicalSeason(values: Float64Array, origin: number, options: ProfileOptions, line: Line): Float64Array {
  const { season, seasons, typical } = options;
  const profile = new Float64Array(season);
  const column = new Float64Array(seasons);
  for (let slot = 0; slot < season; slot++) {
    for (let back = 1; back <= seasons; back++) {
      const step = slot - back * season;
      column[back - 1] = (values[origin + step] ?? 0) - line.at - line.slope * (step + 1);
    }
    profile[slot] = typical === 'median' ? medianOf(column, seasons) : meanOf(column, seasons, typical === 'trimmed' && seasons >= 5);
  }
  return profile;
}

function leftOver(values: Float64Array, origin: number, profile: Float64Array, seasons: number, line: Line): Float64Array {
  const season = profile.length;
  const count = seasons * season;
  const residuals = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    residuals[i] = (values[origin - count + i] ?? 0) - (profile[i % season] ?? 0) - line.at - line.slope * (i - count + 1);
  }
  return residuals;
}

/** Median of the first `count` entries, which are put in order in place: a handful, so insertion is the quickest sort. */
function medianOf(entries: Float64Array, count: number): number {
  for (let i = 1; i < count; i++) {
    const value = entries[i] ?? 0;
    let place = i;
    for (; place > 0 && (entries[place - 1] ?? 0) > value; place--) entries[place] = entries[place - 1] ?? 0;
    entries[place] = value;
  }
  const middle = count >> 1;
  return count % 2 === 1 ? (entries[middle] ?? 0) : ((entries[middle - 1] ?? 0) + (entries[middle] ?? 0)) / 2;
}

/** Mean, without the smallest and the largest entry where `trimmed`. */
function meanOf(entries: Float64Array, count: number, trimmed: boolean): number {
  let sum = 0;
  let least = Infinity;
  let most = -Infinity;
  for (let i = 0; i < count; i++) {
    const value = entries[i] ?? 0;
    sum += value;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return trimmed ? (sum - least - most) / (count - 2) : sum / count;
}
