export interface UsagePoint {
  /** Epoch milliseconds. */
  at: number;
  /** In the unit of the limit; NaN where it was not measured. What is beyond 1e100 is no measurement either. */
  used: number;
}

/** When a supply runs out: disk, memory, a quota, or the days of a certificate. */
export type Exhaustion =
  | {
      kind: 'expected';
      /** From the last point; 0 when it has run out. */
      seconds: number;
      /** 80 % interval of that; Infinity where it may never happen. */
      secondsLow: number;
      secondsHigh: number;
      /** Growth, units an hour. */
      perHour: number;
      reason: string;
    }
  | { kind: 'not-in-sight'; reason: string }
  | { kind: 'unknown'; reason: string };

/** Fewer points say nothing about growth. */
const POINTS_MIN = 4;
/** More points are thinned evenly: every pair of them is looked at. */
const POINTS_MAX = 120;
/** Differences of larger numbers may overflow. */
const USED_MAX = 1e100;
/** Later than this is no prediction. */
const SIGHT_SECONDS = 90 * 86_400;

/**
 * Extrapolates usage to its limit along Theil and Sen's line: the median slope of all pairs, with an interval for it
 * from Kendall's statistic (Sen, 1968), so that a few wild points or a clean-up in between do not turn the line.
 */
export function timeToExhaustion(points: readonly UsagePoint[], limit: number): Exhaustion {
  const usable = thin(points.filter((point) => Math.abs(point.used) <= USED_MAX).toSorted((a, b) => a.at - b.at));
  const last = usable.at(-1);
  if (!last) return { kind: 'unknown', reason: 'no usage was measured' };
  if (last.used >= limit)
    return {
      kind: 'expected',
      seconds: 0,
      secondsLow: 0,
      secondsHigh: 0,
      perHour: 0,
      reason: `${last.used} of ${limit} is used: exhausted`,
    };
  const slopes = pairSlopes(usable);
  if (usable.length < POINTS_MIN || slopes.length === 0)
    return { kind: 'unknown', reason: `${usable.length} points are too few for a trend` };

  const slope = quantile(slopes, 0.5);
  const margin = kendallMargin(usable.length, slopes.length);
  const level = quantile(
    usable.map((point) => point.used - slope * (point.at - last.at)),
    0.5,
  );
  const secondsAt = (perMs: number) => (perMs > 0 ? Math.max(0, (limit - level) / perMs / 1000) : Infinity);
  const seconds = secondsAt(slope);
  const perHour = slope * 3_600_000;
  const growth = `${show(perHour)} an hour from ${show(level)} towards ${limit}`;
  if (seconds > SIGHT_SECONDS) return { kind: 'not-in-sight', reason: growth };
  return {
    kind: 'expected',
    seconds,
    secondsLow: secondsAt(quantile(slopes, 0.5 + margin)),
    secondsHigh: secondsAt(quantile(slopes, 0.5 - margin)),
    perHour,
    reason: `${growth}: in ${show(seconds / 3600)} hours`,
  };
}

/** A certificate runs out when it says so: no trend is needed. */
export function certificateExhaustion(daysLeft: number): Exhaustion {
  if (!Number.isFinite(daysLeft)) return { kind: 'unknown', reason: 'the certificate was not seen' };
  const seconds = Math.max(0, daysLeft * 86_400);
  if (seconds > SIGHT_SECONDS) return { kind: 'not-in-sight', reason: `the certificate is valid for ${show(daysLeft)} days` };
  return {
    kind: 'expected',
    seconds,
    secondsLow: seconds,
    secondsHigh: seconds,
    perHour: 0,
    reason: `the certificate ends in ${show(daysLeft)} days`,
  };
}

function thin(points: readonly UsagePoint[]): UsagePoint[] {
  const step = Math.max(1, (points.length - 1) / (POINTS_MAX - 1));
  const kept: UsagePoint[] = [];
  for (let place = points.length - 1; place >= 0 && kept.length < POINTS_MAX; place -= step) {
    const point = points[Math.round(place)];
    if (point) kept.unshift(point);
  }
  return kept;
}

function pairSlopes(points: readonly UsagePoint[]): number[] {
  const slopes: number[] = [];
  for (const [i, a] of points.entries()) {
    for (const b of points.slice(i + 1)) if (b.at > a.at) slopes.push((b.used - a.used) / (b.at - a.at));
  }
  return slopes.sort((a, b) => a - b);
}

/** Half the share of slopes that an 80 % interval spans: 1.28 standard deviations of Kendall's S, in shares of the pairs. */
function kendallMargin(points: number, pairs: number): number {
  const deviation = Math.sqrt((points * (points - 1) * (2 * points + 5)) / 18);
  return Math.min(0.5, (1.2816 * deviation) / (2 * pairs));
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(share * (sorted.length - 1))))] ?? Number.NaN;
}

function show(value: number): string {
  return String(Number(value.toPrecision(3)));
}
