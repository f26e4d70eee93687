import assert from 'node:assert/strict';
import type { Fence } from '../../../core/model/index.ts';
import type { FlagControl } from '../../../core/ports/index.ts';
import { assertFailed, assertOk, type ContractCase, type Harness, soon, tooLate } from './contract-case.ts';

/** Over a region without any flag. */
export interface FlagHarness extends Harness {
  flags: FlagControl;
  region: string;
}

function fence(h: Harness, epoch = 1): Fence {
  return { epoch, leaseUntil: h.now() + 60_000 };
}

export const flagContract: ContractCase<FlagHarness>[] = [
  {
    name: 'a flag that nobody wrote is null; one that was written reads back, changes, and goes',
    async run(h) {
      const target = { service: 'checkout', region: h.region };
      assert.equal(assertOk(await h.flags.read(target, 'degrade', soon(h))), null);
      for (const value of ['on', 'read-only', null, null]) {
        assertOk(await h.flags.write(target, 'degrade', value, fence(h), soon(h)));
        assert.equal(assertOk(await h.flags.read(target, 'degrade', soon(h))), value);
      }
    },
  },
  {
    name: 'flags are told apart by service and name',
    async run(h) {
      const [one, other] = [
        { service: 'checkout', region: h.region },
        { service: 'payments', region: h.region },
      ];
      assertOk(await h.flags.write(one, 'degrade', 'on', fence(h), soon(h)));
      assert.equal(assertOk(await h.flags.read(other, 'degrade', soon(h))), null);
      assert.equal(assertOk(await h.flags.read(one, 'other', soon(h))), null);
    },
  },
  {
    name: 'neither a lower epoch nor an ended lease nor a late call writes',
    async run(h) {
      const target = { service: 'checkout', region: h.region };
      assertOk(await h.flags.write(target, 'degrade', 'on', fence(h, 2), soon(h)));
      assertFailed(await h.flags.write(target, 'degrade', null, fence(h, 1), soon(h)), 'superseded');
      assertFailed(await h.flags.write(target, 'degrade', null, { epoch: 3, leaseUntil: h.now() - 1 }, soon(h)), 'superseded');
      assertFailed(await h.flags.write(target, 'degrade', null, fence(h, 3), tooLate(h)), 'timeout');
      assertFailed(await h.flags.read(target, 'degrade', tooLate(h)), 'timeout');
      assert.equal(assertOk(await h.flags.read(target, 'degrade', soon(h))), 'on');
    },
  },
];
