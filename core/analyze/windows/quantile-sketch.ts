/**
 * Quantiles in bounded memory: DDSketch (Masson, Rim and Lee, VLDB 2019). A value falls into the bucket of its rounded
 * logarithm, so a quantile is off by at most `RELATIVE_ERROR` of itself. When more than `MOST_BUCKETS` buckets are in
 * use the two lowest are merged: only the lowest quantiles of a very wide spread lose precision. Sketches merge exactly.
 */
export interface QuantileSketch {
  /** Ascending; negative for values below zero, 0 for values next to zero. */
  keys: number[];
  counts: number[];
}

export const RELATIVE_ERROR = 0.03;
export const MOST_BUCKETS = 48;

const GROWTH = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GROWTH = Math.log(GROWTH);
const SMALLEST = 1e-9;
/** Added to logarithms so that every value above `SMALLEST` has a key above 0. */
const OFFSET = 1 + Math.ceil(-Math.log(SMALLEST) / LOG_GROWTH);

export const emptySketch = (): QuantileSketch => ({ keys: [], counts: [] });

export function mergeSketch(into: QuantileSketch, from: QuantileSketch): void {
  for (let i = 0; i < from.keys.length; i++) addToSketch(into, from.keys[i] ?? 0, from.counts[i] ?? 0);
}

/** The value at rank ceil(q n), as `RELATIVE_ERROR` allows; undefined when the sketch is empty. `q` is 0 to 1. */
export function quantile({ keys, counts }: QuantileSketch, q: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let rank = Math.max(1, Math.ceil(q * total));
  for (let i = 0; i < keys.length; i++) {
    rank -= counts[i] ?? 0;
    if (rank <= 0) return middleOf(keys[i] ?? 0);
  }
  return middleOf(keys.at(-1) ?? 0);
}

/** The bucket of a finite value; computed once when the value goes into several sketches. */
export function bucketOf(value: number): number {
  const size = Math.abs(value);
  if (size < SMALLEST) return 0;
  const key = OFFSET + Math.ceil(Math.log(size) / LOG_GROWTH);
  return value < 0 ? -key : key;
}

/** The middle of a bucket, in the sense of relative error. */
function middleOf(key: number): number {
  if (key === 0) return 0;
  const size = (2 * GROWTH ** (Math.abs(key) - OFFSET)) / (GROWTH + 1);
  return key < 0 ? -size : size;
}

export function addToSketch(sketch: QuantileSketch, key: number, count = 1): void {
  const { keys, counts } = sketch;
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? 0) < key) low = middle + 1;
    else high = middle;
  }
  if (keys[low] === key) {
    counts[low] = (counts[low] ?? 0) + count;
    return;
  }
  // Most buckets are added at the end of a short list: moving the rest by hand is quicker than a splice.
  for (let place = keys.length; place > low; place--) {
    keys[place] = keys[place - 1] ?? 0;
    counts[place] = counts[place - 1] ?? 0;
  }
  keys[low] = key;
  counts[low] = count;
  if (keys.length > MOST_BUCKETS) {
    keys.shift();
    const lowest = counts.shift() ?? 0;
    counts[0] = (counts[0] ?? 0) + lowest;
  }
}
