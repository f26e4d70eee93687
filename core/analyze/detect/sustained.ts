import { ALARM_SCORE, type Detector, type DetectorSample, type Judgement, readable, savedAs, shown } from './detector.ts';
import {
  evidenceShare,
  type FailureConfig,
  type FailureKind,
  type FailureState,
  failureDefaults,
  initFailures,
  stepFailures,
  usualShare,
} from './failure-cusum.ts';
import {
  expectedLatency,
  initLatency,
  isUsualLatency,
  type LatencyConfig,
  type LatencyState,
  latencyDefaults,
  stepLatency,
} from './latency-cusum.ts';

export interface SustainedState {
  lastAt: number;
  latency: LatencyState;
  failures: FailureState;
}

/**
 * Trouble that stays: latency above what it is at this time of day, or requests failing more often than they used to.
 * `value` is a latency in milliseconds; the latency of a failed request (a timeout, a refusal) tells only how it
 * failed. The score stays at or above `ALARM_SCORE` from the alarm until its release.
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
  const { interval } = state.latency;
  stepFailures(state.failures, at, ok ? null : kindOf(state, at, value), interval, failures);
  if (ok && readable(value)) stepLatency(state.latency, at, value, latency);

  const failureScore = scoreOf(state.failures.alarm, evidenceShare(state.failures, interval, failures));
  const latencyScore = scoreOf(state.latency.alarm, state.latency.evidence / latency.threshold);
  const score = Math.max(failureScore, latencyScore);
  return { state, score, reason: score < ALARM_SCORE ? '' : reasonOf(state, at, value) };
}

function kindOf(state: SustainedState, at: number, value: number): FailureKind {
  return readable(value) && isUsualLatency(state.latency, at, value) ? 'answered' : 'unanswered';
}

/** Evidence as a share of what raises an alarm, mapped so that alarms lie at `ALARM_SCORE` and above. */
function scoreOf(alarm: boolean, share: number): number {
  if (!alarm) return ALARM_SCORE * Math.min(share, 0.99);
  return ALARM_SCORE + (1 - ALARM_SCORE) * Math.min(1, share / 2);
}

function reasonOf({ latency, failures }: SustainedState, at: number, value: number): string {
  const reasons: string[] = [];
  if (failures.alarm) {
    const { answered, unanswered, any } = failures.evidence;
    const evidence = shown(Math.max(answered, unanswered, any));
    reasons.push(`requests fail more often than the usual ${shown(100 * usualShare(failures))} % (evidence ${evidence} nats)`);
  }
  if (latency.alarm) {
    const expected = expectedLatency(latency, at);
    const against = expected === undefined ? '' : ` against ${shown(expected)} ms expected at this time`;
    reasons.push(`latency ${shown(value)} ms${against}, ${shown(latency.recent)} deviations above it lately`);
  }
  return reasons.join('; ');
}
