import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesPattern } from '../../../../core/probe/conditions/pattern.ts';

test.each([
  ['*', ''],
  ['a*b*c', 'aXbYbc'],
  ['*.example.com', 'a.b.example.com'],
  ['h?llo', 'hallo'],
  ['?', 'é'],
  ['v[0-9].[^a-c]', 'v7.d'],
  ['[\\]x]*', ']y'],
  ['\\*', '*'],
  ['*a*b', 'xaab'],
  ['https://*', 'https://a.test/path/of/it'],
])('%s matches %j', (pattern, value) => {
  expect(matchesPattern(pattern, value)).toBe(true);
});

test.each([
  ['', 'a'],
  ['a', ''],
  ['a*b', 'ac'],
  ['ab*ba', 'aba'],
  ['[a-c]', 'd'],
  ['[^a-c]', 'b'],
  ['h?llo', 'hllo'],
])('%j does not match %j', (pattern, value) => {
  expect(matchesPattern(pattern, value)).toBe(false);
});

test.each(['[a', '[]a]', '[-a]', '[a-]', 'a\\', '['])('the malformed pattern %s matches nothing', (pattern) => {
  expect(matchesPattern(pattern, 'a')).toBe(false);
});

test('every value matches itself between two stars', () => {
  const plain = fc.string({ unit: fc.constantFrom('a', 'b', '.', 'é') });
  fc.assert(fc.property(plain, plain, plain, (before, value, after) => matchesPattern(`*${value}*`, before + value + after)));
});

/** The plain definition: the first element against every prefix, stars against every length. */
function matchesPlainly(pattern: string, value: string): boolean {
  if (pattern === '') return value === '';
  const [first, rest] = [pattern.charAt(0), pattern.slice(1)];
  if (first === '*')
    return Array.from({ length: value.length + 1 }, (_, skip) => value.slice(skip)).some((left) => matchesPlainly(rest, left));
  return value !== '' && (first === '?' || first === value.charAt(0)) && matchesPlainly(rest, value.slice(1));
}

test('literals, ? and * match as by their plain definition', () => {
  const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '?', '*'), maxLength: 8 });
  const values = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
  fc.assert(
    fc.property(patterns, values, (pattern, value) => matchesPattern(pattern, value) === matchesPlainly(pattern, value)),
    {
      numRuns: 3000,
    },
  );
});

test('a megabyte that almost matches everywhere takes no more than a search', () => {
  // Compared character by character at every place this is four thousand million steps: the test would run into its time limit.
  expect(matchesPattern(`*${'a'.repeat(4000)}b*c`, 'a'.repeat(1_000_000))).toBe(false);
});
