import { addToSketch, bucketOf, emptySketch, mergeSketch, type QuantileSketch, quantile } from './quantile-sketch.ts';

const MINUTE_MS = 60_000;

/** The windows of a series. Each is made of slices that expire one by one, so its length is true to one slice. */
const WINDOWS = {
  '1m': { sliceMs: MINUTE_MS / 6, slices: 6 },
  '5m': { sliceMs: MINUTE_MS, slices: 5 },
  '15m': { sliceMs: 3 * MINUTE_MS, slices: 5 },
  '1h': { sliceMs: 10 * MINUTE_MS, slices: 6 },
  '24h': { sliceMs: 120 * MINUTE_MS, slices: 12 },
} as const;
export type WindowName = keyof typeof WINDOWS;
const NAMES: readonly WindowName[] = ['1m', '5m', '15m', '1h', '24h'];

interface Slice {
  /** Slices since 1970; -1 when never used. */
  index: number;
  /** Samples, failed ones among them, and those that carried a value. */
  count: number;
  failed: number;
  valued: number;
  sum: number;
  sketch: QuantileSketch;
}

export type RollingWindows = Record<WindowName, Slice[]>;

export interface WindowSummary {
  count: number;
  /** 0 to 1; undefined without samples. */
  errorRate: number | undefined;
  /** Mean and quantiles of the values, in their own unit; undefined without values. */
  mean: number | undefined;
  p50: number | undefined;
  p95: number | undefined;
  p99: number | undefined;
}

/** Larger values than this are no measurement, and a sum of them would not stay finite. */
const VALUE_MAX = 1e100;

const emptySlice = (index: number): Slice => ({ index, count: 0, failed: 0, valued: 0, sum: 0, sketch: emptySketch() });
const emptyWindow = (name: WindowName): Slice[] => Array.from({ length: WINDOWS[name].slices }, () => emptySlice(-1));

export function emptyWindows(): RollingWindows {
  return {
    '1m': emptyWindow('1m'),
    '5m': emptyWindow('5m'),
    '15m': emptyWindow('15m'),
    '1h': emptyWindow('1h'),
    '24h': emptyWindow('24h'),
  };
}

/**
 * Takes a sample in, `at` in epoch milliseconds. A value that is no number, or none that anything measures, counts as a sample without value. A sample
 * from the past goes where it belongs while that slice is still kept, and is left out after that; duplicates count.
 */
export function addToWindows(windows: RollingWindows, at: number, value: number, ok = true): void {
  const bucket = Math.abs(value) <= VALUE_MAX ? bucketOf(value) : undefined;
  for (const name of NAMES) {
    const { sliceMs, slices } = WINDOWS[name];
    const index = Math.floor(at / sliceMs);
    const place = ((index % slices) + slices) % slices;
    let slice = windows[name][place];
    if (!slice || slice.index > index) continue;
    if (slice.index < index) {
      slice = emptySlice(index);
      windows[name][place] = slice;
    }
    slice.count++;
    if (!ok) slice.failed++;
    if (bucket === undefined) continue;
    slice.valued++;
    slice.sum += value;
    addToSketch(slice.sketch, bucket);
  }
}

/** What the window that ends at `now` holds. */
export function summarise(windows: RollingWindows, name: WindowName, now: number): WindowSummary {
  const { sliceMs, slices } = WINDOWS[name];
  const newest = Math.floor(now / sliceMs);
  const sketch = emptySketch();
  const total = { count: 0, failed: 0, valued: 0, sum: 0 };
  for (const slice of windows[name]) {
    if (slice.index <= newest - slices || slice.index > newest) continue;
    total.count += slice.count;
    total.failed += slice.failed;
    total.valued += slice.valued;
    total.sum += slice.sum;
    mergeSketch(sketch, slice.sketch);
  }
  return {
    count: total.count,
    errorRate: total.count === 0 ? undefined : total.failed / total.count,
    mean: total.valued === 0 ? undefined : total.sum / total.valued,
    p50: quantile(sketch, 0.5),
    p95: quantile(sketch, 0.95),
    p99: quantile(sketch, 0.99),
  };
}
