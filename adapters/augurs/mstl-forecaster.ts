import { initSync, MSTL } from '@bsull/augurs/mstl';
import type { Forecast, Forecaster } from '../../core/ports/index.ts';

/** What is larger is a gap, as in the other forecasters. */
const LARGEST_VALUE = 1e100;
/** The interval the port asks for. */
const LEVEL = 0.8;

/**
 * MSTL decomposition with an automatic ETS on the trend (Bandara, Hyndman and Bergmeir, 2021), from the augurs library.
 * It takes part where it wins the back-test (`chooseByBackTest`); it costs several times the automatic forecaster.
 * @param wasm bytes of `@bsull/augurs/mstl_bg.wasm`; the caller reads them, as this folder has no file system
 * @param periods steps in each season, ascending; a season that the series does not hold twice is left out
 */
export function mstlForecaster(wasm: Uint8Array, periods: readonly number[]): Forecaster {
  initSync({ module: wasm });
  return { forecast: (series, horizon) => forecastByMstl(series, horizon, periods) };
}

function forecastByMstl(series: readonly number[], horizon: number, periods: readonly number[]): Forecast {
  const usable = periods.filter((period) => period > 1 && series.length >= 2 * period);
  // The library refuses a series without any season: the last known value is all that can be said then.
  const values = series.map((value) => (Math.abs(value) <= LARGEST_VALUE ? value : Number.NaN));
  if (usable.length === 0) return repeatLast(values, horizon, 'less than two seasons');
  // `using` frees the memory inside the module, which no garbage collector sees.
  using model = MSTL.ets([...usable], { impute: true });
  try {
    model.fit(values);
  } catch {
    // It throws where no model of the trend fits: numbers without any pattern, or too large for it.
    return repeatLast(values, horizon, 'no model fits');
  }
  const { point, intervals } = model.predict(horizon, LEVEL);
  return { mean: point, low: intervals?.lower ?? point, high: intervals?.upper ?? point, model: `mstl-ets(${usable.join(', ')})` };
}

function repeatLast(values: readonly number[], horizon: number, why: string): Forecast {
  const mean = new Array<number>(horizon).fill(values.findLast(Number.isFinite) ?? 0);
  return { mean, low: [...mean], high: [...mean], model: `last value (${why})` };
}
