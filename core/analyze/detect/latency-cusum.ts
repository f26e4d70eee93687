import { acceptShift, type DailyBaseline, emptyDailyBaseline, expectedAt, follow } from './daily-baseline.ts';
import { clamp, minutesBetween } from './detector.ts';
import { advance, lessSupported, type Noise, type Path, quietPath, support } from './spiky-path.ts';

/** Evidence that a latency has risen above what it is at this time of day, and stays there. */
export interface LatencyState {
  baseline: DailyBaseline;
  /** Samples learnt from. */
  learnt: number;
  firstAt: number;
  lastAt: number;
  /** Milliseconds between samples, typically. */
  interval: number;
  /** The last residual of the log latency. */
  residual: number;
  /** Second moment of the residual and its product with the one before: their ratio is the lag-1 correlation. */
  variance: number;
  covariance: number;
  /** The story without a shift, and one per designed shift; support is relative to the first. */
  quiet: Path;
  shifted: Path[];
  evidence: number;
  alarm: boolean;
  alarmAt: number;
  /** Mean of the standardised residual over the last ten samples or so, for the release. */
  recent: number;
  /** Mean residual of the log latency over the last hundred samples or so: what a new normal would be shifted by. */
  excess: number;
}

export interface LatencyConfig {
  /** Rises that are looked for, in standard deviations of the log latency. */
  shifts: readonly number[];
  /** How unlikely a lone spike is, in nats against the likeliest value. */
  spikeCost: number;
  /** Alarm when the evidence for one of the shifts (in nats) reaches this, at one sample a minute. */
  threshold: number;
  /** The alarm ends when the recent mean residual (standard deviations) falls below this. */
  releaseBelow: number;
  /** Milliseconds to learn before the first alarm. */
  learnMs: number;
  /** An alarm this old (milliseconds) is the new normal: the baseline moves there. */
  acceptAfterMs: number;
}

export const latencyDefaults: LatencyConfig = {
  shifts: [1, 2.5],
  spikeCost: 6,
  threshold: 12.25,
  releaseBelow: 0.5,
  learnMs: 86_400_000,
  acceptAfterMs: 86_400_000,
};

/** Residuals are clipped to so many standard deviations. */
const CLIP = 4;
/** Spread and correlation are learnt from residuals within so many standard deviations: spikes are no noise. */
const TRIM = 3.3;
const SPREAD_MEMORY = 5000;
const UNTRIMMED_SAMPLES = 300;
const LEAST_DEVIATION = 0.01;
const MOST_CORRELATION = 0.95;
const RECENT = 1 / 10;
const EXCESS = 1 / 100;
const FEWEST_SAMPLES = 200;
const LEAST_MILLISECONDS = 1e-3;

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
    shifted: [],
    evidence: 0,
    alarm: false,
    alarmAt: 0,
    recent: 0,
    excess: 0,
  };
}

/** What the latency is expected to be at this time, in milliseconds; undefined for an hour not seen yet. */
export function expectedLatency(state: LatencyState, at: number): number | undefined {
  const expected = expectedAt(state.baseline, at);
  return expected === undefined ? undefined : Math.exp(expected);
}

/** Whether an answer may well take so long at this time; true where nothing is known yet. */
export function isUsualLatency(state: LatencyState, at: number, milliseconds: number): boolean {
  const value = logOf(milliseconds);
  return Math.abs(value - (expectedAt(state.baseline, at) ?? value)) <= CLIP * deviationOf(state);
}

/** `at` is later than the last one. */
export function stepLatency(state: LatencyState, at: number, milliseconds: number, config: LatencyConfig): void {
  if (state.learnt === 0) state.firstAt = at;
  const value = logOf(milliseconds);
  const deviation = deviationOf(state);
  const above = value - (expectedAt(state.baseline, at) ?? value);
  const residual = clamp(above / deviation, -CLIP, CLIP);
  const gap = state.learnt > 0 ? at - state.lastAt : 0;
  const stepsBack = state.interval > 0 ? Math.max(1, Math.round(gap / state.interval)) : 1;
  const correlation = correlationOf(state) ** stepsBack;

  accumulate(state, residual, { correlation, spikeCost: config.spikeCost }, config.shifts);
  state.recent += (residual - state.recent) * RECENT;
  state.excess += (above - state.excess) * EXCESS;
  judge(state, at, config);
  if (!state.alarm) learn(state, at, value, residual * deviation, gap, deviation);
  state.residual = residual * deviation;
  state.lastAt = at;
}

const logOf = (milliseconds: number) => Math.log(Math.max(milliseconds, LEAST_MILLISECONDS));
const deviationOf = (state: LatencyState) => Math.max(LEAST_DEVIATION, Math.sqrt(state.variance));
const correlationOf = (state: LatencyState) => clamp(state.covariance / state.variance, 0, MOST_CORRELATION);

/**
 * CUSUM (Page, 1954) of log-likelihood ratios: the story of each shift goes on, or starts afresh from the quiet one when
 * that fits better. A shift in correlated noise shows in full at its first sample and by 1 - correlation after it; the
 * stories account for that and for lone spikes.
 */
function accumulate(state: LatencyState, residual: number, noise: Noise, shifts: readonly number[]): void {
  const quiet = advance(state.quiet, residual, noise);
  const explained = support(quiet);
  state.evidence = 0;
  for (let i = 0; i < shifts.length; i++) {
    const shift = shifts[i] ?? 0;
    const old = state.shifted[i];
    const fresh = advance(state.quiet, residual - shift, noise);
    const ongoing = old && support(old) > 0 ? advance(old, residual - shift, noise) : fresh;
    const story = lessSupported(support(ongoing) >= support(fresh) ? ongoing : fresh, explained);
    state.shifted[i] = story;
    state.evidence = Math.max(state.evidence, support(story));
  }
  state.quiet = lessSupported(quiet, explained);
}

function judge(state: LatencyState, at: number, config: LatencyConfig): void {
  const learning = state.learnt < FEWEST_SAMPLES || at - state.firstAt < config.learnMs;
  const released = state.alarm && state.recent < config.releaseBelow;
  const accepted = state.alarm && at - state.alarmAt > config.acceptAfterMs;
  if (accepted) acceptShift(state.baseline, state.excess);
  if (learning || released || accepted) {
    state.shifted = [];
    state.evidence = 0;
    state.alarm = false;
  } else if (!state.alarm && state.evidence >= config.threshold && state.evidence >= thresholdOf(state, config)) {
    state.alarm = true;
    state.alarmAt = at;
  }
}

/** Evidence reaches a threshold e^-h as often as one that is h lower: fewer false alarms a sample when samples come faster. */
const thresholdOf = ({ interval }: LatencyState, { threshold }: LatencyConfig) => threshold - Math.log(minutesBetween(interval));

/** Only outside alarms: the baseline freezes while it is being broken. */
function learn(state: LatencyState, at: number, value: number, residual: number, gap: number, deviation: number): void {
  state.learnt++;
  if (gap > 0) state.interval += state.interval === 0 ? gap : clamp(gap - state.interval, -state.interval, state.interval) / 20;
  const step = Math.max(1 / (state.learnt + 20), 1 / SPREAD_MEMORY);
  const ordinary = Math.max(Math.abs(residual), Math.abs(state.residual)) < TRIM * deviation;
  if (ordinary || state.learnt < UNTRIMMED_SAMPLES) {
    state.variance += (residual * residual - state.variance) * step;
    if (gap > 0 && gap < 1.5 * state.interval) state.covariance += (residual * state.residual - state.covariance) * step;
  }
  const correlation = correlationOf(state);
  follow(state.baseline, at, value, 2 * deviation, (state.variance * (1 + correlation)) / (1 - correlation));
}
