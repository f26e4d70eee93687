import { expect, test } from 'vitest';
import { formatMilliseconds, parseDuration } from '../../../../core/probe/conditions/duration.ts';

test.each([
  ['0', 0n],
  ['72h', 259_200_000_000_000n],
  ['1h30m', 5_400_000_000_000n],
  ['1.5s', 1_500_000_000n],
  ['.5ms', 500_000n],
  ['-2us', -2000n],
  ['+3µs', 3000n],
  ['1h1h', 7_200_000_000_000n],
])('%s is a duration of %s ns', (text, nanoseconds) => {
  expect(parseDuration(text)).toBe(nanoseconds);
});

test.each(['', '1', 'h', '-', '1d', '1 h', '.s', '3000000h'])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([
  [0n, '0s'],
  [999n, '0s'],
  [10_000n, '10s'],
  [1_200_000n, '20m'],
  [1_209_600_000n, '336h'],
  [5_400_000n, '1h30m'],
  [3_615_000n, '1h0m15s'],
  [-90_000n, '-1m30s'],
])('%s ms are shown as %s', (milliseconds, text) => {
  expect(formatMilliseconds(milliseconds)).toBe(text);
});
