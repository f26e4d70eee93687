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
