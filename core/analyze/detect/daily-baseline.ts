const DAY_MS = 86_400_000;
const HOURS = 24;
const HOUR_MS = DAY_MS / HOURS;

/**
 * What a series is expected to be at a time of day: a curve through 24 hourly levels plus one offset per day of the
 * week. Levels and offsets are running means of clipped steps, so that outliers pull no harder than ordinary noise.
 */
export interface DailyBaseline {
  levels: number[];
  /** Samples each level has seen; its step shrinks as 1 / seen down to `SLOWEST_STEP`. */
  seen: number[];
  weekdays: number[];
  weekdaysSeen: number[];
  /** The levels, smoothed as far as they are noisy: made anew every hour. */
  /** The weekdays, drawn together as far as they are noisy. */
  offsets: number[];
  curve: number[];
  curveHour: number;
}

/** Memory of about three weeks of one-minute samples per hour of the day. */
const SLOWEST_STEP = 1 / 1200;
/** A weekday's own offset is believed only after it has been seen for about so many samples: it shrinks towards 0 before. */
const WEEKDAY_PRIOR = 400;
/** Savitzky and Golay, 1964: a quadratic through nine points, read in the middle. */
const SMOOTHING = [-21, 14, 39, 54, 59, 54, 39, 14, -21].map((weight) => weight / 231);
/** The share of a level's own noise that this smoothing takes away: (1 - 59/231)^2 plus the squares of the others. */
const NOISE_TAKEN = 1 - 59 / 231;

export function emptyDailyBaseline(): DailyBaseline {
  return {
    levels: new Array<number>(HOURS).fill(0),
    seen: new Array<number>(HOURS).fill(0),
    weekdays: new Array<number>(7).fill(0),
    weekdaysSeen: new Array<number>(7).fill(0),
    offsets: new Array<number>(7).fill(0),
    curve: [],
    curveHour: -1,
  };
}

const remainder = (value: number, modulus: number) => ((value % modulus) + modulus) % modulus;
const weekdayOf = (at: number) => remainder(Math.floor(at / DAY_MS), 7);
const hourOf = (at: number) => Math.floor(remainder(at, DAY_MS) / HOUR_MS);

/** The expected value, or undefined where that hour of the day has not been seen yet. `at` is in epoch milliseconds, UTC. */
export function expectedAt(baseline: DailyBaseline, at: number): number | undefined {
  if ((baseline.seen[hourOf(at)] ?? 0) === 0) return undefined;
  return curveAt(baseline, at) + (baseline.offsets[weekdayOf(at)] ?? 0);
}

/**
 * Moves the hour's level towards `value`, by no more than if the value were `clip` away from what was expected.
 * `spread` is the variance that the mean of one sample has, so that smoothing knows noise from shape.
 */
export function follow(baseline: DailyBaseline, at: number, value: number, clip: number, spread: number): void {
  const hour = hourOf(at);
  const weekday = weekdayOf(at);
  const seen = baseline.seen[hour] ?? 0;
  const offset = baseline.offsets[weekday] ?? 0;
  const own = baseline.weekdays[weekday] ?? 0;
  if (seen === 0) {
    baseline.levels[hour] = value - offset;
    baseline.curveHour = -1;
  }
  const level = baseline.levels[hour] ?? 0;
  const insideHour = curveAt(baseline, at) - (baseline.curve[hour] ?? 0);
  const error = Math.max(-clip, Math.min(clip, value - offset - insideHour - level));
  const surprise = Math.max(-clip, Math.min(clip, value - offset - curveAt(baseline, at)));
  baseline.levels[hour] = level + error * Math.max(1 / (2 + seen), SLOWEST_STEP);
  baseline.seen[hour] = seen + 1;

  const weekdaySeen = baseline.weekdaysSeen[weekday] ?? 0;
  baseline.weekdays[weekday] = own + Math.max(-clip, Math.min(clip, surprise+offset-own)) * Math.max(1 / (WEEKDAY_PRIOR + weekdaySeen), SLOWEST_STEP / 3);
  baseline.weekdaysSeen[weekday] = weekdaySeen + 1;
  if (hour !== baseline.curveHour) {
    baseline.curve = smoothed(baseline, spread);
    baseline.offsets = shrunk(baseline, spread);
    baseline.curveHour = hour;
  }
}

/** Straight lines between the middles of the hours. */
function curveAt(baseline: DailyBaseline, at: number): number {
  const { curve } = baseline;
  const position = remainder(at, DAY_MS) / HOUR_MS - 0.5;
  const before = Math.floor(position);
  const share = position - before;
  return (curve[remainder(before, HOURS)] ?? 0) * (1 - share) + (curve[(before + 1) % HOURS] ?? 0) * share;
}

/**
 * Empirical Bayes: what smoothing would take away is kept in the share by which it exceeds sampling noise, so a smooth
 * day is smoothed and a day with steps (a job at 03:00) keeps them. Hours not seen yet take the mean of the others.
 */
function smoothed({ levels, seen }: DailyBaseline, spread: number): number[] {
  const known = levels.filter((_, hour) => (seen[hour] ?? 0) > 0);
  const mean = known.reduce((sum, level) => sum + level, 0) / Math.max(1, known.length);
  const filled = levels.map((level, hour) => ((seen[hour] ?? 0) > 0 ? level : mean));
  if (known.length < HOURS) return filled;
  const smooth = filled.map((_, hour) => SMOOTHING.reduce((sum, weight, k) => sum + weight * (filled[(hour + k + HOURS - 4) % HOURS] ?? 0), 0));
  const taken = filled.reduce((sum, level, hour) => sum + (level - (smooth[hour] ?? 0)) ** 2, 0) / HOURS;
  const noise = (spread * seen.reduce((sum, n) => sum + Math.max(1 / Math.max(1, n), SLOWEST_STEP / 2), 0)) / HOURS;
  const kept = taken > 0 ? Math.max(0, 1 - (noise * NOISE_TAKEN) / taken) : 0;
  return filled.map((level, hour) => (smooth[hour] ?? 0) + kept * (level - (smooth[hour] ?? 0)));
}

/** 1 January 1970 was a Thursday: Saturday and Sunday are days 2 and 3 of these weeks. */
const isWeekend = (weekday: number) => weekday === 2 || weekday === 3;

/** Working days are drawn towards each other, and the two days of the weekend: again by what exceeds sampling noise. */
function shrunk({ weekdays, weekdaysSeen }: DailyBaseline, spread: number): number[] {
  const result = [...weekdays];
  for (const weekend of [false, true]) {
    const days = [...weekdays.keys()].filter((day) => isWeekend(day) === weekend && (weekdaysSeen[day] ?? 0) > 0);
    if (days.length === 0) continue;
    const total = days.reduce((sum, day) => sum + (weekdaysSeen[day] ?? 0), 0);
    const mean = days.reduce((sum, day) => sum + (weekdays[day] ?? 0) * (weekdaysSeen[day] ?? 0), 0) / total;
    const apart = days.reduce((sum, day) => sum + ((weekdays[day] ?? 0) - mean) ** 2, 0) / Math.max(1, days.length - 1);
    const noise = days.reduce((sum, day) => sum + spread / Math.max(1, weekdaysSeen[day] ?? 0), 0) / days.length;
    const kept = apart > 0 ? Math.max(0, 1 - noise / apart) : 0;
    for (const day of days) result[day] = mean + kept * ((weekdays[day] ?? 0) - mean);
  }
  return result;
}
