import { describe, expect, it } from 'vitest';
import { averagePathLength, fitIsolationForest, percentile, scoreRows } from '../../../../core/analyze/detect/isolation-forest.ts';
import { seededRandom } from '../../../../core/analyze/detect/random.ts';
import { fitStandardScaler, standardise } from '../../../../core/analyze/detect/standard-scaler.ts';

const random = seededRandom(5);
const crowd = Array.from({ length: 300 }, () => [random(), random()]);
const rows = [...crowd, [8, 8]];
const matrix = Float64Array.from(rows.flat());

describe('the isolation forest', () => {
  it('isolates the row far from the crowd first', () => {
    const scores = scoreRows(fitIsolationForest(rows, { seed: 1 }), matrix);
    expect(scores.indexOf(Math.min(...scores))).toBe(300);
    expect(scores[300]).toBeLessThan(-0.7);
  });

  it('gives the same scores for the same seed and others for another', () => {
    const scores = (seed: number) => [...scoreRows(fitIsolationForest(rows, { seed }), matrix)];
    expect(scores(3)).toEqual(scores(3));
    expect(scores(3)).not.toEqual(scores(4));
  });

  it('puts the contaminated share of the training rows beyond the offset', () => {
    const forest = fitIsolationForest(rows, { seed: 1 });
    const beyond = scoreRows(forest, matrix).filter((score) => score < forest.offset).length;
    expect(beyond).toBeGreaterThanOrEqual(29);
    expect(beyond).toBeLessThanOrEqual(31);
  });

  it('never splits a constant column and takes constant rows as one leaf', () => {
    const constant = Array.from({ length: 20 }, () => [4, 4]);
    const scores = scoreRows(fitIsolationForest(constant, { seed: 1 }), Float64Array.from(constant.flat()));
    for (const score of scores) expect(score).toBeCloseTo(-0.5, 12);
    const half = fitIsolationForest(
      rows.map(([x = 0]) => [x, 7]),
      { seed: 1 },
    );
    expect([...half.column].includes(1)).toBe(false);
  });

  it('takes a single row', () => {
    const scores = scoreRows(fitIsolationForest([[1]], { seed: 1 }), Float64Array.of(1));
    expect(Number.isFinite(scores[0])).toBe(true);
  });

  it('refuses rows it cannot learn from, naming them', () => {
    expect(() => fitIsolationForest([], { seed: 1 })).toThrow('at least one row');
    expect(() => fitIsolationForest([[1], [Number.NaN]], { seed: 1 })).toThrow('row 1');
    expect(() => fitIsolationForest([[1], [1, 2]], { seed: 1 })).toThrow('row 1');
  });

  it('knows the average path of small and large samples', () => {
    expect(averagePathLength(1)).toBe(0);
    expect(averagePathLength(2)).toBe(1);
    expect(averagePathLength(256)).toBeCloseTo(10.244770920116851, 9);
  });
});

describe('percentile', () => {
  it('interpolates between neighbours', () => {
    expect(percentile([4, 1, 3, 2], 50)).toBe(2.5);
    expect(percentile([1, 2], 10)).toBeCloseTo(1.1, 12);
  });
});

describe('the standard scaler', () => {
  it('divides by the population deviation and leaves constant columns at 0', () => {
    const scaler = fitStandardScaler([
      [1, 5],
      [3, 5],
    ]);
    expect(scaler).toEqual({ mean: [2, 5], scale: [1, 1] });
    expect(standardise(scaler, [4, 5])).toEqual([2, 0]);
  });
});
