import assert from 'node:assert/strict';
import type { Capacity, CapacityChange, Fence, Result, Target } from '../../../core/model/index.ts';
import type { CapacityControl } from '../../../core/ports/index.ts';
import { assertFailed, assertOk, type ContractCase, type Harness, soon, tooLate } from './contract-case.ts';

export interface CapacityHarness extends Harness {
  capacity: CapacityControl;
  /** After this long, new units are healthy and concurrency is allocated; three seconds at most. */
  startUpMs: number;
  /** A new service whose units have a size (ECS: 1024 cpu, 2048 MiB), all running and healthy, spread over two zones or more. */
  unitService(counts: { desired: number; min: number; max: number }): Promise<Target>;
  /** A new function with this concurrency, allocated. */
  functionService(concurrency: { provisioned: number; reserved: number | null }): Promise<Target>;
}

const size = { cpu: 1024, memoryMiB: 2048 };

export const capacityContract: ContractCase<CapacityHarness>[] = [
  {
    name: 'a snapshot shows counts, limits, size and each unit with its zone',
    async run(h) {
      const capacity = await snapshot(h, await h.unitService({ desired: 3, min: 2, max: 6 }));
      const { desired, min, max, running, healthy, units } = capacity;
      assert.deepEqual({ desired, min, max, running, healthy }, { desired: 3, min: 2, max: 6, running: 3, healthy: 3 });
      assert.equal(new Set(units.map((unit) => unit.id)).size, 3);
      assert.ok(new Set(units.map((unit) => unit.zone)).size >= 2, JSON.stringify(units));
      assert.ok(units.every((unit) => unit.healthy && !unit.ejected && unit.startedAt <= h.now()));
      assert.deepEqual(capacity.size, size);
    },
  },
  {
    name: 'a service that does not exist is not found, whatever is asked of it',
    async run(h) {
      const { region } = await h.unitService({ desired: 1, min: 1, max: 2 });
      const target = { service: 'nobody', region };
      const change: CapacityChange = { kind: 'count', desired: 2 };
      assertFailed(await h.capacity.snapshot(target, soon(h)), 'not-found');
      assertFailed(await h.capacity.quota(target, soon(h)), 'not-found');
      assertFailed(await h.capacity.apply(target, change, fence(h), soon(h)), 'not-found');
      assertFailed(await h.capacity.verify(target, change, soon(h)), 'not-found');
    },
  },
  {
    name: 'the quota says how many there may be and how many there are',
    async run(h) {
      const quota = assertOk(await h.capacity.quota(await h.unitService({ desired: 2, min: 1, max: 4 }), soon(h)));
      assert.ok(quota.limit > 0 && quota.used >= 0 && quota.used <= quota.limit, JSON.stringify(quota));
    },
  },
  {
    name: 'a higher count passes when the new units run and are healthy, and not before it was applied',
    async run(h) {
      const target = await h.unitService({ desired: 2, min: 1, max: 6 });
      const change: CapacityChange = { kind: 'count', desired: 4 };
      assert.equal(await verdict(h, target, change), 'fail');
      assertOk(await h.capacity.apply(target, change, fence(h), soon(h)));
      assert.notEqual(await verdict(h, target, change), 'fail', 'units that start are no failure');
      await h.advance(h.startUpMs);
      assert.equal(await verdict(h, target, change), 'pass');
      const { desired, min, max, running, healthy } = await snapshot(h, target);
      assert.deepEqual({ desired, min, max, running, healthy }, { desired: 4, min: 1, max: 6, running: 4, healthy: 4 });
    },
  },
  {
    name: 'a lower count passes and keeps units that were there',
    async run(h) {
      const target = await h.unitService({ desired: 4, min: 1, max: 6 });
      const before = idsOf(await snapshot(h, target));
      assertOk(await h.capacity.apply(target, { kind: 'count', desired: 2 }, fence(h), soon(h)));
      await h.advance(h.startUpMs);
      assert.equal(await verdict(h, target, { kind: 'count', desired: 2 }), 'pass');
      const after = idsOf(await snapshot(h, target));
      assert.equal(after.length, 2);
      assert.ok(after.every((id) => before.includes(id)));
    },
  },
  {
    name: 'a count with limits moves the limits too',
    async run(h) {
      const target = await h.unitService({ desired: 2, min: 1, max: 3 });
      const change: CapacityChange = { kind: 'count', desired: 5, min: 4, max: 8 };
      assertOk(await h.capacity.apply(target, change, fence(h), soon(h)));
      await h.advance(h.startUpMs);
      assert.equal(await verdict(h, target, change), 'pass');
      const { desired, min, max } = await snapshot(h, target);
      assert.deepEqual({ desired, min, max }, { desired: 5, min: 4, max: 8 });
    },
  },
  {
    name: 'a count outside the limits is invalid and changes nothing',
    async run(h) {
      const target = await h.unitService({ desired: 2, min: 1, max: 3 });
      const before = await snapshot(h, target);
      for (const change of [
        { kind: 'count', desired: 4 },
        { kind: 'count', desired: 0 },
        { kind: 'count', desired: 2, min: 3 },
      ] as const)
        assertFailed(await h.capacity.apply(target, change, fence(h), soon(h)), 'invalid');
      assert.deepEqual(await snapshot(h, target), before);
    },
  },
  {
    name: 'a count that is applied twice is applied once',
    async run(h) {
      const target = await h.unitService({ desired: 2, min: 1, max: 6 });
      for (let n = 0; n < 2; n++) assertOk(await h.capacity.apply(target, { kind: 'count', desired: 3 }, fence(h), soon(h)));
      await h.advance(h.startUpMs);
      assert.equal((await snapshot(h, target)).running, 3);
    },
  },
  {
    name: 'undo of a count puts back count, limits and the very units',
    async run(h) {
      const target = await h.unitService({ desired: 2, min: 1, max: 3 });
      const before = await snapshot(h, target);
      assertOk(await h.capacity.apply(target, { kind: 'count', desired: 4, min: 2, max: 8 }, fence(h), soon(h)));
      await h.advance(h.startUpMs);
      assertOk(await h.capacity.undo(target, before, fence(h), soon(h)));
      await h.advance(h.startUpMs);
      assert.equal(await verdict(h, target, { kind: 'count', desired: 2, min: 1, max: 3 }), 'pass');
      const after = await snapshot(h, target);
      assert.deepEqual({ ...after, units: [] }, { ...before, units: [] });
      assert.deepEqual(idsOf(after), idsOf(before));
    },
  },
  {
    name: 'a size replaces the units, and undo puts the old size back',
    async run(h) {
      const target = await h.unitService({ desired: 2, min: 1, max: 3 });
      const before = await snapshot(h, target);
      const change: CapacityChange = { kind: 'size', cpu: 2048, memoryMiB: 4096 };
      assert.equal(await verdict(h, target, change), 'fail');
      assertOk(await h.capacity.apply(target, change, fence(h), soon(h)));
      assert.ok((await snapshot(h, target)).healthy >= 1, 'the old units serve until new ones do');
      await h.advance(h.startUpMs);
      assert.equal(await verdict(h, target, change), 'pass');
      assert.deepEqual((await snapshot(h, target)).size, { cpu: 2048, memoryMiB: 4096 });
      assertOk(await h.capacity.undo(target, before, fence(h), soon(h)));
      await h.advance(h.startUpMs);
      assert.equal(await verdict(h, target, { kind: 'size', ...size }), 'pass');
      const { running, healthy } = await snapshot(h, target);
      assert.deepEqual({ running, healthy }, { running: 2, healthy: 2 });
    },
  },
  {
    name: 'an ejected unit runs on, is shown as ejected and does not count as healthy, until it is readmitted',
    async run(h) {
      const target = await h.unitService({ desired: 3, min: 1, max: 4 });
      const [unit = ''] = idsOf(await snapshot(h, target));
      for (let n = 0; n < 2; n++) assertOk(await h.capacity.apply(target, { kind: 'eject', units: [unit] }, fence(h), soon(h)));
      assert.equal(await verdict(h, target, { kind: 'eject', units: [unit] }), 'pass');
      assert.equal(await verdict(h, target, { kind: 'readmit', units: [unit] }), 'fail');
      const out = await snapshot(h, target);
      assert.deepEqual({ running: out.running, healthy: out.healthy }, { running: 3, healthy: 2 });
      assert.deepEqual(
        out.units.filter((each) => each.ejected).map((each) => [each.id, each.healthy]),
        [[unit, true]],
        'its own health is told as well: it could come back',
      );
      assertOk(await h.capacity.apply(target, { kind: 'readmit', units: [unit] }, fence(h), soon(h)));
      await h.advance(h.startUpMs);
      assert.equal(await verdict(h, target, { kind: 'readmit', units: [unit] }), 'pass');
      assert.equal((await snapshot(h, target)).healthy, 3);
    },
  },
  {
    name: 'undo of an eject readmits the units that served, and no others',
    async run(h) {
      const target = await h.unitService({ desired: 3, min: 1, max: 4 });
      const [first = '', second = ''] = idsOf(await snapshot(h, target));
      assertOk(await h.capacity.apply(target, { kind: 'eject', units: [first] }, fence(h), soon(h)));
      const before = await snapshot(h, target);
      assertOk(await h.capacity.apply(target, { kind: 'eject', units: [second] }, fence(h), soon(h)));
      assertOk(await h.capacity.undo(target, before, fence(h), soon(h)));
      await h.advance(h.startUpMs);
      assert.deepEqual(
        (await snapshot(h, target)).units.filter((unit) => unit.ejected).map((unit) => unit.id),
        [first],
      );
    },
  },
  {
    name: 'undo takes no unit out that has come back meanwhile',
    async run(h) {
      const target = await h.unitService({ desired: 3, min: 1, max: 4 });
      const [first = ''] = idsOf(await snapshot(h, target));
      assertOk(await h.capacity.apply(target, { kind: 'eject', units: [first] }, fence(h), soon(h)));
      const before = await snapshot(h, target);
      assertOk(await h.capacity.apply(target, { kind: 'readmit', units: [first] }, fence(h), soon(h)));
      assertOk(await h.capacity.undo(target, before, fence(h), soon(h)));
      await h.advance(h.startUpMs);
      assert.ok((await snapshot(h, target)).units.every((unit) => !unit.ejected));
    },
  },
  {
    name: 'a replaced unit goes and another comes in its place; asked twice it is one',
    async run(h) {
      const target = await h.unitService({ desired: 3, min: 1, max: 4 });
      const before = idsOf(await snapshot(h, target));
      const change: CapacityChange = { kind: 'replace', unit: before[0] ?? '' };
      assert.equal(await verdict(h, target, change), 'fail');
      for (let n = 0; n < 2; n++) assertOk(await h.capacity.apply(target, change, fence(h), soon(h)));
      await h.advance(h.startUpMs);
      assert.equal(await verdict(h, target, change), 'pass');
      const after = idsOf(await snapshot(h, target));
      assert.equal(after.length, 3);
      assert.deepEqual(
        before.filter((id) => !after.includes(id)),
        [before[0]],
      );
    },
  },
  {
    name: "a function's concurrency is changed and put back",
    async run(h) {
      const target = await h.functionService({ provisioned: 2, reserved: 10 });
      const before = await snapshot(h, target);
      assert.deepEqual(before.concurrency, { provisioned: 2, reserved: 10 });
      const change: CapacityChange = { kind: 'concurrency', provisioned: 5, reserved: 20 };
      assert.equal(await verdict(h, target, change), 'fail');
      assertOk(await h.capacity.apply(target, change, fence(h), soon(h)));
      await h.advance(h.startUpMs);
      assert.equal(await verdict(h, target, change), 'pass');
      assert.deepEqual((await snapshot(h, target)).concurrency, { provisioned: 5, reserved: 20 });
      assertOk(await h.capacity.undo(target, before, fence(h), soon(h)));
      await h.advance(h.startUpMs);
      assert.equal(await verdict(h, target, { kind: 'concurrency', provisioned: 2, reserved: 10 }), 'pass');
    },
  },
  {
    name: 'provisioned concurrency can be taken off whole, and reserved concurrency lifted',
    async run(h) {
      const target = await h.functionService({ provisioned: 2, reserved: 10 });
      const change: CapacityChange = { kind: 'concurrency', provisioned: 0, reserved: null };
      assertOk(await h.capacity.apply(target, change, fence(h), soon(h)));
      await h.advance(h.startUpMs);
      assert.equal(await verdict(h, target, change), 'pass');
    },
  },
  {
    name: 'a change of another kind of service is invalid',
    async run(h) {
      const units = await h.unitService({ desired: 1, min: 1, max: 2 });
      const lambda = await h.functionService({ provisioned: 1, reserved: 5 });
      assertFailed(await h.capacity.apply(units, { kind: 'concurrency', provisioned: 1, reserved: 1 }, fence(h), soon(h)), 'invalid');
      assertFailed(await h.capacity.apply(lambda, { kind: 'size', ...size }, fence(h), soon(h)), 'invalid');
      assertFailed(await h.capacity.apply(lambda, { kind: 'count', desired: 3, max: 5 }, fence(h), soon(h)), 'invalid');
    },
  },
  {
    name: 'an epoch below one that wrote is superseded, without effect; the same and a higher one write',
    async run(h) {
      const target = await h.unitService({ desired: 2, min: 1, max: 9 });
      const count = (desired: number, epoch: number) =>
        h.capacity.apply(target, { kind: 'count', desired }, { ...fence(h), epoch }, soon(h));
      assertOk(await count(3, 2));
      assertFailed(await count(4, 1), 'superseded');
      const before = await snapshot(h, target);
      assert.equal(before.desired, 3);
      assertFailed(await h.capacity.undo(target, before, { ...fence(h), epoch: 1 }, soon(h)), 'superseded');
      assertOk(await count(5, 2));
      assertOk(await count(6, 3));
      assert.equal((await snapshot(h, target)).desired, 6);
    },
  },
  {
    name: 'epochs of one target do not bind another',
    async run(h) {
      const [one, other] = [await h.unitService({ desired: 1, min: 1, max: 2 }), await h.unitService({ desired: 1, min: 1, max: 2 })];
      assertOk(await h.capacity.apply(one, { kind: 'count', desired: 2 }, { ...fence(h), epoch: 7 }, soon(h)));
      assertOk(await h.capacity.apply(other, { kind: 'count', desired: 2 }, fence(h), soon(h)));
    },
  },
  {
    name: 'whoever holds no lease any more is superseded, without effect',
    async run(h) {
      const target = await h.unitService({ desired: 2, min: 1, max: 4 });
      const before = await snapshot(h, target);
      const ended: Fence = { epoch: 1, leaseUntil: h.now() - 1 };
      assertFailed(await h.capacity.apply(target, { kind: 'count', desired: 3 }, ended, soon(h)), 'superseded');
      assertFailed(await h.capacity.undo(target, { ...before, desired: 4 }, ended, soon(h)), 'superseded');
      assert.equal((await snapshot(h, target)).desired, 2);
    },
  },
  {
    name: 'a call past its deadline times out without effect',
    async run(h) {
      const target = await h.unitService({ desired: 2, min: 1, max: 4 });
      const change: CapacityChange = { kind: 'count', desired: 3 };
      const before = await snapshot(h, target);
      const calls: Promise<Result<unknown>>[] = [
        h.capacity.snapshot(target, tooLate(h)),
        h.capacity.quota(target, tooLate(h)),
        h.capacity.apply(target, change, fence(h), tooLate(h)),
        h.capacity.verify(target, change, tooLate(h)),
        h.capacity.undo(target, before, fence(h), tooLate(h)),
      ];
      for (const call of calls) assertFailed(await call, 'timeout');
      assert.equal((await snapshot(h, target)).desired, 2);
    },
  },
];

function fence(h: Harness): Fence {
  return { epoch: 1, leaseUntil: h.now() + 60_000 };
}

async function snapshot(h: CapacityHarness, target: Target): Promise<Capacity> {
  return assertOk(await h.capacity.snapshot(target, soon(h)));
}

/** The verdict of a look that says why. */
async function verdict(h: CapacityHarness, target: Target, change: CapacityChange): Promise<string> {
  const look = assertOk(await h.capacity.verify(target, change, soon(h)));
  assert.notEqual(look.reason, '');
  return look.verdict;
}

function idsOf(capacity: Capacity): string[] {
  return capacity.units.map((unit) => unit.id).sort();
}
