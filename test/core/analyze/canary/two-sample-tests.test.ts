import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cliffsDelta, cohensD, commonLanguageEffect, hedgesG, meanRatio } from '../../../../core/analyze/canary/effect-sizes.ts';
import { mannWhitneyExactP, mannWhitneyP, mannWhitneyU } from '../../../../core/analyze/canary/mann-whitney.ts';
import { studentSurvival } from '../../../../core/analyze/canary/student.ts';
import { welchTest } from '../../../../core/analyze/canary/welch.ts';
import { kolmogorovLimitSurvival, kolmogorovSurvival } from '../../../../core/knowledge/statistics/kolmogorov.ts';
import { kolmogorovSmirnovTest } from '../../../../core/knowledge/statistics/kolmogorov-smirnov.ts';
import { erfc, normalQuantile, normalSurvival } from '../../../../core/knowledge/statistics/normal.ts';
import { rank } from '../../../../core/knowledge/statistics/ranks.ts';

const sample = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 30 });
/** Relative error of a probability against a value from tables. */
const relative = (got: number, expected: number) => Math.abs(got / expected - 1);

describe('values far from one', () => {
  const near = { a: [1.25, 2.5, 3.75, 0.5, 2], b: [0.25, 1.5, 2.25, 1] };
  const moved = (values: number[], scale: number, offset: number) => values.map((value) => value * scale + offset);

  it.each([
    ['a large offset', 1, 2 ** 30],
    ['a tiny scale', 2 ** -400, 0],
    ['a huge scale', 2 ** 400, 0],
  ])('give the same Welch test with %s', (_what, scale, offset) => {
    const expected = welchTest(near.a, near.b);
    const got = welchTest(moved(near.a, scale, offset), moved(near.b, scale, offset));
    expect(got.t).toBeCloseTo(expected.t, 12);
    expect(got.df).toBeCloseTo(expected.df, 12);
    expect(got.pTwoSided).toBeCloseTo(expected.pTwoSided, 12);
  });
});

describe('the laws behind the tests', () => {
  it('meet tabulated values far into the tails', () => {
    expect(relative(erfc(1), 0.15729920705028513)).toBeLessThan(1e-13);
    expect(relative(erfc(5), 1.5374597944280349e-12)).toBeLessThan(1e-12);
    expect(relative(normalSurvival(6), 9.865876450376981e-10)).toBeLessThan(1e-12);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
    // With two degrees of freedom P(T > t) = 1/2 − t / (2 √(2 + t²)).
    expect(relative(studentSurvival(3, 2), 0.5 - 3 / (2 * Math.sqrt(11)))).toBeLessThan(1e-12);
    // With one it is the Cauchy law.
    expect(relative(studentSurvival(4, 1), 0.5 - Math.atan(4) / Math.PI)).toBeLessThan(1e-12);
    expect(studentSurvival(0, 1e6)).toBe(0.5);
  });

  it('turn quantiles back into probabilities', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }), (p) => {
        expect(Math.abs(normalSurvival(-normalQuantile(p)) - p)).toBeLessThan(1e-12);
      }),
    );
    expect(normalQuantile(0)).toBe(-Infinity);
    expect(normalQuantile(1)).toBe(Infinity);
    expect(normalQuantile(Number.NaN)).toBeNaN();
  });

  it('agree where one method for Kolmogorov takes over from the next', () => {
    // On both sides of n = 140 and of n·d² = 4 and 2.2 the value may not jump by more than the step in n or d explains.
    for (const [n, squared] of [
      [140, 4],
      [141, 2.2],
      [141, 0.3],
      [141, 1],
      [2000, 2.2],
    ] as const) {
      const d = Math.sqrt(squared / n);
      const left = kolmogorovSurvival(d * (1 - 1e-9), n);
      const right = kolmogorovSurvival(d * (1 + 1e-9), n);
      // Pelz and Good's series, used above n = 140, is good to five digits.
      expect(relative(left, right)).toBeLessThan(n > 140 ? 5e-5 : 1e-6);
      expect(relative(kolmogorovSurvival(d, n), kolmogorovSurvival(d, n + 1))).toBeLessThan(0.1);
    }
    // Far inside, both bounds are crossed again and again: twice the one-sided law would be 1 here.
    expect(kolmogorovSurvival(0.05, 100)).toBeGreaterThan(0.93);
    expect(kolmogorovSurvival(0.05, 100)).toBeLessThan(0.975);
    // n = 1: D is the larger of x and 1 − x, so P(D ≥ d) = 2 (1 − d).
    expect(kolmogorovSurvival(0.75, 1)).toBeCloseTo(0.5, 12);
    expect(kolmogorovSurvival(0, 10)).toBe(1);
    expect(kolmogorovSurvival(1, 10)).toBe(0);
  });

  it('approach the limit law as samples grow', () => {
    expect(kolmogorovSurvival(1 / Math.sqrt(1e6), 1e6)).toBeCloseTo(kolmogorovLimitSurvival(1), 2);
    expect(kolmogorovLimitSurvival(0.9999999)).toBeCloseTo(kolmogorovLimitSurvival(1.0000001), 6);
    expect(kolmogorovLimitSurvival(0)).toBe(1);
  });
});

describe('two-sample tests', () => {
  it('count pairs for Mann-Whitney and Cliff', () => {
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        const pairs = a.flatMap((x) => b.map((y) => (x > y ? 1 : x === y ? 0.5 : 0)));
        const u = pairs.reduce((sum: number, one) => sum + one, 0);
        expect(mannWhitneyU(a, b)).toBeCloseTo(u, 9);
        expect(commonLanguageEffect(b, a)).toBeCloseTo(u / pairs.length, 9);
        expect(cliffsDelta(a, b)).toBeCloseTo(-cliffsDelta(b, a), 9);
      }),
    );
  });

  it('have complementary sides and no p-value outside 0..1', () => {
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        const { t, pTwoSided, pGreater, pLess } = welchTest(a, b);
        if (!Number.isNaN(t)) {
          expect(pGreater + pLess).toBeCloseTo(1, 9);
          expect(pTwoSided).toBeCloseTo(2 * Math.min(pGreater, pLess), 9);
        }
        for (const p of [
          mannWhitneyP(a, b, 'two-sided', true),
          kolmogorovSmirnovTest(a, b).pExact ?? 0,
          kolmogorovSmirnovTest(a, b).pAsymptotic,
        ]) {
          expect(p).toBeGreaterThanOrEqual(0);
          expect(p).toBeLessThanOrEqual(1 + 1e-12);
        }
      }),
    );
  });

  it('enumerate small samples exactly', () => {
    // The most extreme of C(4, 2) = 6 orders, on both sides: 2 / 6.
    expect(mannWhitneyExactP([1, 2], [3, 4])).toBeCloseTo(1 / 3, 12);
    expect(kolmogorovSmirnovTest([1, 2], [3, 4])).toMatchObject({ d: 1 });
    expect(kolmogorovSmirnovTest([1, 2], [3, 4]).pExact).toBeCloseTo(1 / 3, 12);
    expect(mannWhitneyExactP([1, 2], [2, 3])).toBeNull();
    const large = Array.from({ length: 300 }, (_, index) => index);
    expect(
      mannWhitneyExactP(
        large,
        large.map((value) => value + 0.5),
      ),
    ).toBeNull();
  });

  it('say nothing where nothing can be said', () => {
    expect(mannWhitneyP([], [1], 'two-sided', true)).toBeNaN();
    expect(mannWhitneyExactP([], [1])).toBeNull();
    expect(kolmogorovSmirnovTest([], [1]).d).toBeNaN();
    expect(welchTest([1], [2, 3]).pTwoSided).toBeNaN();
    expect(welchTest([2, 2], [2, 2]).t).toBeNaN();
    expect(cohensD([1, 1], [1, 1])).toBeNaN();
    // Added up, many tenths are not as many times a tenth.
    const tenths = (count: number) => new Array<number>(count).fill(0.1);
    expect(cohensD(tenths(10), tenths(1000))).toBeNaN();
    expect(welchTest(tenths(10), tenths(1000)).t).toBeNaN();
    expect(hedgesG([1], [2])).toBeNaN();
    expect(meanRatio([0, 0], [1])).toBeNaN();
    expect(mannWhitneyP([5, 5], [5, 5], 'two-sided', true)).toBe(1);
  });

  it('ranks share what ties take', () => {
    expect(rank([3, 1, 3, 2])).toEqual({ ranks: [3.5, 1, 3.5, 2], tieTerm: 6 });
    expect(rank([])).toEqual({ ranks: [], tieTerm: 0 });
  });
});
