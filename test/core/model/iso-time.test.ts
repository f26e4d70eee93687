import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isoTime } from '../../../core/model/index.ts';

test('a moment is written as Date writes it, to the second', () => {
  const moments = fc.date({ min: new Date('1583-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
  fc.assert(
    fc.property(moments, (at) => {
      expect(isoTime(at.getTime())).toBe(at.toISOString().replace(/\.\d{3}Z$/, 'Z'));
    }),
  );
  expect(isoTime(Date.UTC(2028, 1, 29, 23, 59, 59, 999))).toBe('2028-02-29T23:59:59Z');
});
