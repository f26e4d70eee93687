import { describe, expect, it } from 'vitest';
import { judgeForecasts } from '../../bench/forecast.ts';
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
});
