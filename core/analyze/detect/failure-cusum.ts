/** Evidence that requests fail more often than they used to. */
export interface FailureState {
  /** Requests and failures seen outside alarms, both fading with `MEMORY`. */
  requests: number;
  failures: number;
  /** Log-likelihood ratio of "failing" against "as ever", never below 0. */
  evidence: number;
  alarm: boolean;
  alarmAt: number;
  /** Successes in a row, for the release. */
  successes: number;
}

export interface FailureConfig {
  /** The failure share that is looked for: at least this, or `timesBaseline` times the usual one. */
  failingShare: number;
  timesBaseline: number;
  /** Alarm when the evidence (in nats) reaches this: e^threshold requests lie between false alarms, at least. */
  threshold: number;
  /** So many successes in a row end the alarm. */
  releaseSuccesses: number;
  /** An alarm this old (milliseconds) is the new normal: the usual share learns again. */
  acceptAfterMs: number;
}

export const failureDefaults: FailureConfig = {
  failingShare: 0.1,
  timesBaseline: 4,
  threshold: 9,
  releaseSuccesses: 30,
  acceptAfterMs: 86_400_000,
};

/** What a new series is believed to be like: half a failure in a thousand requests. */
const PRIOR = { requests: 1000, failures: 0.5 };
/** Requests that the usual failure share remembers. */
const MEMORY = 50_000;
const MOST_USUAL = 0.5;

export function initFailures(): FailureState {
  return { ...PRIOR, evidence: 0, alarm: false, alarmAt: 0, successes: 0 };
}

/** Bernoulli CUSUM (Reynolds and Stoumbos, 1999): log-likelihood ratios summed, reset at 0. */
export function stepFailures(state: FailureState, at: number, ok: boolean, config: FailureConfig): void {
  const usual = Math.min(MOST_USUAL, state.failures / state.requests);
  const failing = Math.min((1 + usual) / 2, Math.max(config.failingShare, usual * config.timesBaseline));
  const ratio = ok ? Math.log((1 - failing) / (1 - usual)) : Math.log(failing / usual);
  state.evidence = Math.min(2 * config.threshold, Math.max(0, state.evidence + ratio));
  state.successes = ok ? state.successes + 1 : 0;

  if (!state.alarm || at - state.alarmAt > config.acceptAfterMs) learn(state, ok);
  const released = state.alarm && (state.successes >= config.releaseSuccesses || state.evidence === 0);
  if (released) {
    state.alarm = false;
    state.evidence = 0;
  } else if (!state.alarm && state.evidence >= config.threshold) {
    state.alarm = true;
    state.alarmAt = at;
  }
}

/** The usual share follows only outside alarms, so that an outage does not become the norm before it is accepted. */
function learn(state: FailureState, ok: boolean): void {
  const keep = 1 - 1 / MEMORY;
  state.requests = state.requests * keep + 1;
  state.failures = state.failures * keep + (ok ? 0 : 1);
}
