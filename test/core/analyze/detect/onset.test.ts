import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALARM_SCORE } from '../../../../core/analyze/detect/detector.ts';
import { onsetDefaults, onsetDetector } from '../../../../core/analyze/detect/onset.ts';
import { seededRandom } from '../../../../core/analyze/detect/random.ts';
import { MINUTE, START } from './traffic.ts';

const detector = onsetDetector();
const STEP = 5 * MINUTE;

function alarmsOf(values: readonly number[]): number[] {
  const state = detector.init();
  return values.flatMap((value, i) => (detector.step(state, { at: START + i * STEP, value }).score >= ALARM_SCORE ? [i] : []));
}

const noise = (count: number, seed = 1) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => 10 + random() + random() + random());
};

describe('the onset detector', () => {
  it('tells a level never seen before at once, and only once', () => {
    const values = noise(2000).map((value, i) => (i >= 1500 && i < 1540 ? value + 15 : value));
    const alarms = alarmsOf(values).filter((i) => i >= 1500);
    expect(alarms).toEqual([1500]);
  });

  it('tells a calm where there always was movement', () => {
    const values = noise(9000).map((value, i) => (i >= 8500 && i < 8700 ? 11.5 : value));
    const alarms = alarmsOf(values).filter((i) => i >= 8500 && i < 8700);
    expect(alarms.length).toBeGreaterThan(0);
  });

  it('tells a usual value at an unusual time of day', () => {
    const daily = (i: number) => (i % 288 < 144 ? 100 : 10);
    const wobble = noise(288 * 12);
    const values = wobble.map((value, i) => daily(i) + value - 11.5);
    const broken = values.map((value, i) => (i >= 288 * 10 + 20 && i < 288 * 10 + 100 ? 10 + value - 100 : value));
    expect(alarmsOf(values).filter((i) => i > 288 * 10)).toEqual([]);
    expect(alarmsOf(broken).filter((i) => i >= 288 * 10 + 20 && i < 288 * 10 + 100).length).toBe(1);
  });

  it('says what it saw, with numbers', () => {
    const state = detector.init();
    for (const [i, value] of noise(1000).entries()) detector.step(state, { at: START + i * STEP, value });
    const { reason } = detector.step(state, { at: START + 1000 * STEP, value: 99 });
    expect(reason).toContain('never seen before at 99');
    expect(reason).toContain('value (');
  });

  it('makes every further alarm dearer', () => {
    const quiet = noise(4000);
    const scores = (values: readonly number[]) => {
      const state = detector.init();
      return values.map((value, i) => detector.step(state, { at: START + i * STEP, value }).score);
    };
    const once = quiet.map((value, i) => (i === 1400 ? 25 : value));
    const twice = quiet.map((value, i) => (i === 1300 ? 16 : i === 1400 ? 25 : value));
    expect(alarmsOf(twice)).toContain(1300);
    expect(scores(twice)[1400]).toBeLessThan(scores(once)[1400] ?? 0);
  });

  it('keeps the newest values sorted, whatever their order was', () => {
    const value = fc.oneof(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), fc.constantFrom(1, 2, 3)).map((each) => each + 0);
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 120 }), (values) => {
        const state = detector.init();
        for (const [i, each] of values.entries()) detector.step(state, { at: START + i * STEP, value: each });
        expect(state.newest12).toEqual(values.slice(-12).sort((a, b) => a - b));
        expect(state.newest24).toEqual(values.slice(-24).sort((a, b) => a - b));
      }),
    );
  });

  it('has no opinion of the past days after a silence longer than they are', () => {
    const state = detector.init();
    const daily = (i: number) => (i % 288 < 144 ? 100 : 10);
    for (let i = 0; i < 288 * 3 + 20; i++) detector.step(state, { at: START + i * STEP, value: i < 288 * 3 ? daily(i) : 10 });
    expect(state.votes[6]).toBeGreaterThan(0);
    detector.step(state, { at: START + 60 * 288 * STEP, value: 100 });
    expect(state.votes[6]).toBe(0);
  });

  it('learns before it speaks and forgives a constant series', () => {
    const spike = noise(200).map((value, i) => (i === 150 ? 500 : value));
    expect(onsetDefaults.learnSamples).toBeGreaterThan(150);
    expect(alarmsOf(spike)).toEqual([]);
    expect(alarmsOf(new Array<number>(3000).fill(7))).toEqual([]);
    expect(alarmsOf([...new Array<number>(3000).fill(7), 8])).toEqual([3000]);
  });
});
