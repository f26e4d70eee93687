import type { TripRule } from './trip.ts';

export interface BreakerConfig {
  trip: TripRule;
  /** How long the breaker stays open: always the same, or one wait for each opening in a row, the last one repeated. */
  halfOpenAfterMs: number | readonly number[];
  /**
   * How many probes decide, and the share of them that may fail.
   * @default one probe, which must succeed
   */
  halfOpenSampling?: HalfOpenSampling;
  /**
   * How long a probe may take before its place is given to another one: its holder has died.
   * @default 300 000
   */
  probeLeaseMs?: number;
}

interface HalfOpenSampling {
  /** Whole, at least 1. */
  calls: number;
  /** 0 ≤ threshold < 1. */
  threshold: number;
}

/** Everything that is wrong with a configuration, each as what was found and what is allowed; empty when it is good. */
export function breakerProblems(config: BreakerConfig): string[] {
  const waits = typeof config.halfOpenAfterMs === 'number' ? [config.halfOpenAfterMs] : config.halfOpenAfterMs;
  return [
    ...tripProblems(config.trip),
    ...(config.halfOpenSampling ? samplingProblems(config.halfOpenSampling) : []),
    ...(waits.length === 0 ? ['halfOpenAfterMs is empty: give at least one wait'] : []),
    ...waits.filter((wait) => !(wait >= 0)).map((wait) => `halfOpenAfterMs is ${wait}: it must be 0 or more`),
    ...(config.probeLeaseMs === undefined || config.probeLeaseMs > 0
      ? []
      : [`probeLeaseMs is ${config.probeLeaseMs}: it must be more than 0`]),
  ];
}

function tripProblems(rule: TripRule): string[] {
  const problems: string[] = [];
  if (rule.kind === 'consecutive') {
    if (!(rule.threshold >= 1)) problems.push(`consecutive threshold is ${rule.threshold}: it must be at least 1`);
    return problems;
  }
  if (!(rule.threshold > 0 && rule.threshold < 1))
    problems.push(`${rule.kind} threshold is ${rule.threshold}: it must be between 0 and 1, exclusive`);
  if (rule.kind === 'sampling') {
    if (!(rule.durationMs > 0)) problems.push(`sampling durationMs is ${rule.durationMs}: it must be more than 0`);
    if (rule.minimumPerSecond !== undefined && !(rule.minimumPerSecond > 0)) {
      problems.push(`sampling minimumPerSecond is ${rule.minimumPerSecond}: it must be more than 0`);
    }
    return problems;
  }
  const { size, minimumCalls = size } = rule;
  if (!Number.isSafeInteger(size) || size < 1) problems.push(`count size is ${size}: it must be a whole number from 1`);
  if (!Number.isSafeInteger(minimumCalls) || minimumCalls < 1 || minimumCalls > size) {
    problems.push(`count minimumCalls is ${minimumCalls}: it must be a whole number in 1..${size}`);
  }
  return problems;
}

function samplingProblems({ calls, threshold }: HalfOpenSampling): string[] {
  const problems: string[] = [];
  if (!Number.isSafeInteger(calls) || calls < 1) problems.push(`halfOpenSampling calls is ${calls}: it must be a whole number from 1`);
  if (!(threshold >= 0 && threshold < 1)) problems.push(`halfOpenSampling threshold is ${threshold}: it must be 0 or more and below 1`);
  return problems;
}
