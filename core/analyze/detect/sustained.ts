import { ALARM_SCORE, type Detector, type DetectorSample, type Judgement, readable, savedAs, shown } from './detector.ts';
import { type FailureConfig, type FailureState, failureDefaults, initFailures, stepFailures } from './failure-cusum.ts';
import { expectedLatency, initLatency, type LatencyConfig, type LatencyState, latencyDefaults, stepLatency } from './latency-cusum.ts';

export interface SustainedState {
  lastAt: number;
  latency: LatencyState;
  failures: FailureState;
}

/**
 * Trouble that stays: latency above what it is at this time of day, or requests failing more often than they used to.
 * `value` is a latency in milliseconds; the latency of a failed request (a timeout, a refusal) says nothing and is left
 * out. The score stays at or above `ALARM_SCORE` from the alarm until its release.
 */
export function sustainedDetector(
  overrides: { latency?: Partial<LatencyConfig>; failures?: Partial<FailureConfig> } = {},
): Detector<SustainedState> {
  const latency = { ...latencyDefaults, ...overrides.latency };
  const failures = { ...failureDefaults, ...overrides.failures };
  return {
    name: 'sustained',
    init: () => ({ lastAt: Number.MIN_SAFE_INTEGER, latency: initLatency(), failures: initFailures() }),
    step: (state, sample) => step(state, sample, latency, failures),
    ...savedAs<SustainedState>('sustained'),
  };
}

function step(
  state: SustainedState,
  { at, value, ok = true }: DetectorSample,
  latency: LatencyConfig,
  failures: FailureConfig,
): Judgement<SustainedState> {
  if (!(at > state.lastAt)) return { state, score: 0, reason: '' };
  state.lastAt = at;
  stepFailures(state.failures, at, ok, failures);
  if (ok && readable(value)) stepLatency(state.latency, at, value, latency);

  const failureScore = scoreOf(state.failures.alarm, state.failures.evidence / failures.threshold);
  const latencyScore = scoreOf(state.latency.alarm, state.latency.evidence / latency.threshold);
  const score = Math.max(failureScore, latencyScore);
  return { state, score, reason: score < ALARM_SCORE ? '' : reasonOf(state, at, value) };
}

/** Evidence as a share of what raises an alarm, mapped so that alarms lie at `ALARM_SCORE` and above. */
function scoreOf(alarm: boolean, share: number): number {
  if (!alarm) return ALARM_SCORE * Math.min(share, 0.99);
  return ALARM_SCORE + (1 - ALARM_SCORE) * Math.min(1, share / 2);
}

function reasonOf({ latency, failures }: SustainedState, at: number, value: number): string {
  const reasons: string[] = [];
  if (failures.alarm) {
    const usual = (100 * failures.failures) / failures.requests;
    reasons.push(`requests fail more often than the usual ${shown(usual)} % (evidence ${shown(failures.evidence)} nats)`);
  }
  if (latency.alarm) {
    const expected = expectedLatency(latency, at);
    const against = expected === undefined ? '' : ` against ${shown(expected)} ms expected at this time`;
    reasons.push(`latency ${shown(value)} ms${against}, ${shown(latency.recent)} deviations above it lately`);
  }
  return reasons.join('; ');
}
