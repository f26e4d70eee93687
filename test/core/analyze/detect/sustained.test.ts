import { describe, expect, it } from 'vitest';
import { ALARM_SCORE } from '../../../../core/analyze/detect/detector.ts';
import { seededRandom } from '../../../../core/analyze/detect/random.ts';
import { sustainedDetector } from '../../../../core/analyze/detect/sustained.ts';
import { DAY, latencies, MINUTE, START } from './traffic.ts';

const detector = sustainedDetector();
const WEEK = 7 * 1440;

interface Told {
  alarms: number[];
  reasons: string[];
}

/** Minutes in alarm and what was said, of one sample a minute. */
function judged(values: readonly number[], failed: (i: number) => boolean = () => false): Told {
  const state = detector.init();
  const told: Told = { alarms: [], reasons: [] };
  for (const [i, value] of values.entries()) {
    const { score, reason } = detector.step(state, { at: START + i * MINUTE, value, ok: !failed(i) });
    if (score < ALARM_SCORE) continue;
    told.alarms.push(i);
    told.reasons.push(reason);
  }
  return told;
}

describe('the sustained detector on latency', () => {
  const usual = latencies(2 * WEEK);

  it('keeps still through two weeks of swing, noise and lone spikes', () => {
    expect(judged(usual).alarms).toEqual([]);
  });

  it('tells a doubled latency within minutes and lets go when it is over', () => {
    const { alarms, reasons } = judged(usual.map((value, i) => (i >= WEEK && i < WEEK + 90 ? 2 * value : value)));
    expect(alarms[0]).toBeGreaterThanOrEqual(WEEK);
    expect(alarms[0]).toBeLessThan(WEEK + 15);
    expect(alarms.at(-1)).toBeLessThan(WEEK + 90 + 60);
    expect(alarms.length).toBeGreaterThan(70);
    expect(reasons[0]).toMatch(/latency .* ms against .* ms expected at this time/);
  });

  it('knows the time of day: the height of noon alarms at midnight', () => {
    const swing = Array.from({ length: 2 * WEEK }, (_, i) => (usual[i] ?? 0) * (i % 1440 < 720 ? 1 : 3));
    expect(judged(swing).alarms.filter((i) => i > WEEK)).toEqual([]);
    const { alarms } = judged(swing.map((value, i) => (i >= WEEK + 200 && i < WEEK + 260 ? 3 * value : value)));
    expect(alarms[0]).toBeGreaterThanOrEqual(WEEK + 200);
    expect(alarms[0]).toBeLessThan(WEEK + 215);
  });

  it('does not learn the trouble it alarms on, and after a day takes it for the new normal', () => {
    const { alarms } = judged(usual.map((value, i) => (i >= WEEK ? 2.5 * value : value)));
    expect(alarms.filter((i) => i < WEEK + 1440).length).toBeGreaterThan(1400);
    expect(alarms.at(-1)).toBeLessThan(2 * WEEK - 1440);
  });

  it('freezes its baseline while it alarms', () => {
    const state = detector.init();
    for (const [i, value] of usual.slice(0, WEEK + 60).entries())
      detector.step(state, { at: START + i * MINUTE, value: i < WEEK ? value : 2 * value });
    const { levels } = state.latency.baseline;
    const before = [...levels];
    expect(state.latency.alarm).toBe(true);
    for (let i = WEEK + 60; i < WEEK + 600; i++) detector.step(state, { at: START + i * MINUTE, value: 2 * (usual[i] ?? 0) });
    expect(levels).toEqual(before);
  });

  it('leaves the latency of failed requests out', () => {
    const { reasons } = judged(
      usual.map((value, i) => (i >= WEEK && i < WEEK + 60 ? 5000 : value)),
      (i) => i >= WEEK && i < WEEK + 60,
    );
    expect(reasons.length).toBeGreaterThan(50);
    for (const reason of reasons) expect(reason).not.toContain('latency');
  });
});

describe('the sustained detector on latency that is looked at three times a minute', () => {
  it('raises about as few false alarms in a day as on one look a minute', () => {
    const loose = sustainedDetector({ latency: { threshold: 5 } });
    const falseAlarms = (values: readonly number[], everyMs: number) => {
      const state = loose.init();
      let began = 0;
      for (const [i, value] of values.entries()) {
        const before = state.latency.alarm;
        loose.step(state, { at: START + i * everyMs, value });
        if (state.latency.alarm && !before) began++;
      }
      return began;
    };
    // White noise: what chance piles up depends on the number of looks, not on the time between them.
    const random = seededRandom(3);
    const scatter = () => Math.exp(0.2 * (random() + random() + random() + random() - 2) * Math.sqrt(3));
    const looks = Array.from({ length: 9 * WEEK }, () => 50 * scatter());
    const aWeek = falseAlarms(looks, MINUTE) / 9;
    const aBusyWeek = falseAlarms(looks, MINUTE / 3) / 3;
    expect(aWeek).toBeGreaterThan(4);
    expect(aBusyWeek).toBeLessThan(1.5 * aWeek);
  });
});

describe('the sustained detector on failures', () => {
  const steady = new Array<number>(3 * 1440).fill(50);

  it('forgives a lone failure and alarms on the second in a row', () => {
    expect(judged(steady, (i) => i === 2000 || i === 3000).alarms).toEqual([]);
    const { alarms, reasons } = judged(steady, (i) => i >= 2000 && i < 2060);
    expect(alarms[0]).toBe(2001);
    expect(alarms.at(-1)).toBe(2060 + 28);
    expect(reasons[0]).toContain('requests fail more often than the usual');
  });

  it('takes a timeout and an error in the usual time for two troubles, unless they come within minutes', () => {
    const week = latencies(WEEK);
    const failed = (i: number) => i % 1500 === 0 || i === 9010;
    const failing = (second: number) => judged(week.with(9000, 5000).with(9010, second), failed).alarms[0];
    expect(failing(5000)).toBe(9010);
    expect(failing(3)).toBe(9010);
    expect(failing(week[9010] ?? 0)).toBeUndefined();
  });

  it('learns how often this series fails, so that its usual share does not alarm', () => {
    const { alarms } = judged(latencies(10 * 1440), (i) => i % 23 === 0);
    expect(alarms.filter((i) => i > 5 * 1440).length).toBe(0);
  });
});

describe('the sustained detector on gaps', () => {
  it('goes on after a day of silence as before it', () => {
    const state = detector.init();
    const usual = latencies(WEEK, 4);
    for (const [i, value] of usual.entries()) detector.step(state, { at: START + i * MINUTE, value });
    const after = START + WEEK * MINUTE + DAY;
    const scores = latencies(300, 5).map((value, i) => detector.step(state, { at: after + i * MINUTE, value }).score);
    expect(Math.max(...scores)).toBeLessThan(ALARM_SCORE);
  });
});
