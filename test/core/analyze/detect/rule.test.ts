import { describe, expect, it } from 'vitest';
import { ALARM_SCORE } from '../../../../core/analyze/detect/detector.ts';
import { type RuleConfig, ruleDetector } from '../../../../core/analyze/detect/rule.ts';
import { MINUTE, START } from './traffic.ts';

const base: RuleConfig = {
  comparison: '>',
  threshold: 100,
  periodMs: MINUTE,
  evaluationPeriods: 3,
  datapointsToAlarm: 2,
  evaluationRange: 5,
  treatMissingData: 'missing',
};

/** Whether the rule is in alarm after each minute's samples; a minute without samples only ticks. */
function alarmsOf(minutes: readonly (readonly number[])[], overrides: Partial<RuleConfig> = {}): boolean[] {
  const detector = ruleDetector({ ...base, ...overrides });
  const state = detector.init();
  return minutes.map((values, i) => {
    for (const value of values) detector.step(state, { at: START + i * MINUTE, value });
    return detector.step(state, { at: START + (i + 1) * MINUTE, value: Number.NaN }).score >= ALARM_SCORE;
  });
}

describe('the rule detector', () => {
  it('alarms with the second breaching period of three and lets go when they are gone', () => {
    expect(alarmsOf([[50], [150], [50], [150], [50], [50], [50]])).toEqual([false, false, false, true, false, false, false]);
  });

  it('judges the mean of a period', () => {
    expect(
      alarmsOf([
        [90, 130],
        [90, 130],
      ]),
    ).toEqual([false, true]);
    expect(
      alarmsOf([
        [90, 100],
        [90, 100],
      ]),
    ).toEqual([false, false]);
  });

  it('compares as it was told', () => {
    const alarms = (comparison: RuleConfig['comparison'], value: number) => alarmsOf([[value], [value]], { comparison })[1];
    expect(alarms('>', 100)).toBe(false);
    expect(alarms('>=', 100)).toBe(true);
    expect(alarms('<', 99)).toBe(true);
    expect(alarms('<=', 100)).toBe(true);
  });

  it('treats silence by its policy', () => {
    expect(alarmsOf([[50], [], [], [], [], [], []], { treatMissingData: 'breaching' }).at(-1)).toBe(true);
    expect(alarmsOf([[150], [150], [], [], [], [], [], []], { treatMissingData: 'ignore' }).at(-1)).toBe(true);
    expect(alarmsOf([[150], [150], [], [], [], [], [], []], { treatMissingData: 'missing' }).at(-1)).toBe(false);
  });

  it('counts the periods of a long silence that ends with one sample', () => {
    const detector = ruleDetector(base);
    const state = detector.init();
    for (let i = 0; i < 2; i++) detector.step(state, { at: START + i * MINUTE, value: 150 });
    expect(detector.step(state, { at: START + 2 * MINUTE, value: 50 }).score).toBeGreaterThanOrEqual(ALARM_SCORE);
    detector.step(state, { at: START + 30 * MINUTE, value: 50 });
    expect(state.datapoints).toEqual(['missing', 'missing', 'missing', 'missing', 'missing']);
    expect(state.alarm).toBe('INSUFFICIENT_DATA');
  });

  it('says which numbers broke which rule', () => {
    const detector = ruleDetector(base);
    const state = detector.init();
    for (let i = 0; i < 3; i++) detector.step(state, { at: START + i * MINUTE, value: 120 });
    expect(detector.step(state, { at: START + 3 * MINUTE, value: 120 }).reason).toContain(
      '120 in the last period, the rule is > 100: 3 of 3 points breach',
    );
  });

  it('refuses M, N and range that do not fit together', () => {
    expect(() => ruleDetector({ ...base, datapointsToAlarm: 4 })).toThrow('1 <= M <= N <= range');
    expect(() => ruleDetector({ ...base, evaluationRange: 2 })).toThrow('1 <= M <= N <= range');
  });
});
