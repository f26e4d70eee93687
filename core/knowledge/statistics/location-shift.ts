import { normalQuantile } from './normal.ts';
import { rank, rankSum } from './ranks.ts';

/** By how much one sample lies above another. */
export interface LocationShift {
  /** Confidence interval of the shift. */
  lower: number;
  upper: number;
  /** Hodges–Lehmann estimate: the median of all pairwise differences, in its asymptotic form. */
  estimate: number;
}

/**
 * Confidence interval and estimate of the shift x − y from the Mann–Whitney test, as R's `wilcox.test(conf.int = TRUE)`
 * and Kayenta compute them: the shifts at which the corrected rank statistic meets the quantiles.
 *
 * Two constant samples differ by exactly one value; the test cannot be computed there (Kayenta adds noise of 1e-5 to
 * get around it), so that difference is returned as it is.
 * @param x the experiment, at least one value, no NaN
 * @param confidence 0..1
 */
export function locationShift(x: readonly number[], y: readonly number[], confidence: number): LocationShift {
  const [ofX, ofY] = [extremes(x), extremes(y)];
  const lowest = ofX.least - ofY.most;
  const highest = ofX.most - ofY.least;
  if (lowest === highest) return { lower: lowest, upper: lowest, estimate: lowest };
  const quantile = -normalQuantile((1 - confidence) / 2);
  const shiftAt = (target: number) => {
    const excess = (shift: number) => standardisedRankSum(x, y, shift) - target;
    const atLowest = excess(lowest);
    const atHighest = excess(highest);
    if (atLowest <= 0) return lowest;
    if (atHighest >= 0) return highest;
    return findRoot(excess, lowest, highest, atLowest, atHighest);
  };
  return { lower: shiftAt(quantile), upper: shiftAt(-quantile), estimate: shiftAt(0) };
}

function extremes(values: readonly number[]): { least: number; most: number } {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return { least, most };
}

/** The Mann–Whitney statistic of x − shift against y, centred, with continuity correction, in standard deviations. */
function standardisedRankSum(x: readonly number[], y: readonly number[], shift: number): number {
  const m = x.length;
  const n = y.length;
  const ranking = rank([...x.map((value) => value - shift), ...y]);
  const excess = rankSum(ranking, m) - (m * (m + 1)) / 2 - (m * n) / 2;
  const deviation = Math.sqrt(((m * n) / 12) * (m + n + 1 - ranking.tieTerm / ((m + n) * (m + n - 1))));
  return (excess - Math.sign(excess) * 0.5) / deviation;
}

const ROOT_TOLERANCE = 1e-4;
const ROOT_STEPS_MAX = 1000;

/**
 * Brent's zero finder (Algorithms for Minimization Without Derivatives, 1973, chapter 4) with the tolerance of R's
 * uniroot. The statistic is a step function, so where the search ends depends on its path: the order of the steps
 * below is part of the result.
 */
function findRoot(f: (x: number) => number, low: number, high: number, atLow: number, atHigh: number): number {
  let [previous, fPrevious] = [low, atLow];
  let [best, fBest] = [high, atHigh];
  let [bracket, fBracket] = [low, atLow];
  for (let step = 0; step < ROOT_STEPS_MAX; step++) {
    const lastMove = best - previous;
    if (Math.abs(fBracket) < Math.abs(fBest)) {
      [previous, best, bracket] = [best, bracket, best];
      [fPrevious, fBest, fBracket] = [fBest, fBracket, fBest];
    }
    const tolerance = 2 * Number.EPSILON * Math.abs(best) + ROOT_TOLERANCE / 2;
    const bisection = (bracket - best) / 2;
    if (Math.abs(bisection) <= tolerance || fBest === 0) return best;

    const worthTrying = Math.abs(lastMove) >= tolerance && Math.abs(fPrevious) > Math.abs(fBest);
    let move = worthTrying ? interpolate({ previous, fPrevious, best, fBest, bracket, fBracket, lastMove, tolerance }) : bisection;
    if (Math.abs(move) < tolerance) move = move > 0 ? tolerance : -tolerance;
    [previous, fPrevious] = [best, fBest];
    best += move;
    fBest = f(best);
    if (fBest > 0 === fBracket > 0 && fBest !== 0 && fBracket !== 0) [bracket, fBracket] = [previous, fPrevious];
  }
  return best;
}

interface Search {
  previous: number;
  fPrevious: number;
  best: number;
  fBest: number;
  bracket: number;
  fBracket: number;
  lastMove: number;
  tolerance: number;
}

/** The secant through two points or the inverse parabola through three, unless it leaves the bracket or moves too slowly. */
function interpolate(search: Search): number {
  const { previous, fPrevious, best, fBest, bracket, fBracket, lastMove, tolerance } = search;
  const span = bracket - best;
  const r = fBest / fPrevious;
  let p: number;
  let q: number;
  if (previous === bracket) {
    p = span * r;
    q = 1 - r;
  } else {
    const s = fPrevious / fBracket;
    const t = fBest / fBracket;
    p = r * (span * s * (s - t) - (best - previous) * (t - 1));
    q = (s - 1) * (t - 1) * (r - 1);
  }
  if (p > 0) q = -q;
  else p = -p;
  const inside = p < 0.75 * span * q - Math.abs(tolerance * q) / 2;
  return inside && p < Math.abs((lastMove * q) / 2) ? p / q : span / 2;
}
