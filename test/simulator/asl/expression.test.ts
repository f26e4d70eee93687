import { createHash } from 'node:crypto';
import fc from 'fast-check';
import jsonata from 'jsonata';
import { describe, expect, it } from 'vitest';
import { compileExpression } from '../../../simulator/asl/expression.ts';
import { hash, partition, range, seededRandom } from '../../../simulator/asl/functions.ts';
import { jsonBytes } from '../../../simulator/asl/payload-size.ts';
import { formatTimestamp, parseTimestamp } from '../../../simulator/asl/timestamps.ts';
import type { Json } from '../../../simulator/asl/types.ts';

const keys = ['a', 'b', 'c'];
const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<Json>(null, 0, 'x', true),
    fc.dictionary(fc.constantFrom(...keys), tie('value')) as fc.Arbitrary<Json>,
    fc.array(tie('value'), { maxLength: 3 }),
  ),
}));

describe('an expression', () => {
  it('that is a plain path is walked as jsonata would walk it', async () => {
    await fc.assert(
      fc.asyncProperty(value, fc.array(fc.constantFrom(...keys), { maxLength: 4 }), async (input, path) => {
        const source = ['$states.input', ...path].join('.');
        const ours = await compileExpression(source, 'Output').evaluate({ variable: () => ({ input }) });
        const theirs = await jsonata(source).evaluate(undefined, { states: { input } });
        expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
      }),
    );
  });

  it('knows which variables it names', () => {
    const { names, statesFields } = compileExpression('$x + $states.result.Payload.n * $count($states.input.list)', 'Output');
    expect([names, statesFields]).toEqual([
      ['x', 'states', 'count'],
      ['result', 'input'],
    ]);
  });

  it('gives plain arrays, not the sequences of jsonata', async () => {
    const result = await compileExpression('$states.input.list[$ > 1]', 'Output').evaluate({
      variable: () => ({ input: { list: [1, 2, 3] } }),
    });
    expect(Object.keys(result ?? {})).toEqual(['0', '1']);
  });

  it('cannot give a function', async () => {
    await expect(compileExpression('[$sum]', 'Output').evaluate({ variable: () => undefined })).rejects.toThrow('no JSON');
  });
});

describe("AWS's functions", () => {
  it('$partition cuts into parts, the last one shorter', () => {
    expect(partition([1, 2, 3], 2)).toEqual([[1, 2], [3]]);
    expect(() => partition([1], 0)).toThrow('positive');
  });

  it('$range counts up and down, the end included, at most 1000 numbers', () => {
    expect([...(range(5, 1, -2) ?? [])]).toEqual([5, 3, 1]);
    expect(() => range(0, 1000, 1)).toThrow('1001 numbers');
    expect(() => range(0, 1, 0)).toThrow('step');
  });

  it('$hash agrees with the digests of Node', () => {
    for (const [name, node] of [
      ['MD5', 'md5'],
      ['SHA-1', 'sha1'],
      ['SHA-256', 'sha256'],
      ['SHA-384', 'sha384'],
      ['SHA-512', 'sha512'],
    ] as const) {
      expect(hash('grüße', name)).toBe(createHash(node).update('grüße').digest('hex'));
    }
    expect(() => hash('x', 'CRC')).toThrow('MD5');
  });

  it('$random with a seed is the first number of java.util.Random', () => {
    expect(seededRandom(42)).toBeCloseTo(0.7275636800328681, 15);
  });
});

describe('timestamps', () => {
  it('are written and read as Date writes and reads them', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (ms) => {
        expect(formatTimestamp(ms)).toBe(new Date(ms).toISOString());
        expect(parseTimestamp(formatTimestamp(ms))).toBe(ms);
      }),
    );
  });

  it.each([
    ['2016-03-14T01:59:00Z', 1_457_920_740_000],
    ['2016-03-14T01:59:00.123456789Z', 1_457_920_740_123],
    ['2016-03-14T03:29:00+01:30', 1_457_920_740_000],
    ['2016-03-14 01:59:00Z', undefined],
    ['2016-03-14T01:59:00', undefined],
    ['2016-13-05T21:29:29Z', undefined],
    ['2015-02-29T00:00:00Z', undefined],
    ['2016-12-05T25:29:29Z', undefined],
  ])('%s is %s', (text, ms) => {
    expect(parseTimestamp(text)).toBe(ms);
  });
});

it('payloads are measured as the UTF-8 of their JSON', () => {
  const any = fc.jsonValue({ stringUnit: 'grapheme' }) as fc.Arbitrary<Json>;
  fc.assert(
    fc.property(any, (json) => {
      expect(jsonBytes(json, 1e9)).toBe(Buffer.byteLength(JSON.stringify(json)));
    }),
  );
});
