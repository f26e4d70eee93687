import fc from 'fast-check';
import { expect, test } from 'vitest';
import { copyOf } from '../../../adapters/memory/copy.ts';
import { frozen, type Measured } from '../../../adapters/memory/freeze.ts';

const fresh = (): Measured => ({ bytes: 0, finite: true });

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
      const before = frozen(copyOf(first), undefined, fresh());
      const next = { ...before, ...second };
      const wire = copyOf(next);
      const result = frozen(next, before, fresh());
      expect(result).toStrictEqual(wire);
      expectFrozen(result);
    }),
  );
});

test('the bytes of a changed value are those of a value that was never seen before', () => {
  fc.assert(
    fc.property(value.members, value.members, (first, second) => {
      const anew = fresh();
      const changed = fresh();
      frozen(copyOf({ ...first, ...second }), undefined, anew);
      const before = frozen(copyOf(first), undefined, fresh());
      frozen({ ...before, ...second }, before, changed);
      if (!anew.finite) expect(changed.finite).toBe(false);
      else expect(changed.bytes).toBe(anew.bytes);
    }),
  );
});

test('parts that were frozen before are shared, and whoever changes what he gave is told so', () => {
  const part = { list: [1, 2, 3] };
  const before = frozen({ part, count: 1 }, undefined, fresh());
  const next = frozen({ ...before, count: 2 }, before, fresh());
  expect(next.part).toBe(part);
  expect(() => part.list.push(4)).toThrow(TypeError);
});
