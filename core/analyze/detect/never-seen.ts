/** The range and spread of everything a view of the series has shown so far. */
export interface Range {
  seen: number;
  low: number;
  high: number;
  mean: number;
  /** Sum of squared deviations from the mean (Welford, 1962). */
  squares: number;
}

/** A range says nothing before it has seen so many values. */
const FEWEST = 30;

export const emptyRange = (): Range => ({ seen: 0, low: 0, high: 0, mean: 0, squares: 0 });

/** How far `value` lies outside everything seen, in standard deviations (0 inside); then the range takes it in. */
export function beyondRange(range: Range, value: number): number {
  let beyond = 0;
  if (range.seen > FEWEST) {
    const outside = value > range.high ? value - range.high : value < range.low ? range.low - value : 0;
    if (outside > 0) beyond = outside / (spreadOf(range) + 1e-9 * Math.abs(range.mean) + 1e-12);
  }
  if (range.seen === 0 || value > range.high) range.high = value;
  if (range.seen === 0 || value < range.low) range.low = value;
  range.seen++;
  const from = value - range.mean;
  range.mean += from / range.seen;
  range.squares += from * (value - range.mean);
  return beyond;
}

/** The standard deviation of what was seen. */
export function spreadOf(range: Range | undefined): number {
  return range && range.seen > 0 ? Math.sqrt(range.squares / range.seen) : 0;
}
