import { clamp, minutesBetween } from './detector.ts';

/** How a request failed: answered in the time that answers take here (an error status), or not (a timeout, a refused connection). */
export type FailureKind = 'answered' | 'unanswered';

/** One chart per kind, since the failures of one incident look alike; and one that any failure counts in. */
export type FailureChart = FailureKind | 'any';
const charts: readonly FailureChart[] = ['answered', 'unanswered', 'any'];

/** Evidence that requests fail more often than they used to. */
export interface FailureState {
  /** Requests and failures of each kind seen outside alarms, all fading with `MEMORY`. */
  requests: number;
  failures: Record<FailureKind, number>;
  /** Log-likelihood ratio (nats) of "failing" against "as ever", of each chart; never below 0. */
  evidence: Record<FailureChart, number>;
  alarm: boolean;
  alarmAt: number;
  /** Successes in a row, for the release. */
  successes: number;
}

export interface FailureConfig {
  /** The failure share each chart looks for: at least this, or `timesBaseline` times the usual one. */
  failingShare: Record<FailureChart, number>;
  timesBaseline: number;
  /** The most false alarms that each chart may raise a minute, and a request where there are fewer than one a minute. */
  falseAlarms: Record<FailureChart, number>;
  /** So many successes in a row end the alarm. */
  releaseSuccesses: number;
  /** An alarm this old (milliseconds) is the new normal: the usual share learns again. */
  acceptAfterMs: number;
}

export const failureDefaults: FailureConfig = {
  failingShare: { answered: 0.07, unanswered: 0.1, any: 0.25 },
  timesBaseline: 4,
  falseAlarms: { answered: 3e-5, unanswered: 5e-6, any: 5e-6 },
  releaseSuccesses: 30,
  acceptAfterMs: 86_400_000,
};

/** What a new series is believed to be like: half a failure in a thousand requests, either kind as likely. */
const PRIOR = { requests: 4000, failures: 1 };
/** Requests that the usual failure share remembers. */
const MEMORY = 50_000;
const MOST_USUAL = 0.5;
/** Nothing is believed to fail less often, however long it has not: a lone failure is no news. */
const LEAST_USUAL = 5e-5;

export function initFailures(): FailureState {
  return {
    requests: PRIOR.requests,
    failures: { answered: PRIOR.failures, unanswered: PRIOR.failures },
    evidence: { answered: 0, unanswered: 0, any: 0 },
    alarm: false,
    alarmAt: 0,
    successes: 0,
  };
}

/**
 * Bernoulli CUSUMs (Reynolds and Stoumbos, 1999): log-likelihood ratios summed, reset at 0. `failure` is null for a success,
 * `interval` the milliseconds between requests, 0 when not known.
 */
export function stepFailures(state: FailureState, at: number, failure: FailureKind | null, interval: number, config: FailureConfig): void {
  // Most of the time nothing has failed lately: a success on no evidence changes nothing.
  if (failure !== null || !withoutEvidence(state)) accumulate(state, failure, interval, config);
  state.successes = failure === null ? state.successes + 1 : 0;

  if (!state.alarm || at - state.alarmAt > config.acceptAfterMs) learn(state, failure);
  if (state.alarm && (state.successes >= config.releaseSuccesses || withoutEvidence(state))) {
    state.alarm = false;
    state.evidence = { answered: 0, unanswered: 0, any: 0 };
  } else if (!state.alarm && failure !== null && evidenceShare(state, interval, config) >= 1) {
    state.alarm = true;
    state.alarmAt = at;
  }
}

function accumulate(state: FailureState, failure: FailureKind | null, interval: number, config: FailureConfig): void {
  for (const chart of charts) {
    if (failure !== null && chart !== failure && chart !== 'any') continue;
    const usual = usualShare(state, chart);
    const { failing, threshold } = chartDesign(usual, chart, interval, config);
    const ratio = failure === null ? Math.log((1 - failing) / (1 - usual)) : Math.log(failing / usual);
    state.evidence[chart] = Math.min(2 * threshold, Math.max(0, state.evidence[chart] + ratio));
  }
}

const withoutEvidence = ({ evidence }: FailureState) => evidence.answered + evidence.unanswered + evidence.any === 0;

/** The evidence of the chart that is nearest to its alarm, as a share of what raises it. */
export function evidenceShare(state: FailureState, interval: number, config: FailureConfig): number {
  if (withoutEvidence(state)) return 0;
  const shares = charts.map((chart) => state.evidence[chart] / chartDesign(usualShare(state, chart), chart, interval, config).threshold);
  return Math.max(...shares);
}

/** The share of requests that usually fail so. */
export function usualShare({ failures, requests }: FailureState, chart: FailureChart = 'any'): number {
  const failed = chart === 'any' ? failures.answered + failures.unanswered : failures[chart];
  return clamp(failed / requests, LEAST_USUAL, MOST_USUAL);
}

/**
 * The share q that a chart looks for where p is usual, and the evidence that raises its alarm. Each failure may start an
 * excursion of the evidence; its exponential is a martingale while all is as ever, so that at most (q / p - 1) e^-threshold
 * of them get there, which is (q - p) e^-threshold false alarms a request. The threshold is where that is what is allowed.
 */
export function chartDesign(
  usual: number,
  chart: FailureChart,
  interval: number,
  config: FailureConfig,
): { failing: number; threshold: number } {
  const failing = Math.min((1 + usual) / 2, Math.max(config.failingShare[chart], usual * config.timesBaseline));
  const allowed = config.falseAlarms[chart] * minutesBetween(interval);
  return { failing, threshold: Math.log((failing - usual) / allowed) };
}

/** The usual share follows only outside alarms, so that an outage does not become the norm before it is accepted. */
function learn(state: FailureState, failure: FailureKind | null): void {
  const keep = 1 - 1 / MEMORY;
  state.requests = state.requests * keep + 1;
  state.failures.answered = state.failures.answered * keep + (failure === 'answered' ? 1 : 0);
  state.failures.unanswered = state.failures.unanswered * keep + (failure === 'unanswered' ? 1 : 0);
}
