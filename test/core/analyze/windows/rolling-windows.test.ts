import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addToWindows, emptyWindows, summarise, type WindowName } from '../../../../core/analyze/windows/rolling-windows.ts';

const MINUTE = 60_000;
const START = 1_767_571_200_000;
const lengths: Record<WindowName, number> = { '1m': 1, '5m': 5, '15m': 15, '1h': 60, '24h': 1440 };
const names: readonly WindowName[] = ['1m', '5m', '15m', '1h', '24h'];

describe('rolling windows', () => {
  it('hold what arrived within their length, true to one slice', () => {
    const windows = emptyWindows();
    for (let i = 0; i < 3000; i++) addToWindows(windows, START + i * MINUTE, 50, i % 10 !== 0);
    for (const name of names) {
      const { count, errorRate, mean, p50 } = summarise(windows, name, START + 2999 * MINUTE);
      expect(count).toBeLessThanOrEqual(lengths[name]);
      expect(count).toBeGreaterThanOrEqual(Math.floor(lengths[name] * 0.75));
      expect(mean).toBeCloseTo(50, 9);
      expect(Math.abs((p50 ?? 0) / 50 - 1)).toBeLessThan(0.031);
      if (lengths[name] > 10) expect(errorRate).toBeCloseTo(0.1, 1);
    }
  });

  it('count failures that carry no value, and leave them out of the mean', () => {
    const windows = emptyWindows();
    addToWindows(windows, START, 100);
    addToWindows(windows, START, Number.NaN, false);
    expect(summarise(windows, '1m', START)).toMatchObject({ count: 2, errorRate: 0.5, mean: 100 });
  });

  it('are empty after a silence longer than they are', () => {
    const windows = emptyWindows();
    addToWindows(windows, START, 100);
    expect(summarise(windows, '5m', START + 6 * MINUTE)).toEqual({
      count: 0,
      errorRate: undefined,
      mean: undefined,
      p50: undefined,
      p95: undefined,
      p99: undefined,
    });
    expect(summarise(windows, '15m', START + 6 * MINUTE).count).toBe(1);
  });

  it('put a late sample where it belongs while its slice is kept, and drop it after that', () => {
    const windows = emptyWindows();
    addToWindows(windows, START + 20 * MINUTE, 10);
    addToWindows(windows, START + 18 * MINUTE, 20);
    addToWindows(windows, START, 30);
    expect(summarise(windows, '5m', START + 20 * MINUTE).count).toBe(2);
    expect(summarise(windows, '1h', START + 20 * MINUTE).count).toBe(3);
    expect(summarise(windows, '15m', START + 20 * MINUTE).count).toBe(2);
  });

  it('tell the slow from the usual', () => {
    const windows = emptyWindows();
    for (let i = 0; i < 100; i++) addToWindows(windows, START + i * 500, i < 94 ? 20 : 900);
    const { p50, p95, p99 } = summarise(windows, '1m', START + 49_500);
    expect(p50).toBeLessThan(21);
    expect(p95).toBeGreaterThan(870);
    expect(p99).toBeGreaterThan(870);
  });

  it('go through JSON unchanged whatever comes', () => {
    const sample = fc.tuple(fc.integer({ min: -2000, max: 2000 }), fc.double(), fc.boolean());
    fc.assert(
      fc.property(fc.array(sample), (samples) => {
        const windows = emptyWindows();
        for (const [minute, value, ok] of samples) addToWindows(windows, START + minute * MINUTE, value, ok);
        expect(JSON.parse(JSON.stringify(windows))).toEqual(windows);
      }),
    );
  });
});
