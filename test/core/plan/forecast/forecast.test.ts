import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { automaticForecaster } from '../../../../core/plan/forecast/automatic.ts';
import { continueResiduals, fitAutoregression } from '../../../../core/plan/forecast/autoregression.ts';
import { chooseByBackTest } from '../../../../core/plan/forecast/choose.ts';
import { fourierRidge } from '../../../../core/plan/forecast/fourier-ridge.ts';
import { fillGaps } from '../../../../core/plan/forecast/gaps.ts';
import { holtWinters } from '../../../../core/plan/forecast/holt-winters.ts';
import type { Method } from '../../../../core/plan/forecast/method.ts';
import { seasonalProfile } from '../../../../core/plan/forecast/seasonal-profile.ts';
import type { Forecaster } from '../../../../core/ports/index.ts';
import { demand, numbers } from './series.ts';

const week = { season: 168, seasons: 6 };
const methods: Method[] = [
  seasonalProfile({ ...week, typical: 'median', trend: true, name: 'median' }),
  seasonalProfile({ ...week, typical: 'mean', trend: true, name: 'mean' }),
  seasonalProfile({ ...week, typical: 'trimmed', trend: true, name: 'trimmed' }),
  fourierRidge({ season: 168, inner: 24, seasons: 6 }),
  holtWinters({ season: 168, level: 0.1, slope: 0.01, seasonal: 0.2, name: 'holt-winters' }),
];

function meanError(forecast: ArrayLike<number>, actual: readonly number[]): number {
  return actual.reduce((sum, value, step) => sum + Math.abs(value - (forecast[step] ?? Number.NaN)), 0) / actual.length;
}

describe('every method', () => {
  it.each(methods)('$name continues a seasonal series with a trend', (method) => {
    const series = demand(63, 1, 0, 20);
    const [forecast] = method.forecasts(Float64Array.from(series.slice(0, 56 * 24)), [56 * 24], 48);
    expect(meanError(forecast ?? [], series.slice(56 * 24, 58 * 24))).toBeLessThan(12);
  });

  it.each(methods)('$name knows nothing of what comes after the origin', (method) => {
    const series = demand(63);
    const origin = 50 * 24;
    const changed = Float64Array.from(series, (value, step) => (step >= origin ? -1e6 : value));
    expect(method.forecasts(changed, [origin], 24)).toEqual(method.forecasts(Float64Array.from(series), [origin], 24));
  });

  it.each(methods)('$name is silent about a history that is too short', (method) => {
    expect(method.forecasts(new Float64Array(167), [0, 1, 167], 24)).toEqual([null, null, null]);
  });

  it('leaves a forecast that diverged to the others', () => {
    const runaway = holtWinters({ season: 4, level: 1, slope: 1, seasonal: 1, name: 'runaway' });
    const values = Float64Array.from({ length: 40 }, (_, step) => (step < 36 ? 10 + (step % 4) : 10 ** (step - 34)));
    expect(runaway.forecasts(values, [40], 40)).toEqual([null]);
  });
});

describe('the autoregression of residuals', () => {
  it('finds the coefficient of a first-order series and lets it decay', () => {
    const next = numbers(3);
    const residuals = new Float64Array(4000);
    for (let i = 1; i < residuals.length; i++) residuals[i] = 0.7 * (residuals[i - 1] ?? 0) + (next() - 0.5);
    const model = fitAutoregression(residuals, 2);
    expect(model[0]).toBeCloseTo(0.7, 1);
    const ahead = continueResiduals(model, residuals, 50);
    expect(Math.abs(ahead[49] ?? 1)).toBeLessThan(1e-3);
  });

  it('is stationary for any residuals', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 40 }), (values) => {
        const residuals = Float64Array.from(values);
        const largest = Math.max(1, ...values.map(Math.abs));
        for (const value of continueResiduals(fitAutoregression(residuals, 2), residuals, 200))
          expect(Math.abs(value)).toBeLessThanOrEqual(4 * largest);
      }),
    );
  });
});

describe('gaps', () => {
  it('are filled from the season before, else after, else along a line', () => {
    expect([...fillGaps([1, 2, Number.NaN, 4], 2)]).toEqual([1, 2, 1, 4]);
    expect([...fillGaps([Number.NaN, 2, 3, 4], 2)]).toEqual([3, 2, 3, 4]);
    expect([...fillGaps([1, Number.NaN, Infinity, 4], 9)]).toEqual([1, 2, 3, 4]);
    expect([...fillGaps([Number.NaN, 5, Number.NaN], 9)]).toEqual([5, 5, 5]);
    expect([...fillGaps([Number.NaN, Number.NaN], 9)]).toEqual([0, 0]);
  });
});

describe('the automatic forecaster', () => {
  const forecaster = automaticForecaster({ day: 24, week: 168 });
  const ask = async (series: number[], horizon: number) => forecaster.forecast(series, horizon);

  it('beats repeating the last week, and its interval holds four values out of five', async () => {
    const series = demand(77, 5, 25);
    let own = 0;
    let naive = 0;
    let inside = 0;
    for (let day = 56; day < 76; day++) {
      const origin = day * 24;
      const actual = series.slice(origin, origin + 24);
      const { mean, low, high } = await ask(series.slice(0, origin), 24);
      own += meanError(mean, actual);
      naive += meanError(series.slice(origin - 168, origin - 144), actual);
      inside += actual.filter((value, h) => value >= (low[h] ?? Infinity) && value <= (high[h] ?? -Infinity)).length;
    }
    expect(own).toBeLessThan(0.8 * naive);
    expect(inside / (20 * 24)).toBeGreaterThan(0.72);
    expect(inside / (20 * 24)).toBeLessThan(0.88);
  });

  it('answers for any series, with finite numbers in order', async () => {
    const value = fc.oneof(
      fc.double({ min: -1e6, max: 1e6 }),
      fc.constantFrom(Number.NaN, Infinity, 0, Number.MAX_VALUE, -Number.MAX_VALUE),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), async (series, horizon) => {
        const { mean, low, high, model } = await automaticForecaster({ day: 6, week: 12 }).forecast(series, horizon);
        expect([mean.length, low.length, high.length]).toEqual([horizon, horizon, horizon]);
        for (const [h, centre] of mean.entries()) {
          expect(Number.isFinite(centre)).toBe(true);
          expect(low[h]).toBeLessThanOrEqual(centre);
          expect(high[h]).toBeGreaterThanOrEqual(centre);
        }
        expect(model).not.toBe('');
      }),
      { numRuns: 60 },
    );
  });

  it('continues a constant series, and one sample with itself', async () => {
    const { mean, low, high } = await ask(new Array<number>(400).fill(7), 3);
    for (const value of [...mean, ...low, ...high]) expect(value).toBeCloseTo(7, 9);
    expect((await ask([4], 2)).mean).toEqual([4, 4]);
    expect((await ask([], 2)).mean).toEqual([0, 0]);
  });

  it('is deterministic', async () => {
    const series = demand(40, 9);
    expect(await ask(series, 24)).toEqual(await ask(series, 24));
  });

  it('works without a week and barely notices a gap', async () => {
    const daily = automaticForecaster({ day: 24 });
    const series = demand(40, 2, 5, 0).map((value, step) => (Math.floor(step / 24) % 7 >= 5 ? value / 0.6 : value));
    const whole = await daily.forecast(series.slice(0, 960 - 24), 24);
    const gappy = await daily.forecast(
      series.slice(0, 960 - 24).map((value, step) => (step % 97 < 3 ? Number.NaN : value)),
      24,
    );
    expect(meanError(whole.mean, series.slice(960 - 24))).toBeLessThan(12);
    expect(meanError(gappy.mean, series.slice(960 - 24))).toBeLessThan(14);
  });
});

describe('the choice between forecasters', () => {
  const always = (value: number): Forecaster => ({
    forecast: (_, horizon) => ({ mean: new Array<number>(horizon).fill(value), low: [], high: [], model: `always ${value}` }),
  });

  it('falls on the one that was right over the last days, and on the first where nothing is known', async () => {
    const series = new Array<number>(100).fill(5);
    expect((await chooseByBackTest([always(1), always(5), always(9)], 24).forecast(series, 3)).model).toBe('always 5');
    expect((await chooseByBackTest([always(1), always(5)], 24).forecast([5], 3)).model).toBe('always 1');
  });
});
