import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addToSketch,
  bucketOf,
  emptySketch,
  MOST_BUCKETS,
  mergeSketch,
  quantile,
  RELATIVE_ERROR,
} from '../../../../core/analyze/windows/quantile-sketch.ts';

const sketchOf = (values: readonly number[]) => {
  const sketch = emptySketch();
  for (const value of values) addToSketch(sketch, bucketOf(value));
  return sketch;
};
const exact = (values: readonly number[], q: number) =>
  [...values].sort((a, b) => a - b)[Math.max(1, Math.ceil(q * values.length)) - 1] ?? Number.NaN;

describe('the quantile sketch', () => {
  it('is off by no more than its relative error', () => {
    const values = fc.array(fc.double({ min: 10, max: 150, noNaN: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(values, fc.constantFrom(0, 0.5, 0.95, 0.99, 1), (list, q) => {
        const truth = exact(list, q);
        expect(Math.abs((quantile(sketchOf(list), q) ?? 0) - truth)).toBeLessThanOrEqual(truth * RELATIVE_ERROR * 1.0001);
      }),
    );
  });

  it('orders negative values, zero and positive ones', () => {
    const sketch = sketchOf([-100, -1, 0, 1, 100]);
    expect(quantile(sketch, 0.01)).toBeCloseTo(-100, -1);
    expect(quantile(sketch, 0.5)).toBe(0);
    expect(quantile(sketch, 1)).toBeCloseTo(100, -1);
  });

  it('stays bounded and keeps the high quantiles when the spread is wide', () => {
    const values = Array.from({ length: 5000 }, (_, i) => 1.01 ** i % 1e12);
    const sketch = sketchOf(values);
    expect(sketch.keys.length).toBeLessThanOrEqual(MOST_BUCKETS);
    expect(Math.abs((quantile(sketch, 0.99) ?? 0) / exact(values, 0.99) - 1)).toBeLessThan(RELATIVE_ERROR * 1.01);
    expect(sketch.counts.reduce((sum, count) => sum + count, 0)).toBe(5000);
  });

  it('merges into what one sketch of everything would be', () => {
    const values = fc.array(fc.double({ min: 20, max: 80, noNaN: true }), { maxLength: 100 });
    fc.assert(
      fc.property(values, values, (a, b) => {
        const merged = sketchOf(a);
        mergeSketch(merged, sketchOf(b));
        expect(merged).toEqual(sketchOf([...a, ...b]));
      }),
    );
  });

  it('has no quantile without values', () => {
    expect(quantile(emptySketch(), 0.5)).toBeUndefined();
  });
});
