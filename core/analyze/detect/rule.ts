import { ALARM_SCORE, type Detector, type DetectorSample, type Judgement, readable, savedAs, shown } from './detector.ts';
import { type AlarmState, type Datapoint, evaluateAlarm, type MOfN } from './missing-data.ts';

export interface RuleConfig extends MOfN {
  comparison: '>' | '>=' | '<' | '<=';
  threshold: number;
  /** Length of one datapoint in milliseconds; its value is the mean of its samples. */
  periodMs: number;
}

export interface RuleState {
  /** The period being filled, counted from 1970; -1 before the first sample. */
  period: number;
  sum: number;
  count: number;
  /** Closed periods, oldest first, no more than the rule looks at. */
  datapoints: Datapoint[];
  alarm: Exclude<AlarmState, 'RETAIN'>;
  reason: string;
}

/**
 * A threshold that must be crossed in M of N periods, with the missing-data semantics of CloudWatch. It is judged when a
 * period closes, that is with the first sample of a later one. A sample whose value is no number carries only the time:
 * send one to let periods close while nothing is measured.
 *
 * @throws Error when M, N and the range do not fit together or the period is not positive.
 */
export function ruleDetector(config: RuleConfig): Detector<RuleState> {
  const { datapointsToAlarm: m, evaluationPeriods: n, evaluationRange: range, periodMs } = config;
  if (!(m >= 1 && m <= n && n <= range && periodMs > 0)) {
    throw new Error(
      `a rule of ${m} of ${n} within ${range} periods of ${periodMs} ms: expected 1 <= M <= N <= range and a positive period`,
    );
  }
  return {
    name: 'rule',
    init: () => ({ period: -1, sum: 0, count: 0, datapoints: [], alarm: 'INSUFFICIENT_DATA', reason: '' }),
    step: (state, sample) => step(state, sample, config),
    ...savedAs<RuleState>('rule'),
  };
}

function step(state: RuleState, { at, value }: DetectorSample, config: RuleConfig): Judgement<RuleState> {
  const period = Math.floor(at / config.periodMs);
  if (Number.isFinite(period)) {
    if (state.period === -1) state.period = period;
    if (period > state.period) closePeriods(state, period, config);
    if (period === state.period && readable(value)) {
      state.sum += value;
      state.count++;
    }
  }
  const score = state.alarm === 'ALARM' ? 1 : nearness(state, config);
  return { state, score, reason: state.alarm === 'ALARM' ? state.reason : '' };
}

/** Closes the current period and marks those without any sample up to `next` as missing. */
function closePeriods(state: RuleState, next: number, config: RuleConfig): void {
  const mean = state.sum / state.count;
  const last = state.datapoints;
  last.push(state.count === 0 ? 'missing' : breaches(mean, config) ? 'breaching' : 'ok');
  const silent = Math.min(next - state.period - 1, config.evaluationRange);
  for (let i = 0; i < silent; i++) last.push('missing');
  last.splice(0, Math.max(0, last.length - config.evaluationRange));
  const { state: alarm, reason } = evaluateAlarm(last, config);
  if (alarm !== 'RETAIN') state.alarm = alarm;
  const measured = state.count === 0 ? 'no value' : shown(mean);
  state.reason = `${measured} in the last period, the rule is ${config.comparison} ${shown(config.threshold)}: ${reason}`;
  state.period = next;
  state.sum = 0;
  state.count = 0;
}

function breaches(value: number, { comparison, threshold }: RuleConfig): boolean {
  switch (comparison) {
    case '>':
      return value > threshold;
    case '>=':
      return value >= threshold;
    case '<':
      return value < threshold;
    case '<=':
      return value <= threshold;
  }
}

/** Below an alarm, the share of breaching points that are there already. */
function nearness(state: RuleState, { evaluationPeriods, datapointsToAlarm }: RuleConfig): number {
  const breaching = state.datapoints.slice(-evaluationPeriods).filter((point) => point === 'breaching').length;
  return ALARM_SCORE * Math.min(0.99, breaching / datapointsToAlarm);
}
