import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mstlForecaster } from '../../../adapters/augurs/mstl-forecaster.ts';

const wasm = readFileSync(new URL('mstl_bg.wasm', import.meta.resolve('@bsull/augurs/mstl')));
const series = Array.from({ length: 24 * 21 }, (_, step) => 100 + step / 24 + 30 * Math.sin((2 * Math.PI * step) / 24));

describe('MSTL with ETS behind the forecaster port', () => {
  const forecaster = mstlForecaster(wasm, [24, 168]);

  it('continues a season on a trend, with an interval around it', async () => {
    const { mean, low, high, model } = await forecaster.forecast(series, 24);
    expect(model).toBe('mstl-ets(24, 168)');
    for (const [h, value] of mean.entries()) {
      expect(Math.abs(value - (121 + 30 * Math.sin((2 * Math.PI * h) / 24)))).toBeLessThan(3);
      expect(low[h]).toBeLessThanOrEqual(value);
      expect(high[h]).toBeGreaterThanOrEqual(value);
    }
  });

  it('leaves out a season that it has not seen twice, and repeats the last value without any', async () => {
    expect((await forecaster.forecast(series.slice(0, 100), 3)).model).toBe('mstl-ets(24)');
    expect(await forecaster.forecast([1, 2, Number.NaN], 2)).toMatchObject({ mean: [2, 2], low: [2, 2] });
    expect((await forecaster.forecast([], 1)).mean).toEqual([0]);
  });

  it.each([
    ['no value at all', () => Number.NaN],
    ['infinities among values', (step: number) => (step % 3 === 0 ? Number.POSITIVE_INFINITY : 5)],
    ['the largest numbers there are', (step: number) => (step % 2 === 0 ? Number.MAX_VALUE : -Number.MAX_VALUE)],
    ['numbers too large for any model of it', (step: number) => 1e90 * (step % 24)],
    ['a constant', () => 7],
  ])('answers with finite numbers for %s', async (_, valueAt) => {
    const { mean, low, high } = await forecaster.forecast(
      Array.from({ length: 24 * 21 }, (_, step) => valueAt(step)),
      6,
    );
    expect(mean).toHaveLength(6);
    for (const value of [...mean, ...low, ...high]) expect(Number.isFinite(value)).toBe(true);
  });

  it('bridges gaps', async () => {
    const gappy = series.map((value, step) => (step % 50 === 7 ? Number.NaN : value));
    for (const value of (await forecaster.forecast(gappy, 24)).mean) expect(Number.isFinite(value)).toBe(true);
  });
});
