import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatFloat64, parseInt64, truncateFloat } from '../../../../core/probe/conditions/number.ts';

test.each([
  ['0', 0n],
  ['-12', -12n],
  ['+7', 7n],
  ['0x1F', 31n],
  ['-0b101', -5n],
  ['0o17', 15n],
  ['017', 15n],
  ['1_000', 1000n],
  ['9223372036854775807', 9223372036854775807n],
  ['-9223372036854775808', -9223372036854775808n],
  ['9223372036854775808', undefined],
  [`0b${'0'.repeat(99)}${'1'.repeat(63)}`, 9223372036854775807n],
  ['08', undefined],
  ['1__0', undefined],
  ['1.0', undefined],
  ['', undefined],
  [' 1', undefined],
])('%j is the integer %s', (text, value) => {
  expect(parseInt64(text)).toBe(value);
});

test('a megabyte of digits is no integer, and is not read as one', () => {
  expect(parseInt64('9'.repeat(1_000_000))).toBeUndefined();
});

test.each([
  ['123.99', 123n],
  ['-1.5', -1n],
  ['1e3', 1000n],
  ['.5', 0n],
  ['0x1.8p3', 12n],
  ['1e19', -9223372036854775808n],
  ['1e400', undefined],
  ['abc', undefined],
  ['-NaN', undefined],
])('%j cuts down to %s', (text, value) => {
  expect(truncateFloat(text)).toBe(value);
});

test.each([
  [100, '100'],
  [999_999, '999999'],
  [1_000_000, '1e+06'],
  [1_234_567.5, '1.2345675e+06'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [-0, '-0'],
  [1e21, '1e+21'],
])('%d is shown as Go shows it: %s', (value, text) => {
  expect(formatFloat64(value)).toBe(text);
});

test('what is shown reads back as the same number', () => {
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => Object.is(Number(formatFloat64(value)), value)));
});
