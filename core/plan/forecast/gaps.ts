/** Sums and squares of larger values would overflow; the detectors draw the line at the same place. */
const LARGEST_VALUE = 1e100;

/**
 * Values with every gap (NaN, infinities, what is beyond 1e100) filled: with the same place of the season before, else of the next season,
 * else on a straight line between the neighbours, else with the only neighbour. A series without any value is all 0.
 */
export function fillGaps(series: readonly number[], season: number): Float64Array {
  const values = Float64Array.from(series, (value) => (Math.abs(value) <= LARGEST_VALUE ? value : Number.NaN));
  if (!values.some(Number.isNaN)) return values;
  for (let i = season; i < values.length; i++) if (Number.isNaN(values[i])) values[i] = values[i - season] ?? Number.NaN;
  for (let i = values.length - season - 1; i >= 0; i--) if (Number.isNaN(values[i])) values[i] = values[i + season] ?? Number.NaN;
  return interpolate(values);
}

function interpolate(values: Float64Array): Float64Array {
  let before = -1;
  for (let i = 0; i <= values.length; i++) {
    if (i < values.length && Number.isNaN(values[i])) continue;
    const left = values[before] ?? values[i] ?? 0;
    const right = values[i] ?? left;
    for (let gap = before + 1; gap < i; gap++) values[gap] = left + ((right - left) * (gap - before)) / (i - before);
    before = i;
  }
  return values;
}
