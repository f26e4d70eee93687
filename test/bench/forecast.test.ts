import { describe, expect, it } from 'vitest';
import { judgeForecasts, parseSeries } from '../../bench/forecast.ts';
import type { Forecaster } from '../../core/ports/index.ts';

/** The last season again, with a band of one to each side. */
const naive = (season: number): Forecaster => ({
  forecast: (series, horizon) => {
    const mean = Array.from({ length: horizon }, (_, h) => series[series.length - season + (h % season)] ?? Number.NaN);
    return { mean, low: mean.map((value) => value - 1), high: mean.map((value) => value + 1), model: 'naive' };
  },
});

describe('the figures of a forecast', () => {
  it('scale the error by the naive forecast of everything before the origin', async () => {
    // Grows by 1 a step: the naive error with season 2 is always 2, and so is the forecast's.
    const values = Array.from({ length: 40 }, (_, step) => step);
    const figures = await judgeForecasts(naive(2), { values, origins: [20, 30], horizon: 2, maseSeason: 2 });
    expect(figures).toMatchObject({ mase: 1, coverage80: 0, model: 'naive' });
    const half = await judgeForecasts(naive(1), { values, origins: [20], horizon: 1, maseSeason: 2 });
    expect(half).toMatchObject({ mase: 0.5, coverage80: 1 });
    expect(half.smape).toBeCloseTo((200 * 1) / (19 + 20), 3);
  });

  it('leave gaps out, before the origin and after it', async () => {
    const values = Array.from({ length: 40 }, (_, step) => (step === 7 || step === 21 ? Number.NaN : step));
    const figures = await judgeForecasts(naive(2), { values, origins: [20], horizon: 3, maseSeason: 2 });
    // What came is 20 and 22, forecast as 18 both times: errors of 2 and 4 over a naive error of 2.
    expect(figures).toMatchObject({ mase: 1.5, coverage80: 0 });
    expect(figures.smape).toBeCloseTo((200 * (2 / 38 + 4 / 40)) / 2, 3);
  });
});

describe('a series in a file', () => {
  it('has one value a line, gaps, and a heading if it likes', () => {
    expect(parseSeries('1\r\n\r\n-2.5e1\r\nNaN\r\n')).toEqual({ kind: 'series', values: [1, Number.NaN, -25, Number.NaN] });
    expect(parseSeries('\ufeffrequests\n1\n2')).toEqual({ kind: 'series', values: [1, 2] });
  });

  it.each([
    ['a word', '1\ntwo\n3\n', 'line 2 is "two"'],
    ['a word below a heading', 'value\n1\n2,5', 'line 3 is "2,5"'],
    ['an infinity', '1\nInfinity', 'line 2 is "Infinity"'],
    ['nothing', '', 'no numbers'],
    ['nothing but gaps', '\nNaN\n', 'no numbers'],
  ])('is refused for %s', (_what, text, reason) => {
    expect(parseSeries(text)).toEqual({ kind: 'invalid', reason: expect.stringContaining(reason) });
  });
});
