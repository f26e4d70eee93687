import { clamp, readable, shown } from './detector.ts';

/** Faded moments of one pair of measures. */
interface Moments {
  meanA: number;
  meanB: number;
  varianceA: number;
  varianceB: number;
  covariance: number;
}

interface Pair {
  a: string;
  b: string;
  seen: number;
  usual: Moments;
  lately: Moments;
}

/** How the measures of one service move together; plain JSON. */
export interface CorrelationState {
  pairs: Pair[];
}

export interface BrokenCorrelation {
  a: string;
  b: string;
  usual: number;
  lately: number;
  /** For the consensus: 0.5 at the bar of significance, towards 1 beyond it. */
  score: number;
  reason: string;
}

/** Samples that the usual and the recent correlation remember. */
const USUAL_MEMORY = 1000;
const RECENT_MEMORY = 40;
/** Before so many samples of a pair nothing is said of it. */
const FEWEST = 200;
/** Only correlations this strong can break. */
const STRONG = 0.6;
/** Standard errors between the two, by Fisher's z. */
const SIGNIFICANT = 4;
const MOST_MEASURES = 12;

export const emptyCorrelations = (): CorrelationState => ({ pairs: [] });

/**
 * Takes one reading of the service's measures (requests, CPU, latency, ...) taken at the same time, and says which pairs
 * that used to move together no longer do. Measures that are no number or beyond 1e100 are left out of this reading; of more than
 * twelve, the first twelve by name count. Changes the state in place. Recent readings become usual only while a pair holds.
 */
export function stepCorrelations(state: CorrelationState, reading: Readonly<Record<string, number>>): BrokenCorrelation[] {
  const names = Object.keys(reading)
    .filter((name) => readable(reading[name] ?? Number.NaN))
    .sort()
    .slice(0, MOST_MEASURES);
  const broken: BrokenCorrelation[] = [];
  for (const [i, a] of names.entries()) {
    for (const b of names.slice(i + 1)) {
      const pair = pairOf(state, a, b);
      const found = stepPair(pair, reading[a] ?? 0, reading[b] ?? 0);
      if (found) broken.push(found);
    }
  }
  return broken;
}

function pairOf(state: CorrelationState, a: string, b: string): Pair {
  const known = state.pairs.find((pair) => pair.a === a && pair.b === b);
  if (known) return known;
  const none: Moments = { meanA: 0, meanB: 0, varianceA: 0, varianceB: 0, covariance: 0 };
  const pair = { a, b, seen: 0, usual: { ...none }, lately: { ...none } };
  state.pairs.push(pair);
  return pair;
}

function stepPair(pair: Pair, valueA: number, valueB: number): BrokenCorrelation | undefined {
  pair.seen++;
  absorb(pair.lately, valueA, valueB, Math.max(1 / pair.seen, 1 / RECENT_MEMORY));
  const usual = correlationOf(pair.usual);
  const lately = correlationOf(pair.lately);
  const broken =
    pair.seen > FEWEST && Math.abs(usual) >= STRONG && distance(usual, lately) > SIGNIFICANT && Math.abs(lately) < Math.abs(usual);
  if (!broken) {
    absorb(pair.usual, valueA, valueB, Math.max(1 / pair.seen, 1 / USUAL_MEMORY));
    return undefined;
  }
  const reason = `${pair.a} and ${pair.b} used to move together (correlation ${shown(usual)}) and lately do not (${shown(lately)})`;
  const apart = distance(usual, lately);
  return { a: pair.a, b: pair.b, usual, lately, score: apart / (apart + SIGNIFICANT), reason };
}

function absorb(moments: Moments, valueA: number, valueB: number, step: number): void {
  const fromA = valueA - moments.meanA;
  const fromB = valueB - moments.meanB;
  moments.meanA += fromA * step;
  moments.meanB += fromB * step;
  moments.varianceA = (1 - step) * (moments.varianceA + step * fromA * fromA);
  moments.varianceB = (1 - step) * (moments.varianceB + step * fromB * fromB);
  moments.covariance = (1 - step) * (moments.covariance + step * fromA * fromB);
}

function correlationOf({ varianceA, varianceB, covariance }: Moments): number {
  const scale = Math.sqrt(varianceA) * Math.sqrt(varianceB);
  return scale > 0 ? clamp(covariance / scale, -1, 1) : 0;
}

/** Fisher's z transform makes the error of a correlation about normal with variance 1 / (n - 3). */
function distance(usual: number, lately: number): number {
  const z = (r: number) => Math.atanh(clamp(r, -0.999, 0.999));
  return Math.abs(z(usual) - z(lately)) * Math.sqrt(RECENT_MEMORY - 3);
}
