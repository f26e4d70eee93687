import assert from 'node:assert/strict';
import type { Fence, OriginOrder } from '../../../core/model/index.ts';
import type { TrafficControl } from '../../../core/ports/index.ts';
import { assertFailed, assertOk, type ContractCase, type Harness, soon, tooLate } from './contract-case.ts';

/** A group behind a distribution that prefers the origin of `first` over that of `second`. */
export interface OriginHarness extends Harness {
  traffic: TrafficControl;
  group: string;
  first: string;
  second: string;
  /** Milliseconds until a change is deployed everywhere. */
  deployMs: number;
  /** Somebody else changes the distribution. */
  meddle(): Promise<void>;
}

function fence(h: Harness, epoch = 1): Fence {
  return { epoch, leaseUntil: h.now() + 60_000 };
}

const read = async (h: OriginHarness): Promise<OriginOrder> => assertOk(await h.traffic.origins(h.group, soon(h)));

export const originContract: ContractCase<OriginHarness>[] = [
  {
    name: 'the preferred origin is read first, and changes under the token that was read; it takes a while to be deployed',
    async run(h) {
      const before = await read(h);
      assert.deepEqual([before.order, before.deployed], [[h.first, h.second], true]);
      assertOk(await h.traffic.setOrigins(before, h.second, fence(h), soon(h)));
      const after = await read(h);
      assert.deepEqual([after.order, after.deployed], [[h.second, h.first], false]);
      assert.notEqual(after.token, before.token);
      await h.advance(h.deployMs);
      assert.equal((await read(h)).deployed, true);
    },
  },
  {
    name: 'what is preferred already stays as it is',
    async run(h) {
      const before = await read(h);
      assertOk(await h.traffic.setOrigins(before, h.first, fence(h), soon(h)));
      assert.deepEqual(await read(h), before);
    },
  },
  {
    name: "somebody else's change is a conflict, never overwritten",
    async run(h) {
      const before = await read(h);
      await h.meddle();
      assertFailed(await h.traffic.setOrigins(before, h.second, fence(h), soon(h)), 'conflict');
    },
  },
  {
    name: 'a region without an origin is invalid, a group without a distribution is not found',
    async run(h) {
      assertFailed(await h.traffic.setOrigins(await read(h), 'mars-1', fence(h), soon(h)), 'invalid');
      assertFailed(await h.traffic.origins('nowhere', soon(h)), 'not-found');
    },
  },
  {
    name: 'neither a lower epoch nor a call past its deadline writes',
    async run(h) {
      const before = await read(h);
      assertOk(await h.traffic.setOrigins(before, h.second, fence(h, 3), soon(h)));
      const after = await read(h);
      assertFailed(await h.traffic.setOrigins(after, h.first, fence(h, 2), soon(h)), 'superseded');
      assertFailed(await h.traffic.setOrigins(after, h.first, fence(h, 3), tooLate(h)), 'timeout');
      assert.deepEqual((await read(h)).order, [h.second, h.first]);
    },
  },
];
