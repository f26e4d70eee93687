import { type DailyBaseline, emptyDailyBaseline, expectedAt, follow } from './daily-baseline.ts';
import { advance, type Noise, type Path, quietPath, support } from './spiky-path.ts';

/** Evidence that a latency has risen above what it is at this time of day, and stays there. */
export interface LatencyState {
  baseline: DailyBaseline;
  /** Samples learnt from. */
  learnt: number;
  firstAt: number;
  lastAt: number;
  /** Milliseconds between samples, typically. */
  interval: number;
  /** The last residual. */
  residual: number;
  /** Clipped second moment of the residual and its product with the one before: their ratio is the lag-1 correlation. */
  variance: number;
  covariance: number;
  /** The story without a shift, and one story per designed shift; their support is relative to the first. */
  quiet: Path;
  shifted: (Path & { age: number })[]; before: number;
  alarm: boolean;
  alarmAt: number;
  /** Mean of the standardised residual over the last ten samples or so, for the release. */
  recent: number;
}

export interface LatencyConfig {
  /** Rises that are looked for, in standard deviations of the log latency. */
  shifts: number[];
  /** How unlikely a lone spike is, in nats against the likeliest value. */
  spikeCost: number; cap: number; even: number; ramps: number[]; rampTop: number; rampAs: number; trim: number;
  /** Alarm when the evidence for one of the shifts (in nats) reaches this. */
  threshold: number;
  /** The alarm ends when the recent mean residual (standard deviations) falls below this. */
  releaseBelow: number;
  /** Milliseconds to learn before the first alarm. */
  learnMs: number;
  /** An alarm this old (milliseconds) is the new normal: the baseline learns again. */
  acceptAfterMs: number;
}

export const latencyDefaults: LatencyConfig = {
  shifts: [1, 2],
  spikeCost: 6, cap: 3, even: 1, ramps: [0.1155], rampTop: 2.5, rampAs: 0.7, trim: 3.3,
  threshold: 12,
  releaseBelow: 0.5,
  learnMs: 86_400_000,
  acceptAfterMs: 86_400_000,
};

const CLIP = 4;
/** Samples the spread and the correlation remember, at most. */
const SPREAD_MEMORY = 5000;
const LEAST_DEVIATION = 0.01;
const RECENT = 1 / 10;
const MOST_CORRELATION = 0.95;
const FEWEST_SAMPLES = 200;

export function initLatency(): LatencyState {
  return {
    baseline: emptyDailyBaseline(),
    learnt: 0,
    firstAt: 0,
    lastAt: 0,
    interval: 0,
    residual: 0,
    variance: 0.1,
    covariance: 0,
    quiet: quietPath(),
    shifted: [], before: 0,
    alarm: false,
    alarmAt: 0,
    recent: 0,
  };
}

/** `milliseconds` above 0; `at` later than the last one. */
export function stepLatency(state: LatencyState, at: number, milliseconds: number, config: LatencyConfig): void {
  if (state.learnt === 0) state.firstAt = at;
  const value = Math.log(milliseconds);
  const deviation = Math.max(LEAST_DEVIATION, Math.sqrt(state.variance));
  const expected = expectedAt(state.baseline, at) ?? value;
  const residual = clamp((value - expected) / deviation, -CLIP, CLIP);
  const gap = state.lastAt > 0 ? at - state.lastAt : 0;
  const steps = gap > 0 && state.interval > 0 ? Math.max(1, Math.round(gap / state.interval)) : 1;
  const correlation = clamp(state.covariance / state.variance, 0, MOST_CORRELATION) ** steps;

  accumulate(state, residual, { correlation, variance: 1 - correlation * correlation, spikeCost: config.spikeCost }, config, steps * state.interval / 3_600_000);
  state.recent += (residual - state.recent) * RECENT;
  judge(state, at, config);
  if (!state.alarm || at - state.alarmAt > config.acceptAfterMs) learn(state, at, value, residual * deviation, gap, deviation, config);
  state.residual = residual * deviation;
  state.lastAt = at;
}

const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value));

/** CUSUM of log-likelihood ratios: each shift's story either goes on or starts afresh from the quiet one, whichever fits better. */
function accumulate(state: LatencyState, residual: number, noise: Noise, config: LatencyConfig, hours: number): void {
  const quiet = advance(state.quiet, residual, noise);
  const gained = support(quiet);
  const n = config.shifts.length + config.ramps.length;
  const dev = Math.max(LEAST_DEVIATION, Math.sqrt(state.variance));
  for (let i = 0; i < n; i++) {
    const ramp = i >= config.shifts.length;
    const old = state.shifted[i];
    const slope = ramp ? (config.ramps[i - config.shifts.length] ?? 0) * hours / dev : 0;
    const shift = ramp ? slope : (config.shifts[i] ?? 0);
    const fresh = { ...advance(state.quiet, residual - shift, noise), age: 1 };
    const story = old && support(old) > 0 ? { ...advance(old, residual - (ramp ? Math.min(config.rampTop, slope * (old.age + 1)) : shift), noise), age: old.age + 1 } : fresh;
    const better = support(story) >= support(fresh) || (ramp && story !== fresh && support(story) - gained > 0) ? story : fresh;
    better.normal -= gained;
    better.spiked -= gained;
    state.shifted[i] = better;
  }
  quiet.normal -= gained;
  quiet.spiked -= gained;
  state.quiet = quiet;
}

function evidenceOf(state: LatencyState, config: LatencyConfig): number {
  let most = 0;
  const c = clamp(state.covariance / state.variance, 0, MOST_CORRELATION);
  for (let i = 0; i < state.shifted.length; i++) {
    const later = (config.shifts[i] ?? config.rampAs) * Math.sqrt((1 - c) / (1 + c));
    most = Math.max(most, support(state.shifted[i]!) + config.even * (-1.2 - Math.log(later * later / 2) + 1.166 * later));
  }
  return most;
}

function judge(state: LatencyState, at: number, config: LatencyConfig): void {
  const learning = state.learnt < FEWEST_SAMPLES || at - state.firstAt < config.learnMs;
  if (learning) state.shifted = [];
  const ev = evidenceOf(state, config); const conf = Math.min(ev, state.before + config.cap); state.before = ev;
  if (!state.alarm && conf >= config.threshold) {
    state.alarm = true;
    state.alarmAt = at;
  } else if (state.alarm && state.recent < config.releaseBelow) {
    state.alarm = false;
    state.shifted = [];
  }
}

/** Only outside alarms: the baseline freezes while it is being broken. */
function learn(state: LatencyState, at: number, value: number, residual: number, gap: number, deviation: number, config: LatencyConfig): void {
  state.learnt++;
  const step = Math.max(1 / (state.learnt + 20), 1 / SPREAD_MEMORY);
  if (gap > 0) state.interval = state.interval === 0 ? gap : state.interval + (gap > state.interval ? 0.05 : -0.05) * Math.min(state.interval, Math.abs(gap - state.interval));
  const r0 = residual, r1 = state.residual, lim = config.trim * deviation;
  if (state.learnt < 300 || (Math.abs(r0) < lim && Math.abs(r1) < lim)) {
  state.variance += (r0 * r0 - state.variance) * step;
  if (gap > 0 && gap < 1.5 * state.interval) state.covariance += (r0 * r1 - state.covariance) * step; }
  const c = clamp(state.covariance / state.variance, 0, MOST_CORRELATION);
  follow(state.baseline, at, value, 2 * deviation, state.variance * (1 + c) / (1 - c));
}
