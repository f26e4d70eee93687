import { describe, expect, it } from 'vitest';
import { type DetectorRecords, detectorDrifts, watchFindings, watchOutcome } from '../../../core/knowledge/detector-records.ts';

const alarm = [{ detector: 'onset', score: 0.8, reason: '' }];
const calm = [{ detector: 'onset', score: 0.1, reason: '' }];

function watched(samples: number, alarmEvery: number, state: DetectorRecords = {}): DetectorRecords {
  const alarming = new Set<string>();
  for (let i = 1; i <= samples; i++) watchFindings(state, i % alarmEvery === 0 ? alarm : calm, alarming);
  return state;
}

describe('the watch over detectors', () => {
  it('has nothing to report of a detector that does what it did', () => {
    expect(detectorDrifts(watched(60_000, 1000))).toEqual([]);
  });

  it('reports a detector that alarms more than it used to, with numbers', () => {
    const [drift] = detectorDrifts(watched(5_000, 50, watched(60_000, 1000)));
    expect(drift).toMatchObject({ detector: 'onset', kind: 'alarms-more' });
    expect(drift?.reason).toMatch(/alarms lately, .* would be usual/);
  });

  it('counts an alarm once, however long it lasts and however many series are calm meanwhile', () => {
    const state: DetectorRecords = {};
    const [one, other] = [new Set<string>(), new Set<string>()];
    for (let i = 0; i < 50; i++) {
      watchFindings(state, alarm, one);
      watchFindings(state, calm, other);
    }
    expect(state.onset?.alarms).toBeCloseTo(1, 2);
    watchFindings(state, alarm, other);
    expect(state.onset?.alarms).toBeCloseTo(2, 2);
    watchFindings(state, calm, one);
    watchFindings(state, alarm, one);
    expect(state.onset?.alarms).toBeCloseTo(3, 2);
  });

  it('reports confidence that outcomes do not bear out, either way', () => {
    const judged = (confidence: number, realShare: number) => {
      const state: DetectorRecords = {};
      for (let i = 0; i < 40; i++) watchOutcome(state, alarm, confidence, i < 40 * realShare);
      return detectorDrifts(state).map(({ kind }) => kind);
    };
    expect(judged(0.9, 0.5)).toEqual(['overconfident']);
    expect(judged(0.4, 0.9)).toEqual(['underconfident']);
    expect(judged(0.8, 0.8)).toEqual([]);
  });

  it('reports a detector that sleeps through real incidents', () => {
    const state: DetectorRecords = {};
    for (let i = 0; i < 25; i++) watchOutcome(state, calm, 0.9, true);
    expect(detectorDrifts(state)).toMatchObject([{ kind: 'misses' }]);
  });
});
