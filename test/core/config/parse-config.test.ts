import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endpointsSeenFrom } from '../../../core/config/endpoints-seen.ts';
import { explain } from '../../../core/config/explain/explain.ts';
import { nearest } from '../../../core/config/nearest.ts';
import { parseConfig } from '../../../core/config/parse-config.ts';
import { isObject } from '../../../core/config/problem.ts';
import shipped from '../../../evenkeel.config.ts';
import { example } from './example.ts';

/** Every place in a value, outermost first. */
function places(value: unknown): (string | number)[][] {
  if (!isObject(value)) return [[]];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [[], ...keys.flatMap((key) => places(value[key]).map((rest) => [key, ...rest]))];
}

function replaced(value: unknown, path: (string | number)[], by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.map((item, index) => (index === key ? replaced(item, rest, by) : item));
  const copy = isObject(value) ? value : {};
  return { ...copy, [key]: replaced(copy[key], rest, by) };
}

const anything = fc.oneof(fc.jsonValue(), fc.constant(undefined), fc.string(), fc.integer());

function check(raw: unknown): void {
  const parsed = parseConfig(raw);
  if (parsed.ok) {
    for (const { name } of parsed.config.regions) endpointsSeenFrom(parsed.config, name);
    expect(explain(parsed.config).every(({ lines }) => lines.length > 0)).toBe(true);
    return;
  }
  expect(parsed.problems.length).toBeGreaterThan(0);
  for (const problem of parsed.problems) for (const text of Object.values(problem)) expect(text).not.toBe('');
}

describe('reading a configuration', () => {
  it('accepts the shipped file and the example', () => {
    expect(parseConfig(shipped)).toMatchObject({ ok: true });
    expect(parseConfig(example())).toMatchObject({ ok: true });
  });

  it('answers with problems, never with an exception, whatever stands where', () => {
    const all = places(shipped);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...all), anything), { minLength: 1, maxLength: 4 }), (changes) =>
        check(changes.reduce<unknown>((value, [path, by]) => replaced(value, path, by), shipped)),
      ),
      { numRuns: 400 },
    );
  });

  it('answers with problems for anything at all', () => {
    fc.assert(fc.property(fc.anything(), (raw) => check(raw)));
  });

  it('reports what is wrong in one place beside what is wrong in another, whatever sort it is', () => {
    const raw = { ...example(), mode: 7, regions: [{ name: 'us-east-1' }, { name: 'us-east-1' }, { name: 5 }] };
    const parsed = parseConfig(raw);
    const paths = parsed.ok ? [] : parsed.problems.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['mode', 'regions[1].name', 'regions[2].name', 'services[0].failover']));
  });

  it('keeps the values of headers out of what it prints', () => {
    const raw = { ...example(), services: [{ name: 'checkout', endpoints: 'x', headers: { Cookie: 'sesame' } }] };
    expect(JSON.stringify(parseConfig(raw))).not.toContain('sesame');
  });
});

describe('the nearest word', () => {
  it.each([
    ['restrat', 'restart'],
    ['RESTART', 'restart'],
    ['scael', 'scale'],
    ['fail-over', 'failover'],
    ['explode', undefined],
    ['', undefined],
  ])('of %j is %j', (word, expected) => {
    expect(nearest(word, ['restart', 'scale', 'failover', 'rollback'])).toBe(expected);
  });
});
