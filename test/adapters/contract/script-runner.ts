import assert from 'node:assert/strict';
import type { Fence, Target } from '../../../core/model/index.ts';
import type { ScriptRunner } from '../../../core/ports/index.ts';
import { assertFailed, assertOk, type ContractCase, type Harness, soon, tooLate } from './contract-case.ts';

export interface ScriptHarness extends Harness {
  scripts: ScriptRunner;
  target: Target;
  /** Documents of version `1`: one that ends well and one that ends with exit status 3. */
  good: string;
  bad: string;
  /** After this long both have ended; three seconds at most. */
  runMs: number;
  /** How many runs were started. */
  started(): Promise<number>;
}

function fence(h: Harness, epoch = 1): Fence {
  return { epoch, leaseUntil: h.now() + 60_000 };
}

async function run(h: ScriptHarness, document: string): Promise<string> {
  return assertOk(await h.scripts.run(h.target, document, '1', { size: '10' }, fence(h), soon(h))).runId;
}

export const scriptContract: ContractCase<ScriptHarness>[] = [
  {
    name: 'a run is running until it has succeeded, with its exit status',
    async run(h) {
      const runId = await run(h, h.good);
      assert.notEqual(assertOk(await h.scripts.status(runId, soon(h))).state, 'failed');
      await h.advance(h.runMs);
      const { reason, ...ended } = assertOk(await h.scripts.status(runId, soon(h)));
      assert.deepEqual(ended, { state: 'succeeded', exitStatus: 0 });
      assert.notEqual(reason, '');
    },
  },
  {
    name: 'a run that ends badly has failed, with its exit status',
    async run(h) {
      const runId = await run(h, h.bad);
      await h.advance(h.runMs);
      const { reason: _reason, ...ended } = assertOk(await h.scripts.status(runId, soon(h)));
      assert.deepEqual(ended, { state: 'failed', exitStatus: 3 });
    },
  },
  {
    name: 'each run has an id of its own',
    async run(h) {
      assert.notEqual(await run(h, h.good), await run(h, h.good));
      assert.equal(await h.started(), 2);
    },
  },
  {
    name: 'unknown documents, versions and runs are not found',
    async run(h) {
      assertFailed(await h.scripts.run(h.target, 'no-such-document', '1', {}, fence(h), soon(h)), 'not-found');
      assertFailed(await h.scripts.run(h.target, h.good, '99', {}, fence(h), soon(h)), 'not-found');
      assertFailed(await h.scripts.status('00000000-0000-0000-0000-000000000000', soon(h)), 'not-found');
      assert.equal(await h.started(), 0);
    },
  },
  {
    name: 'neither a lower epoch nor an ended lease runs anything',
    async run(h) {
      assertOk(await h.scripts.run(h.target, h.good, '1', {}, fence(h, 2), soon(h)));
      assertFailed(await h.scripts.run(h.target, h.good, '1', {}, fence(h, 1), soon(h)), 'superseded');
      assertFailed(await h.scripts.run(h.target, h.good, '1', {}, { epoch: 3, leaseUntil: h.now() - 1 }, soon(h)), 'superseded');
      assert.equal(await h.started(), 1);
    },
  },
  {
    name: 'a call past its deadline times out and nothing runs',
    async run(h) {
      assertFailed(await h.scripts.run(h.target, h.good, '1', {}, fence(h), tooLate(h)), 'timeout');
      assertFailed(await h.scripts.status('any', tooLate(h)), 'timeout');
      assert.equal(await h.started(), 0);
    },
  },
];
