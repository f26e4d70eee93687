import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Datapoint, evaluateAlarm, type MissingDataPolicy } from '../../../../core/analyze/detect/missing-data.ts';

const pointOf = { o: 'ok', X: 'breaching', '-': 'missing' } as const;
const points = (text: string): Datapoint[] => [...text].map((char) => pointOf[char as keyof typeof pointOf]);
const state = (text: string, m: number, n: number, treatMissingData: MissingDataPolicy, evaluationRange = 5) =>
  evaluateAlarm(points(text), { datapointsToAlarm: m, evaluationPeriods: n, evaluationRange, treatMissingData }).state;

describe('evaluateAlarm', () => {
  it('needs M breaching points of the newest N', () => {
    expect(state('XXoXo', 2, 3, 'missing')).toBe('OK');
    expect(state('ooXoX', 2, 3, 'missing')).toBe('ALARM');
  });

  it('reaches back for real points before it makes any up', () => {
    expect(state('XX-X-', 3, 3, 'notBreaching')).toBe('ALARM');
    expect(state('oo-o-', 3, 3, 'breaching')).toBe('OK');
  });

  it('fills by the policy what real points leave open', () => {
    expect(state('---oX', 2, 3, 'breaching')).toBe('ALARM');
    expect(state('---oX', 2, 3, 'notBreaching')).toBe('OK');
    expect(
      evaluateAlarm(points('---oX'), { datapointsToAlarm: 2, evaluationPeriods: 3, evaluationRange: 5, treatMissingData: 'missing' })
        .filledDatapoints,
    ).toBe(1);
  });

  it('tells silence by the policy', () => {
    expect(state('-----', 1, 1, 'missing')).toBe('INSUFFICIENT_DATA');
    expect(state('-----', 1, 1, 'ignore')).toBe('RETAIN');
    expect(state('-----', 1, 1, 'notBreaching')).toBe('OK');
    expect(state('', 2, 3, 'breaching')).toBe('ALARM');
  });

  it('does not hurry into an alarm while the breach is younger than M periods', () => {
    expect(state('----X', 3, 3, 'missing')).toBe('OK');
    expect(state('---X-', 3, 3, 'missing')).toBe('OK');
    expect(state('--X--', 3, 3, 'missing')).toBe('ALARM');
    expect(state('o-X--', 2, 3, 'missing')).toBe('OK');
  });

  it('is not moved by points older than the evaluation range', () => {
    expect(state('XXXooooo', 3, 3, 'missing')).toBe('OK');
    expect(state('o-----', 1, 1, 'missing')).toBe('INSUFFICIENT_DATA');
  });

  it('agrees under every policy when enough real points are there', () => {
    const point = fc.constantFrom<Datapoint>('ok', 'breaching', 'missing');
    fc.assert(
      fc.property(fc.array(point, { minLength: 6, maxLength: 6 }), fc.integer({ min: 1, max: 3 }), (datapoints, m) => {
        fc.pre(datapoints.filter((each) => each !== 'missing').length >= 3);
        const rule = { datapointsToAlarm: m, evaluationPeriods: 3, evaluationRange: 6 };
        const states = (['missing', 'ignore', 'breaching', 'notBreaching'] as const).map(
          (treatMissingData) => evaluateAlarm(datapoints, { ...rule, treatMissingData }).state,
        );
        expect(new Set(states).size).toBe(1);
      }),
    );
  });
});
