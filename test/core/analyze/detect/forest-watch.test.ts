import { describe, expect, it } from 'vitest';
import { ALARM_SCORE } from '../../../../core/analyze/detect/detector.ts';
import { forestWatch } from '../../../../core/analyze/detect/forest-watch.ts';
import { latencies, MINUTE, START } from './traffic.ts';

const detector = forestWatch();

describe('the forest watch', () => {
  it('keeps still on clean rows, of which a tenth lies beyond the offset by construction', () => {
    const state = detector.init();
    const scores = latencies(6000).map((value, i) => detector.step(state, { at: START + i * MINUTE, value }).score);
    expect(Math.max(...scores)).toBeLessThan(ALARM_SCORE);
    expect(state.beyond.filter((one) => one === 1).length).toBeGreaterThan(0);
  });

  it('tells many rows a little odd, and by what share', () => {
    const state = detector.init();
    const values = latencies(3000);
    for (const [i, value] of values.entries()) detector.step(state, { at: START + i * MINUTE, value });
    const told = latencies(300, 9).map((value, i) => detector.step(state, { at: START + (3000 + i) * MINUTE, value: 1.8 * value }));
    const first = told.findIndex(({ score }) => score >= ALARM_SCORE);
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(150);
    expect(told[first]?.reason).toMatch(/% of the last \d+ rows lie beyond the baseline's offset, [\d.]+ % do in the baseline/);
  });

  it('renews its baseline from clean rows after a day', () => {
    const state = detector.init();
    const values = latencies(6000);
    for (const [i, value] of values.slice(0, 1600).entries()) detector.step(state, { at: START + i * MINUTE, value });
    const trainedAt = state.trainedAt;
    for (const [i, value] of values.slice(1600).entries()) detector.step(state, { at: START + (1600 + i) * MINUTE, value });
    expect(state.trainedAt).toBeGreaterThan(trainedAt);
    expect(state.baseline.length).toBe(1024);
  });
});
