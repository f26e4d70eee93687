import fc from 'fast-check';
import { expect, test } from 'vitest';
import { copyOf } from '../../../adapters/memory/copy.ts';
import { frozen } from '../../../adapters/memory/freeze.ts';

/** Values with holes, as a caller hands them over. */
const value = fc.letrec((tie) => ({
  any: fc.oneof({ depthSize: 'small' }, fc.string(), fc.double(), fc.boolean(), fc.constant(null), tie('list'), tie('members')),
  list: fc.array(tie('any'), { maxLength: 4 }),
  members: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), fc.option(tie('any'), { nil: undefined, freq: 3 }), {
    noNullPrototype: true,
  }),
}));

function expectFrozen(given: unknown): void {
  if (typeof given !== 'object' || given === null) return;
  expect(Object.isFrozen(given)).toBe(true);
  for (const member of Object.values(given)) expectFrozen(member);
}

test('what is frozen is what a copy would be, through and through, whatever it was before', () => {
  fc.assert(
    fc.property(value.members, value.members, (first, second) => {
      const before = frozen(copyOf(first));
      const next = { ...before.value, ...second };
      const wire = copyOf(next);
      const result = frozen(next, before);
      expect(result.value).toStrictEqual(wire);
      expectFrozen(result.value);
    }),
  );
});

test('the bytes of a changed value are those of a value that was never seen before', () => {
  fc.assert(
    fc.property(value.members, value.members, (first, second) => {
      const anew = frozen(copyOf({ ...first, ...second }));
      const before = frozen(copyOf(first));
      const changed = frozen({ ...before.value, ...second }, before);
      if (!anew.finite) expect(changed.finite).toBe(false);
      else expect(changed.bytes).toBe(anew.bytes);
    }),
  );
});

test('parts that were frozen before are shared, and whoever changes what he gave is told so', () => {
  const part = { list: [1, 2, 3] };
  const before = frozen({ part, count: 1 });
  const next = frozen({ ...before.value, count: 2 }, before);
  expect(next.value.part).toBe(part);
  expect(() => part.list.push(4)).toThrow(TypeError);
});
