import { clamp } from './detector.ts';

const DAY_MS = 86_400_000;
const HOURS = 24;
const HOUR_MS = DAY_MS / HOURS;
const WEEK = 7;

/**
 * What a series is expected to be at a time of day: a curve through 24 hourly levels plus one offset per day of the
 * week. Levels and offsets are running means of clipped steps, so that outliers pull no harder than ordinary noise.
 */
export interface DailyBaseline {
  levels: number[];
  /** Samples each level has seen; its step shrinks as 1 / seen down to `SLOWEST_STEP`. */
  levelsSeen: number[];
  weekdays: number[];
  weekdaysSeen: number[];
  /** What is expected, made anew every hour from the above: both smoothed as far as they are noise. */
  curve: number[];
  offsets: number[];
  /** How far the day has steps rather than slopes, 0 to 1. */
  rough: number;
  madeForHour: number;
}

/** Memory of about three weeks of one-minute samples per hour of the day. */
const SLOWEST_STEP = 1 / 1200;
const SLOWEST_WEEKDAY_STEP = SLOWEST_STEP / 3;
/** After an accepted shift a level learns as if it had seen so many samples. */
const RELEARN_FROM = 60;
/** A weekday's own offset is believed only after so many samples: it shrinks towards 0 before. */
const WEEKDAY_PRIOR = 400;
/** A quadratic through nine points, read in the middle (Savitzky and Golay, 1964). */
const SMOOTHING = [-21, 14, 39, 54, 59, 54, 39, 14, -21].map((weight) => weight / 231);
/** The share of a level's noise that this smoothing takes away. */
const NOISE_TAKEN = 1 - 59 / 231;

export function emptyDailyBaseline(): DailyBaseline {
  const zeros = (count: number) => new Array<number>(count).fill(0);
  return {
    levels: zeros(HOURS),
    levelsSeen: zeros(HOURS),
    weekdays: zeros(WEEK),
    weekdaysSeen: zeros(WEEK),
    curve: zeros(HOURS),
    offsets: zeros(WEEK),
    rough: 0,
    madeForHour: -1,
  };
}

const remainder = (value: number, modulus: number) => ((value % modulus) + modulus) % modulus;
const weekdayOf = (at: number) => remainder(Math.floor(at / DAY_MS), WEEK);
const hourOf = (at: number) => Math.floor(remainder(at, DAY_MS) / HOUR_MS);

/** The expected value, or undefined where that hour of the day has not been seen yet. `at` is in epoch milliseconds, UTC. */
export function expectedAt(baseline: DailyBaseline, at: number): number | undefined {
  if (baseline.levelsSeen[hourOf(at)] === 0) return undefined;
  return curveAt(baseline, at) + (baseline.offsets[weekdayOf(at)] ?? 0);
}

/**
 * Moves the hour's level and the weekday's offset towards `value`, by no more than if it were `clip` off. `noise` is the
 * variance that one sample brings into a mean, correlation included: it tells noise from shape.
 */
export function follow(baseline: DailyBaseline, at: number, value: number, clip: number, noise: number): void {
  const hour = hourOf(at);
  const weekday = weekdayOf(at);
  const seen = baseline.levelsSeen[hour] ?? 0;
  if (seen === 0) {
    baseline.levels[hour] = value - (baseline.offsets[weekday] ?? 0);
    baseline.madeForHour = -1;
  }
  if (hour !== baseline.madeForHour) {
    baseline.levelsSeen[hour] = Math.max(1, seen);
    smoothLevels(baseline, noise);
    baseline.offsets = drawnTogether(baseline, noise);
    baseline.madeForHour = hour;
  }
  const level = baseline.levels[hour] ?? 0;
  const curve = curveAt(baseline, at);
  const withoutWeekday = value - (baseline.offsets[weekday] ?? 0);
  const fromLevel = clamp(withoutWeekday - (curve - (baseline.curve[hour] ?? 0)) - level, -clip, clip);
  baseline.levels[hour] = level + fromLevel * Math.max(1 / (2 + seen), SLOWEST_STEP);
  baseline.levelsSeen[hour] = seen + 1;

  const weekdaySeen = baseline.weekdaysSeen[weekday] ?? 0;
  const own = baseline.weekdays[weekday] ?? 0;
  const fromOwn = clamp(value - curve - own, -clip, clip);
  baseline.weekdays[weekday] = own + fromOwn * Math.max(1 / (WEEKDAY_PRIOR + weekdaySeen), SLOWEST_WEEKDAY_STEP);
  baseline.weekdaysSeen[weekday] = weekdaySeen + 1;
}

/** Takes a lasting shift for the new normal: everything moves by it and learns quickly again. */
export function acceptShift(baseline: DailyBaseline, by: number): void {
  baseline.levels = baseline.levels.map((level) => level + by);
  baseline.levelsSeen = baseline.levelsSeen.map((seen) => Math.min(seen, RELEARN_FROM));
  baseline.madeForHour = -1;
}

/** Straight lines between the middles of the hours, as far as the day is smooth; the hour's own level as far as it is not. */
function curveAt({ curve, rough }: DailyBaseline, at: number): number {
  const position = remainder(at, DAY_MS) / HOUR_MS + HOURS - 0.5;
  const before = Math.floor(position);
  const share = position - before;
  const line = (curve[before % HOURS] ?? 0) * (1 - share) + (curve[(before + 1) % HOURS] ?? 0) * share;
  return line + rough * ((curve[hourOf(at)] ?? 0) - line);
}

/**
 * Empirical Bayes: what smoothing would take away is kept in the share by which it exceeds sampling noise, so a smooth
 * day is smoothed and a day with steps (a job at 03:00) keeps them. Hours not seen yet take the mean of the others.
 */
function smoothLevels(baseline: DailyBaseline, noise: number): void {
  const { levels, levelsSeen } = baseline;
  const known = levels.filter((_, hour) => (levelsSeen[hour] ?? 0) > 0);
  const mean = known.reduce((sum, level) => sum + level, 0) / Math.max(1, known.length);
  const filled = levels.map((level, hour) => ((levelsSeen[hour] ?? 0) > 0 ? level : mean));
  baseline.curve = filled;
  baseline.rough = 1;
  if (known.length < HOURS) return;
  const half = SMOOTHING.length >> 1;
  const smooth = filled.map((_, hour) =>
    SMOOTHING.reduce((sum, weight, k) => sum + weight * (filled[(hour + k + HOURS - half) % HOURS] ?? 0), 0),
  );
  const taken = filled.reduce((sum, level, hour) => sum + (level - (smooth[hour] ?? 0)) ** 2, 0) / HOURS;
  const expected = (noise * levelsSeen.reduce((sum, seen) => sum + Math.max(1 / Math.max(1, seen), SLOWEST_STEP / 2), 0)) / HOURS;
  const kept = taken > 0 ? Math.max(0, 1 - (expected * NOISE_TAKEN) / taken) : 0;
  baseline.rough = kept;
  baseline.curve = filled.map((level, hour) => (smooth[hour] ?? 0) + kept * (level - (smooth[hour] ?? 0)));
}

/** 1 January 1970 was a Thursday: days 2 and 3 of weeks counted from there are Saturday and Sunday. */
const isWeekend = (weekday: number) => weekday === 2 || weekday === 3;

/** Working days are drawn towards each other, and so are the two days of the weekend: again by what exceeds noise. */
function drawnTogether({ weekdays, weekdaysSeen }: DailyBaseline, noise: number): number[] {
  const result = [...weekdays];
  for (const weekend of [false, true]) {
    const days = [...weekdays.keys()].filter((day) => isWeekend(day) === weekend && (weekdaysSeen[day] ?? 0) > 0);
    const total = days.reduce((sum, day) => sum + (weekdaysSeen[day] ?? 0), 0);
    if (total === 0) continue;
    const mean = days.reduce((sum, day) => sum + (weekdays[day] ?? 0) * (weekdaysSeen[day] ?? 0), 0) / total;
    const apart = days.reduce((sum, day) => sum + ((weekdays[day] ?? 0) - mean) ** 2, 0) / Math.max(1, days.length - 1);
    const expected = days.reduce((sum, day) => sum + noise / Math.max(1, weekdaysSeen[day] ?? 0), 0) / days.length;
    const kept = apart > 0 ? Math.max(0, 1 - expected / apart) : 0;
    for (const day of days) result[day] = mean + kept * ((weekdays[day] ?? 0) - mean);
  }
  return result;
}
