import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyByMannWhitney, classifyByMean, type MannWhitneyRules } from '../../../../core/analyze/canary/classify.ts';
import { type CanaryMetric, judgeCanary } from '../../../../core/analyze/canary/judge.ts';
import { detectOutliers, withoutMissing, withoutOutliers } from '../../../../core/analyze/canary/prepare.ts';
import { regressionGate } from '../../../../core/analyze/canary/regression-gate.ts';
import { passesFinally, scoreCanary } from '../../../../core/analyze/canary/score.ts';
import { locationShift } from '../../../../core/knowledge/statistics/location-shift.ts';

const steady = Array.from({ length: 40 }, (_, index) => 100 + ((index * 7) % 11));
const slower = steady.map((value) => value * 1.5);
const thresholds = { pass: 90, marginal: 50 };
const metric = (own: Partial<CanaryMetric> = {}): CanaryMetric => ({
  name: 'latency',
  groups: ['latency'],
  control: steady,
  experiment: steady,
  ...own,
});
const rules: MannWhitneyRules = {
  direction: 'either',
  nanStrategy: 'remove',
  critical: false,
  mustHaveData: false,
  tolerance: 0.25,
  confidence: 0.98,
  effectSize: { measure: 'meanRatio', allowedIncrease: 1, allowedDecrease: 1, criticalIncrease: 1, criticalDecrease: 1 },
};
const classify = (experiment: number[], control: number[], own: Partial<MannWhitneyRules> = {}) =>
  classifyByMannWhitney({ name: 'm', experiment, control }, { ...rules, ...own });

describe('a canary judgement', () => {
  it('passes a canary that is like its control and fails one that is slower', () => {
    expect(judgeCanary([metric()], {}, thresholds)).toMatchObject({ verdict: 'pass', score: { summary: 100 } });
    const slow = judgeCanary([metric({ experiment: slower })], {}, thresholds);
    expect(slow).toMatchObject({ verdict: 'fail', score: { summary: 0 }, metrics: [{ label: 'High' }] });
    expect(slow.reason).toContain('latency: High');
  });

  it('looks only in the direction that hurts', () => {
    expect(judgeCanary([metric({ experiment: slower, direction: 'decrease' })], {}, thresholds).verdict).toBe('pass');
  });

  it('is inconclusive between the thresholds, without data, and without metrics', () => {
    const half = [metric(), metric({ name: 'errors', experiment: slower })];
    expect(judgeCanary(half, {}, thresholds)).toMatchObject({ verdict: 'inconclusive', score: { summary: 50 } });
    expect(judgeCanary([metric({ experiment: [] })], {}, thresholds).verdict).toBe('inconclusive');
    expect(judgeCanary([metric({ experiment: [Number.NaN, Number.NaN], critical: true })], {}, thresholds).verdict).toBe('inconclusive');
    expect(judgeCanary([], {}, thresholds).verdict).toBe('inconclusive');
  });

  it('fails for a critical metric whatever the others say, and for one that had to have data', () => {
    const others = ['a', 'b', 'c'].map((name) => metric({ name }));
    expect(judgeCanary([...others, metric({ experiment: slower, critical: true })], {}, thresholds)).toMatchObject({
      verdict: 'fail',
      score: { summary: 0, veto: { kind: 'critical' } },
    });
    expect(judgeCanary([metric({ experiment: [], mustHaveData: true })], {}, thresholds).verdict).toBe('fail');
  });

  it('reports a muted metric and does not count it', () => {
    const muted = judgeCanary([metric(), metric({ name: 'quiet', experiment: slower, muted: true })], {}, thresholds);
    expect(muted.verdict).toBe('pass');
    expect(muted.metrics.map(({ label }) => label)).toEqual(['Pass', 'High']);
  });

  it('is defined for one sample a side and for a million', () => {
    expect(judgeCanary([metric({ control: [5], experiment: [5] })], {}, thresholds).verdict).toBe('pass');
    const million = Array.from({ length: 1_000_000 }, (_, index) => 100 + (index % 11));
    expect(judgeCanary([metric({ control: million, experiment: million.map((value) => 2 * value) })], {}, thresholds).verdict).toBe('fail');
  });

  it('never passes a canary for a value that was not measured', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(Number.NaN, Infinity, -Infinity), { maxLength: 5 }), (experiment) => {
        expect(judgeCanary([metric({ experiment })], {}, thresholds).verdict).toBe('inconclusive');
      }),
    );
  });
});

describe('the classification of one metric', () => {
  it('needs the effect to be large enough, and an effect that cannot be computed does not excuse', () => {
    const effectSize = { ...rules.effectSize, allowedIncrease: 2 };
    expect(classify(slower, steady, { effectSize }).label).toBe('Pass');
    expect(classify([5, 5, 5, 5, 6], [0, 0, 0, 0, 0], { effectSize })).toMatchObject({ label: 'High', deviation: Number.NaN });
  });

  it('is critical only past the critical bound', () => {
    const effectSize = { ...rules.effectSize, criticalIncrease: 2 };
    expect(classify(slower, steady, { critical: true, effectSize })).toMatchObject({ label: 'High', critical: false });
    expect(classify(slower, steady, { critical: true })).toMatchObject({ label: 'High', critical: true });
  });

  it('compares two constant series without noise', () => {
    expect(classify([10, 10, 10], [1, 1, 1]).label).toBe('High');
    expect(classify([1, 1, 1], [10, 10, 10]).label).toBe('Low');
    expect(classify([4], [4]).label).toBe('Pass');
    expect(classify([4], [3]).label).toBe('High');
  });

  it('reads silence as zero where that is the strategy', () => {
    expect(classify([], steady, { nanStrategy: 'replace' }).label).toBe('Pass');
    expect(classify([], steady).label).toBe('Nodata');
  });

  it('estimates a shift inside its interval and inside the differences of all pairs', () => {
    const values = fc.array(fc.double({ min: 1, max: 1000, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(values, values, (a, b) => {
        const { lower, upper, estimate } = locationShift(a, b, 0.95);
        const solverStep = 1e-3;
        expect(lower).toBeLessThanOrEqual(estimate + solverStep);
        expect(estimate).toBeLessThanOrEqual(upper + solverStep);
        expect(lower).toBeGreaterThanOrEqual(Math.min(...a) - Math.max(...b) - solverStep);
        expect(upper).toBeLessThanOrEqual(Math.max(...a) - Math.min(...b) + solverStep);
      }),
    );
  });

  it('has a plain version that compares means', () => {
    const sides = { name: 'm', experiment: [2, 2], control: [1, 1] };
    expect(classifyByMean(sides, rules).label).toBe('High');
    expect(classifyByMean(sides, { ...rules, direction: 'decrease' }).label).toBe('Pass');
    expect(classifyByMean({ ...sides, experiment: [0, 0] }, rules).label).toBe('Low');
  });
});

describe('the score', () => {
  const scored = (label: 'Pass' | 'High' | 'Nodata', group: string) => ({
    name: group,
    label,
    groups: [group],
    critical: false,
    reason: group,
  });

  it('shares what the weighted groups leave among the others', () => {
    const metrics = [scored('Pass', 'a'), scored('High', 'b'), scored('Pass', 'c')];
    expect(scoreCanary(metrics, { a: 40 }).summary).toBe(70);
    expect(scoreCanary([scored('Pass', 'a'), scored('Nodata', 'b'), scored('Pass', 'a')], { a: 40, b: 60 }).summary).toBe(100);
  });

  it('stays within 0..100 for weights that add up to 100', () => {
    const label = fc.constantFrom('Pass', 'High', 'Nodata') as fc.Arbitrary<'Pass' | 'High' | 'Nodata'>;
    fc.assert(
      fc.property(fc.array(label, { minLength: 1, maxLength: 8 }), fc.integer({ min: 0, max: 100 }), (labels, weight) => {
        const metrics = labels.map((one, index) => scored(one, index % 2 === 0 ? 'even' : 'odd'));
        const { summary } = scoreCanary(metrics, labels.length > 1 ? { even: weight, odd: 100 - weight } : {});
        expect(summary).toBeGreaterThanOrEqual(0);
        expect(summary).toBeLessThanOrEqual(100);
      }),
    );
  });

  it('must be above the marginal threshold and reach the pass threshold in the end', () => {
    expect(passesFinally(75, { marginal: 75 })).toBe(false);
    expect(passesFinally(76, { marginal: 75 })).toBe(true);
    expect(passesFinally(94, { marginal: 75, pass: 95 })).toBe(false);
    expect(passesFinally(0, {})).toBe(true);
  });
});

describe('the preparation of samples', () => {
  it('removes or zeroes what is no number', () => {
    expect(withoutMissing([1, Number.NaN, Infinity, 2], 'remove')).toEqual([1, 2]);
    expect(withoutMissing([1, Number.NaN], 'replace')).toEqual([1, 0]);
  });

  it('cuts wild values, and none of a constant series', () => {
    expect(withoutOutliers([1, 1, 2, 2, 50], { kind: 'iqr', factor: 3, reduceSensitivity: false })).toEqual([1, 1, 2, 2]);
    expect(withoutOutliers([1, 1, 2, 2, 50], { kind: 'iqr', factor: 3, reduceSensitivity: true })).toEqual([1, 1, 2, 2]);
    expect(detectOutliers([3, 3, 3], { kind: 'k-sigma', k: 1 })).toEqual([false, false, false]);
    expect(detectOutliers([], { kind: 'iqr', factor: 1.5, reduceSensitivity: true })).toEqual([]);
  });
});

describe('the plain regression gate', () => {
  it('fails beyond five per cent in the bad direction only', () => {
    expect(regressionGate([100], [104], 'higher').verdict).toBe('pass');
    expect(regressionGate([100], [106], 'higher').verdict).toBe('fail');
    expect(regressionGate([100], [106], 'lower').verdict).toBe('pass');
    expect(regressionGate([-100], [-106], 'lower').verdict).toBe('fail');
    expect(regressionGate([0], [0.1], 'higher').verdict).toBe('fail');
    expect(regressionGate([], [1], 'higher').verdict).toBe('inconclusive');
    expect(regressionGate([Number.NaN], [1], 'higher').verdict).toBe('inconclusive');
  });
});
