import assert from 'node:assert/strict';
import type { Fence } from '../../../core/model/index.ts';
import type { DataControl } from '../../../core/ports/index.ts';
import { assertFailed, assertOk, type ContractCase, type Harness, soon, tooLate } from './contract-case.ts';

export interface DataHarness extends Harness {
  data: DataControl;
  /** After this long a change of the writer has ended; three seconds at most. */
  moveMs: number;
  /** A new global database over `regions`, all available; the first region writes. Answers its id. */
  database(): Promise<string>;
  regions: readonly [string, string];
  /** A token that a person accepted. */
  approval: string;
  /** The member in this region can no longer be reached. */
  lose(database: string, region: string): Promise<void>;
}

function fence(h: Harness, epoch = 1): Fence {
  return { epoch, leaseUntil: h.now() + 60_000 };
}

async function verdict(h: DataHarness, database: string, writer: string): Promise<string> {
  const look = assertOk(await h.data.verify(database, writer, soon(h)));
  assert.notEqual(look.reason, '');
  return look.verdict;
}

async function writer(h: DataHarness, database: string): Promise<string> {
  return assertOk(await h.data.status(database, soon(h))).writer;
}

export const dataContract: ContractCase<DataHarness>[] = [
  {
    name: 'the status names the writer and every member with its lag',
    async run(h) {
      const id = await h.database();
      const status = assertOk(await h.data.status(id, soon(h)));
      assert.equal(status.id, id);
      assert.equal(status.writer, h.regions[0]);
      assert.deepEqual(status.members.map((member) => member.region).sort(), h.regions.toSorted());
      assert.ok(status.members.every((member) => member.status === 'available' && member.lagSeconds >= 0));
      assert.equal(await verdict(h, id, h.regions[0]), 'pass');
    },
  },
  {
    name: 'a switchover moves the writer, passes only when it is over, and can be reversed',
    async run(h) {
      const id = await h.database();
      const [one, two] = h.regions;
      assert.equal(await verdict(h, id, two), 'fail');
      assertOk(await h.data.switchover(id, two, fence(h), soon(h)));
      assert.notEqual(await verdict(h, id, two), 'fail', 'a switchover on its way is no failure');
      await h.advance(h.moveMs);
      assert.equal(await verdict(h, id, two), 'pass');
      assert.equal(await writer(h, id), two);
      assertOk(await h.data.switchover(id, one, fence(h), soon(h)));
      await h.advance(h.moveMs);
      assert.equal(await verdict(h, id, one), 'pass');
    },
  },
  {
    name: 'a switchover that is asked for twice is one',
    async run(h) {
      const id = await h.database();
      for (let n = 0; n < 2; n++) assertOk(await h.data.switchover(id, h.regions[1], fence(h), soon(h)));
      await h.advance(h.moveMs);
      assertOk(await h.data.switchover(id, h.regions[1], fence(h), soon(h)));
      assert.equal(await verdict(h, id, h.regions[1]), 'pass');
    },
  },
  {
    name: 'a switchover is refused when the source is lost; a failover goes',
    async run(h) {
      const id = await h.database();
      await h.lose(id, h.regions[0]);
      assertFailed(await h.data.switchover(id, h.regions[1], fence(h), soon(h)), 'refused');
      assertOk(await h.data.failover(id, h.regions[1], fence(h), h.approval, soon(h)));
      await h.advance(h.moveMs);
      assert.equal(await verdict(h, id, h.regions[1]), 'pass');
    },
  },
  {
    name: 'a failover without an accepted approval is refused without effect',
    async run(h) {
      const id = await h.database();
      await h.lose(id, h.regions[0]);
      for (const token of ['', 'no-such-token']) assertFailed(await h.data.failover(id, h.regions[1], fence(h), token, soon(h)), 'refused');
      await h.advance(h.moveMs);
      assert.equal(await writer(h, id), h.regions[0]);
    },
  },
  {
    name: 'unknown databases and regions without a member are not found',
    async run(h) {
      const id = await h.database();
      assertFailed(await h.data.status('nothing', soon(h)), 'not-found');
      assertFailed(await h.data.switchover(id, 'xx-nowhere-9', fence(h), soon(h)), 'not-found');
    },
  },
  {
    name: 'neither a lower epoch nor an ended lease writes',
    async run(h) {
      const id = await h.database();
      assertOk(await h.data.switchover(id, h.regions[0], fence(h, 2), soon(h)));
      assertFailed(await h.data.switchover(id, h.regions[1], fence(h, 1), soon(h)), 'superseded');
      assertFailed(await h.data.failover(id, h.regions[1], fence(h, 1), h.approval, soon(h)), 'superseded');
      assertFailed(await h.data.switchover(id, h.regions[1], { epoch: 3, leaseUntil: h.now() - 1 }, soon(h)), 'superseded');
      assert.equal(await writer(h, id), h.regions[0]);
    },
  },
  {
    name: 'a call past its deadline times out without effect',
    async run(h) {
      const id = await h.database();
      assertFailed(await h.data.switchover(id, h.regions[1], fence(h), tooLate(h)), 'timeout');
      assertFailed(await h.data.failover(id, h.regions[1], fence(h), h.approval, tooLate(h)), 'timeout');
      assertFailed(await h.data.status(id, tooLate(h)), 'timeout');
      assertFailed(await h.data.verify(id, h.regions[1], tooLate(h)), 'timeout');
      await h.advance(h.moveMs);
      assert.equal(await writer(h, id), h.regions[0]);
    },
  },
];
