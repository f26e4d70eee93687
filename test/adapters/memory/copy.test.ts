import fc from 'fast-check';
import { expect, test } from 'vitest';
import { copyOf } from '../../../adapters/memory/copy.ts';

test('a copy is what comes out at the other end of a wire, and shares nothing with the original', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const copy = copyOf(value);
      expect(copy).toStrictEqual(value);
      if (value !== null && typeof value === 'object') expect(copy).not.toBe(value);
    }),
  );
  const inner = { list: [{ a: 1 }] };
  expect(copyOf(inner).list[0]).not.toBe(inner.list[0]);
});

test('a member named __proto__ travels like any other', () => {
  const value = JSON.parse('{"a":{"__proto__":0}}');
  expect(JSON.stringify(copyOf(value))).toBe(JSON.stringify(value));
});

test('what is no plain data stays what it is', () => {
  const secrets = new Map([['a', 'b']]);
  expect(copyOf({ value: secrets }).value).toBe(secrets);
});

test('undefined members do not travel', () => {
  expect(Object.keys(copyOf({ a: undefined, b: null, c: 0 }))).toEqual(['b', 'c']);
});
