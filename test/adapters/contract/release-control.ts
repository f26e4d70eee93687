import assert from 'node:assert/strict';
import type { Fence, Target } from '../../../core/model/index.ts';
import type { ReleaseControl } from '../../../core/ports/index.ts';
import { assertFailed, assertOk, type ContractCase, type Harness, soon, tooLate } from './contract-case.ts';

export interface ReleaseHarness extends Harness {
  releases: ReleaseControl;
  /** After this long a rollout has ended; three seconds at most. */
  rolloutMs: number;
  /** A new service with three releases, the newest of which serves. */
  service(): Promise<Target>;
}

function fence(h: Harness, epoch = 1): Fence {
  return { epoch, leaseUntil: h.now() + 60_000 };
}

/** Ids, newest first. */
async function idsOf(h: ReleaseHarness, target: Target): Promise<[string, string, string]> {
  const [newest, middle, oldest, ...others] = assertOk(await h.releases.history(target, soon(h)));
  assert.ok(newest && middle && oldest && others.length === 0);
  assert.ok(newest.at >= middle.at && middle.at >= oldest.at, 'newest first');
  assert.equal(new Set([newest.id, middle.id, oldest.id]).size, 3);
  return [newest.id, middle.id, oldest.id];
}

async function current(h: ReleaseHarness, target: Target): Promise<string[]> {
  return assertOk(await h.releases.history(target, soon(h))).flatMap((release) => (release.state === 'current' ? [release.id] : []));
}

async function verdict(h: ReleaseHarness, target: Target, release: string): Promise<string> {
  const look = assertOk(await h.releases.verify(target, release, soon(h)));
  assert.notEqual(look.reason, '');
  return look.verdict;
}

export const releaseContract: ContractCase<ReleaseHarness>[] = [
  {
    name: 'the history is newest first and exactly one release is current',
    async run(h) {
      const target = await h.service();
      const [newest] = await idsOf(h, target);
      assert.deepEqual(await current(h, target), [newest]);
      assert.equal(await verdict(h, target, newest), 'pass');
    },
  },
  {
    name: 'an older release is rolled out and passes only when it serves',
    async run(h) {
      const target = await h.service();
      const [, middle] = await idsOf(h, target);
      assert.equal(await verdict(h, target, middle), 'fail');
      assertOk(await h.releases.apply(target, middle, fence(h), soon(h)));
      assert.notEqual(await verdict(h, target, middle), 'fail', 'a rollout is no failure');
      await h.advance(h.rolloutMs);
      assert.equal(await verdict(h, target, middle), 'pass');
      assert.deepEqual(await current(h, target), [middle]);
    },
  },
  {
    name: 'applied twice is applied once',
    async run(h) {
      const target = await h.service();
      const [, , oldest] = await idsOf(h, target);
      for (let n = 0; n < 2; n++) assertOk(await h.releases.apply(target, oldest, fence(h), soon(h)));
      await h.advance(h.rolloutMs);
      assertOk(await h.releases.apply(target, oldest, fence(h), soon(h)));
      assert.equal(await verdict(h, target, oldest), 'pass');
    },
  },
  {
    name: 'undo puts back the release of before, also in the middle of a rollout',
    async run(h) {
      const target = await h.service();
      const [newest, middle] = await idsOf(h, target);
      assertOk(await h.releases.apply(target, middle, fence(h), soon(h)));
      assertOk(await h.releases.undo(target, newest, fence(h), soon(h)));
      await h.advance(h.rolloutMs);
      assert.equal(await verdict(h, target, newest), 'pass');
      assert.equal(await verdict(h, target, middle), 'fail');
      assertOk(await h.releases.apply(target, middle, fence(h), soon(h)));
      await h.advance(h.rolloutMs);
      assertOk(await h.releases.undo(target, newest, fence(h), soon(h)));
      await h.advance(h.rolloutMs);
      assert.deepEqual(await current(h, target), [newest]);
    },
  },
  {
    name: 'unknown services and releases are not found',
    async run(h) {
      const target = await h.service();
      assertFailed(await h.releases.history({ ...target, service: 'nobody' }, soon(h)), 'not-found');
      assertFailed(await h.releases.apply(target, 'no-such-release', fence(h), soon(h)), 'not-found');
    },
  },
  {
    name: 'neither a lower epoch nor an ended lease writes',
    async run(h) {
      const target = await h.service();
      const [newest, middle] = await idsOf(h, target);
      assertOk(await h.releases.apply(target, newest, fence(h, 2), soon(h)));
      assertFailed(await h.releases.apply(target, middle, fence(h, 1), soon(h)), 'superseded');
      assertFailed(await h.releases.undo(target, middle, fence(h, 1), soon(h)), 'superseded');
      assertFailed(await h.releases.apply(target, middle, { epoch: 3, leaseUntil: h.now() - 1 }, soon(h)), 'superseded');
      await h.advance(h.rolloutMs);
      assert.deepEqual(await current(h, target), [newest]);
    },
  },
  {
    name: 'a call past its deadline times out without effect',
    async run(h) {
      const target = await h.service();
      const [newest, middle] = await idsOf(h, target);
      assertFailed(await h.releases.apply(target, middle, fence(h), tooLate(h)), 'timeout');
      assertFailed(await h.releases.history(target, tooLate(h)), 'timeout');
      assertFailed(await h.releases.verify(target, middle, tooLate(h)), 'timeout');
      await h.advance(h.rolloutMs);
      assert.deepEqual(await current(h, target), [newest]);
    },
  },
];

/** What callers meet who are divided by an alias; for harnesses whose service has one. */
export const splitContract: ContractCase<ReleaseHarness>[] = [
  {
    name: 'a share of the callers gets another release, and the alias says which and how many',
    async run(h) {
      const { target, newest, middle } = await divided(h);
      const release = assertOk(await h.releases.history(target, soon(h))).find((each) => each.id === middle);
      assert.equal(release?.state, 'in-progress');
      assert.equal(release?.share, 0.25);
      assert.deepEqual(await current(h, target), [newest]);
      assert.equal(await verdict(h, target, newest), 'fail', 'a release that shares its callers does not serve them all');
    },
  },
  {
    name: 'a share of one puts the canary in charge, a share of none ends it',
    async run(h) {
      const { target, newest, middle } = await divided(h);
      const first = assertOk(await h.releases.split(target, soon(h)));
      assertOk(await h.releases.setSplit(target, first, { stable: newest, canary: middle, share: 1 }, fence(h), soon(h)));
      assert.deepEqual(await current(h, target), [middle]);
      assert.equal(await verdict(h, target, middle), 'pass');
      const second = assertOk(await h.releases.split(target, soon(h)));
      assert.deepEqual([second.stable, second.canary, second.share], [middle, null, 0]);
      assertOk(await h.releases.setSplit(target, second, { stable: newest, canary: null, share: 0 }, fence(h), soon(h)));
      assert.equal(await verdict(h, target, newest), 'pass');
    },
  },
  {
    name: "somebody else's change is a conflict, never overwritten",
    async run(h) {
      const { target, newest, middle, before } = await divided(h);
      assertFailed(await h.releases.setSplit(target, before, { stable: newest, canary: null, share: 0 }, fence(h), soon(h)), 'conflict');
      const now = assertOk(await h.releases.split(target, soon(h)));
      assert.deepEqual([now.canary, now.share], [middle, 0.25]);
    },
  },
  {
    name: 'neither a lower epoch nor an unknown release divides',
    async run(h) {
      const { target, newest, middle } = await divided(h, 2);
      const now = assertOk(await h.releases.split(target, soon(h)));
      const next = { stable: newest, canary: middle, share: 0.5 };
      assertFailed(await h.releases.setSplit(target, now, next, fence(h, 1), soon(h)), 'superseded');
      assertFailed(await h.releases.setSplit(target, now, { ...next, canary: '99' }, fence(h, 2), soon(h)), 'not-found');
      assertFailed(await h.releases.setSplit(target, now, next, fence(h, 2), tooLate(h)), 'timeout');
      assert.deepEqual(assertOk(await h.releases.split(target, soon(h))), now);
    },
  },
];

/** A quarter of the callers of a new service gets its middle release; `before` is the alias as it was. */
async function divided(h: ReleaseHarness, epoch = 1) {
  const target = await h.service();
  const [newest, middle] = await idsOf(h, target);
  const before = assertOk(await h.releases.split(target, soon(h)));
  assert.deepEqual([before.stable, before.canary, before.share], [newest, null, 0]);
  assertOk(await h.releases.setSplit(target, before, { stable: newest, canary: middle, share: 0.25 }, fence(h, epoch), soon(h)));
  return { target, newest, middle, before };
}
