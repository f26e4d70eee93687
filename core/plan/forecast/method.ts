/**
 * One way to forecast. Methods are asked for several origins at once, because the back-test needs the same forecast at
 * many places of the past and some methods get there in one pass.
 */
export interface Method {
  name: string;
  /**
   * @param values the series without gaps
   * @param origins ascending; the forecast at origin t knows values[0..t−1] and nothing later
   * @returns per origin the next `horizon` values, or null where the history is too short or the method diverged
   */
  forecasts(values: Float64Array, origins: readonly number[], horizon: number): (Float64Array | null)[];
}
