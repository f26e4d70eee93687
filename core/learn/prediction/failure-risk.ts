import type { Exhaustion } from './exhaustion.ts';
import { gammaCdf, gammaQuantile } from './gamma.ts';

export interface FailureHistory {
  /** Starts of past failures, epoch milliseconds, in any order. */
  failures: readonly number[];
  /** Since when the subject is watched. */
  since: number;
  now: number;
}

interface RiskHorizon {
  horizon: '1h' | '24h' | '7d';
  /** 0..1. */
  probability: number;
  /** 80 % credible interval. */
  low: number;
  high: number;
}

export interface FailureRisk {
  horizons: RiskHorizon[];
  /** Median time to the next failure, seconds, with its 80 % interval. */
  secondsToFailure: { median: number; low: number; high: number };
  reason: string;
}

const HORIZONS = [
  { horizon: '1h', seconds: 3600 },
  { horizon: '24h', seconds: 86_400 },
  { horizon: '7d', seconds: 7 * 86_400 },
] as const;

/** Before anything is known: half a failure in two weeks, worth as much as that much watching. */
const PRIOR_FAILURES = 0.5;
const PRIOR_SECONDS = 14 * 86_400;
/** What happened this long ago counts half. */
const HALF_LIFE_SECONDS = 28 * 86_400;

/**
 * Probability of at least one failure ahead. Failures come at an unknown rate (gamma prior, older ones fade), so the
 * probability and its interval are those of the rate; supplies that run out come on top as independent causes.
 * @param hazardRatio how many times riskier than usual the present is (drift, a release, a high-risk period); 1: as usual
 */
export function failureRisk(history: FailureHistory, supplies: readonly Exhaustion[] = [], hazardRatio = 1): FailureRisk {
  const { shape, exposure } = posterior(history);
  const ratio = Number.isFinite(hazardRatio) && hazardRatio > 0 ? hazardRatio : 1;
  const rateAt = (share: number) => (gammaQuantile(shape, share) / exposure) * ratio;
  const survives = (seconds: number, pick: (supply: Expected) => number) =>
    supplies.reduce(
      (product, supply) => (supply.kind === 'expected' ? product * (1 - runsOut(pick(supply), supply, seconds)) : product),
      1,
    );

  const horizons = HORIZONS.map(({ horizon, seconds }) => {
    // E[e^(−λT)] over the gamma law of λ.
    const probability = 1 - (exposure / (exposure + ratio * seconds)) ** shape * survives(seconds, (supply) => supply.seconds);
    const low = 1 - Math.exp(-rateAt(0.1) * seconds) * survives(seconds, (supply) => supply.secondsHigh);
    const high = 1 - Math.exp(-rateAt(0.9) * seconds) * survives(seconds, (supply) => supply.secondsLow);
    // A very uncertain rate over a long time may put the mean below its own lower quantile.
    return { horizon, probability, low: Math.min(low, probability), high };
  });
  const soonest = Math.min(Infinity, ...supplies.map((supply) => (supply.kind === 'expected' ? supply.seconds : Infinity)));
  const timeAt = (survival: number) => Math.min(soonest, (exposure / ratio) * (survival ** (-1 / shape) - 1));
  const named = supplies.filter((supply) => supply.kind === 'expected').map((supply) => supply.reason);
  return {
    horizons,
    secondsToFailure: { median: timeAt(0.5), low: timeAt(0.9), high: timeAt(0.1) },
    reason: [
      `${history.failures.length} failures seen, ${((shape / exposure) * 86_400 * ratio).toPrecision(2)} expected a day`,
      ...named,
    ].join('; '),
  };
}

type Expected = Extract<Exhaustion, { kind: 'expected' }>;

/** Chance that a supply is gone by then: its interval read as a normal law (1.28 deviations to each side). */
function runsOut(centre: number, supply: Expected, seconds: number): number {
  const spread = (Math.min(supply.secondsHigh, 4 * supply.seconds) - supply.secondsLow) / (2 * 1.2816);
  if (!(spread > 0)) return seconds >= centre ? 1 : 0;
  return 1 / (1 + Math.exp((-1.702 * (seconds - centre)) / spread));
}

/** Gamma law of the failure rate, shape and exposure in seconds, with every failure and every second of watching faded alike. */
function posterior({ failures, since, now }: FailureHistory): { shape: number; exposure: number } {
  const fade = (at: number) => 2 ** (-Math.max(0, (now - at) / 1000) / HALF_LIFE_SECONDS);
  const seen = failures.filter((at) => at <= now && at >= since).reduce((sum, at) => sum + fade(at), 0);
  const watched = (HALF_LIFE_SECONDS / Math.LN2) * (1 - fade(Math.min(since, now)));
  return { shape: PRIOR_FAILURES + seen, exposure: PRIOR_SECONDS + watched };
}

export interface RiskPeriod {
  /** Hours of the week, 0 is Monday 00:00 UTC; from inclusive, to exclusive. */
  fromHour: number;
  toHour: number;
  /** Times the usual rate. */
  ratio: number;
  reason: string;
}

const WEEK_HOURS = 168;
/** Hours that are pooled: a single one of 168 has next to no failures in it. */
const BLOCK_HOURS = 6;
/** A period is high-risk when its rate is more than this many times the usual one, with this certainty. */
const RATIO_MIN = 1.5;
const CERTAINTY = 0.99;
/** The prior says "as usual" with the weight of this many failures. */
const PRIOR_STRENGTH = 1;
const HOUR_MS = 3_600_000;
/** Epoch hour 0 was a Thursday. */
const THURSDAY_HOURS = 72;

/** Times of the week in which failures are clearly more frequent than usual, neighbours joined. */
export function highRiskPeriods({ failures, since, now }: FailureHistory): RiskPeriod[] {
  const seen = failures.filter((at) => at >= since && at <= now);
  const blocks = WEEK_HOURS / BLOCK_HOURS;
  const counts = new Array<number>(blocks).fill(0);
  for (const at of seen) {
    const block = Math.floor(hourOfWeek(at) / BLOCK_HOURS);
    counts[block] = (counts[block] ?? 0) + 1;
  }
  const usual = seen.length / blocks;
  // A block's rate in multiples of the usual one has the law Gamma(prior + count, prior + usual).
  const certainty = (count: number) => 1 - gammaCdf(PRIOR_STRENGTH + count, RATIO_MIN * (PRIOR_STRENGTH + usual));
  return joinBlocks(
    counts.map((count) => certainty(count) >= CERTAINTY),
    counts,
    usual,
  );
}

function hourOfWeek(at: number): number {
  return (((Math.floor(at / HOUR_MS) + THURSDAY_HOURS) % WEEK_HOURS) + WEEK_HOURS) % WEEK_HOURS;
}

function joinBlocks(risky: readonly boolean[], counts: readonly number[], usual: number): RiskPeriod[] {
  const periods: RiskPeriod[] = [];
  for (let start = 0; start < risky.length; start++) {
    if (!risky[start]) continue;
    let end = start;
    while (risky[end]) end++;
    const count = counts.slice(start, end).reduce((sum, one) => sum + one, 0);
    const ratio = count / (usual * (end - start));
    const reason = `${count} failures where ${(usual * (end - start)).toPrecision(2)} are usual`;
    periods.push({ fromHour: start * BLOCK_HOURS, toHour: end * BLOCK_HOURS, ratio, reason });
    start = end;
  }
  return periods;
}
