import { describe, expect, test } from 'vitest';
import { SequentialIds } from '../../../simulator/world/ids.ts';
import { SeededRandom } from '../../../simulator/world/random.ts';

const draws = 20_000;

function sample(draw: () => number): { mean: number; deviation: number; sorted: number[] } {
  const values = Array.from({ length: draws }, draw);
  const mean = values.reduce((sum, value) => sum + value, 0) / draws;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws;
  return { mean, deviation: Math.sqrt(variance), sorted: values.sort((a, b) => a - b) };
}

describe('the seeded random source', () => {
  test('gives the same numbers for the same seed on every machine', () => {
    const first = Array.from(
      { length: 4 },
      (
        (random) => () =>
          random.next()
      )(new SeededRandom(1)),
    );
    expect(first).toEqual(
      Array.from(
        { length: 4 },
        (
          (random) => () =>
            random.next()
        )(new SeededRandom(1)),
      ),
    );
    expect(first).toMatchInlineSnapshot(`
      [
        0.5438271623570472,
        0.8796073393896222,
        0.24911119765602052,
        0.05528062325902283,
      ]
    `);
  });

  test('gives other numbers for other seeds, also for close ones', () => {
    const firsts = Array.from({ length: 1000 }, (_, seed) => new SeededRandom(seed).next());
    expect(new Set(firsts).size).toBe(1000);
    const mean = firsts.reduce((sum, value) => sum + value, 0) / 1000;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.03);
  });

  test('a fork depends on the seed and its name, not on what was drawn or forked before', () => {
    const used = new SeededRandom(7);
    for (let n = 0; n < 100; n++) used.next();
    used.fork('another consumer').next();
    expect(used.fork('dns').next()).toBe(new SeededRandom(7).fork('dns').next());
    expect(used.fork('dns').next()).not.toBe(used.fork('bus').next());
    expect(used.fork('a').fork('b').next()).not.toBe(used.fork('b').fork('a').next());
  });

  test('next and uniform are even, without a trace of the draw before', () => {
    const random = new SeededRandom(3);
    const values = Array.from({ length: draws }, () => random.next());
    const buckets = new Array<number>(20).fill(0);
    for (const value of values) buckets[Math.floor(value * 20)] = (buckets[Math.floor(value * 20)] ?? 0) + 1;
    // Chi-square with 19 degrees of freedom: 43.8 is exceeded once in a thousand.
    expect(buckets.reduce((sum, count) => sum + (count - draws / 20) ** 2 / (draws / 20), 0)).toBeLessThan(43.8);
    const lagged = values.slice(1).reduce((sum, value, n) => sum + (value - 0.5) * ((values[n] ?? 0) - 0.5), 0) / draws / (1 / 12);
    expect(Math.abs(lagged)).toBeLessThan(0.03);
    const { sorted } = sample(() => random.uniform(-2, 6));
    expect(sorted[0]).toBeGreaterThanOrEqual(-2);
    expect(sorted.at(-1)).toBeLessThan(6);
  });

  test('integers take every value between both ends', () => {
    const random = new SeededRandom(4);
    expect(new Set(Array.from({ length: 500 }, () => random.integer(3, 6)))).toEqual(new Set([3, 4, 5, 6]));
  });

  test('the distributions have their means, medians and deviations', () => {
    const random = new SeededRandom(5);
    const normal = sample(() => random.normal(10, 2));
    expect([normal.mean, normal.deviation].map((value) => Math.round(value * 10) / 10)).toEqual([10, 2]);
    const exponential = sample(() => random.exponential(30));
    expect(Math.abs(exponential.mean - 30)).toBeLessThan(1);
    expect(Math.abs(exponential.deviation - 30)).toBeLessThan(1.5);
    const lognormal = sample(() => random.lognormal(50, 0.5));
    expect(Math.abs((lognormal.sorted[draws / 2] ?? 0) - 50)).toBeLessThan(1.5);
    const heads = Array.from({ length: draws }, () => random.chance(0.3)).filter(Boolean).length / draws;
    expect(Math.abs(heads - 0.3)).toBeLessThan(0.015);
  });

  test('picks each choice, and refuses to pick from nothing', () => {
    const random = new SeededRandom(6);
    expect(new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b', 'c'])))).toEqual(new Set(['a', 'b', 'c']));
    expect(() => random.pick([])).toThrow('nothing to pick from');
  });
});

test('ids count by kind and carry their scope', () => {
  const ids = new SequentialIds('eu-west-1');
  expect([ids.next('incident'), ids.next('plan'), ids.next('incident')]).toEqual([
    'incident-eu-west-1-1',
    'plan-eu-west-1-1',
    'incident-eu-west-1-2',
  ]);
});
