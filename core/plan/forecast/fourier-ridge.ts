import type { Method } from './method.ts';
import { seasonalProfile } from './seasonal-profile.ts';

export interface FourierOptions {
  /** Steps in the longest season. */
  season: number;
  /** Steps in the season inside it, which must divide it; 1 when there is none. */
  inner: number;
  seasons: number;
}

/** Harmonics of the inner season, each with its neighbours: what makes one day differ from another. */
const INNER_HARMONICS = 6;
const SIDEBANDS = 2;
const OUTER_HARMONICS = 6;
/** Weight of the penalty on every coefficient, in observations. */
const RIDGE = 1;

/**
 * Regression on a straight line and Fourier terms with a ridge penalty, plus an autoregression of the residuals.
 *
 * Over whole seasons the sines and cosines are orthogonal to each other, so the ridge has a closed form: project the mean
 * season on each term and shrink by N / (N + 2λ), N the number of observations. That costs a hundredth of solving the
 * normal equations, and the line is taken out before.
 */
export function fourierRidge({ season, inner, seasons }: FourierOptions): Method {
  const terms = frequencies(season, inner).map((cycles) => wave(season, cycles));
  return seasonalProfile({
    name: `fourier-${seasons}`,
    season,
    seasons,
    typical: 'mean',
    trend: true,
    refine: (profile, seen) => project(profile, terms, seen),
  });
}

/** Cycles a season, each once. */
function frequencies(season: number, inner: number): number[] {
  const days = season / inner;
  const found = new Set<number>();
  for (let k = 1; k <= OUTER_HARMONICS; k++) found.add(k);
  if (inner > 1 && Number.isInteger(days)) {
    for (let k = 1; k <= INNER_HARMONICS; k++) for (let side = -SIDEBANDS; side <= SIDEBANDS; side++) found.add(k * days + side);
  }
  // A wave needs more than two samples a cycle.
  return [...found].filter((cycles) => cycles > 0 && 2 * cycles < season);
}

function wave(season: number, cycles: number): [cosine: Float64Array, sine: Float64Array] {
  const angle = (slot: number) => (2 * Math.PI * cycles * slot) / season;
  return [
    Float64Array.from({ length: season }, (_, slot) => Math.cos(angle(slot))),
    Float64Array.from({ length: season }, (_, slot) => Math.sin(angle(slot))),
  ];
}

function project(profile: Float64Array, terms: readonly [Float64Array, Float64Array][], seasons: number): void {
  const season = profile.length;
  const observations = season * seasons;
  const shrink = observations / (observations + 2 * RIDGE);
  const raw = profile.slice();
  profile.fill(raw.reduce((sum, value) => sum + value, 0) / season);
  for (const wave of terms.flat()) {
    let product = 0;
    for (let slot = 0; slot < season; slot++) product += (raw[slot] ?? 0) * (wave[slot] ?? 0);
    const coefficient = ((2 * product) / season) * shrink;
    for (let slot = 0; slot < season; slot++) profile[slot] = (profile[slot] ?? 0) + coefficient * (wave[slot] ?? 0);
  }
}
