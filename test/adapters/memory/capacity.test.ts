import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryCapacityControl } from '../../../adapters/memory/capacity-control.ts';
import { createCapacityState, createService, reconcile, type ServiceCapacity } from '../../../adapters/memory/capacity-state.ts';
import type { CapacityChange } from '../../../core/model/index.ts';
import { VirtualClock } from '../../../simulator/world/clock.ts';
import { SequentialIds } from '../../../simulator/world/ids.ts';

const target = { service: 'checkout', region: 'r' };
const fence = { epoch: 1, leaseUntil: 1e9 };
const call = { deadlineAt: 1e9 };

function world(fields: Partial<ServiceCapacity> = {}) {
  const clock = new VirtualClock(0);
  const state = createCapacityState();
  const service = createService({ desired: 2, min: 1, max: 8, startUpMs: 1000, ...fields }, 'unit');
  state.services['checkout/r'] = service;
  const capacity = new MemoryCapacityControl(state, clock, new SequentialIds('r'));
  const look = async (change: CapacityChange) => {
    const result = await capacity.verify(target, change, call);
    return result.ok ? `${result.value.verdict}: ${result.value.reason}` : result.code;
  };
  return { clock, service, capacity, look, wait: (ms: number) => clock.run(clock.now() + ms, async () => undefined) };
}

describe('memory capacity', () => {
  const four: CapacityChange = { kind: 'count', desired: 4 };

  test('new units are inconclusive until they have started, then pass', async () => {
    const { capacity, look, wait } = world();
    await capacity.apply(target, four, fence, call);
    await wait(999);
    expect(await look(four)).toBe('inconclusive: 4 of 4 units run, 2 are healthy');
    await wait(1);
    expect(await look(four)).toBe('pass: 4 of 4 units run, 4 are healthy');
  });

  test('units that never become healthy are inconclusive while they start and then a failure', async () => {
    const { capacity, look, wait } = world({ neverHealthy: true });
    await capacity.apply(target, four, fence, call);
    await wait(999);
    expect(await look(four)).toMatch(/^inconclusive/);
    await wait(1);
    expect(await look(four)).toBe('fail: 4 of 4 units run, 2 are healthy: unit-r-1, unit-r-2 did not become healthy');
  });

  test('cold standby: undo of a count whose units never became healthy leaves everything as it was', async () => {
    const { capacity, service, wait } = world({ neverHealthy: true });
    const before = structuredClone(service);
    const snapshot = await capacity.snapshot(target, call);
    await capacity.apply(target, four, fence, call);
    await wait(5000);
    if (snapshot.ok) await capacity.undo(target, snapshot.value, fence, call);
    expect(service).toEqual(before);
    expect(await capacity.snapshot(target, call)).toEqual(snapshot);
  });

  test('a refusal of the control plane fails the look, and units start once it is gone', async () => {
    const { capacity, service, look, wait } = world({ refusal: 'InsufficientCapacity' });
    expect(await capacity.apply(target, four, fence, call)).toMatchObject({ ok: true });
    expect(await look(four)).toBe('fail: 2 of 4 units run, 2 are healthy: InsufficientCapacity');
    service.refusal = null;
    expect(await look(four)).toMatch(/^inconclusive/);
    await wait(1000);
    expect(await look(four)).toMatch(/^pass/);
  });

  test('no unit starts over the quota, which others use as well', async () => {
    const { capacity, service, look } = world({ quota: { limit: 10, usedElsewhere: 7 } });
    await capacity.apply(target, four, fence, call);
    expect(service.units).toHaveLength(3);
    expect(await look(four)).toBe('fail: 3 of 4 units run, 2 are healthy: the quota of 10 is used up');
    expect(await capacity.quota(target, call)).toEqual({ ok: true, value: { limit: 10, used: 10 } });
  });

  test('a unit that the world makes sick fails the count and is the first to be stopped', async () => {
    const { capacity, service, look, wait } = world({ desired: 3 });
    await wait(1000);
    const [first] = service.units;
    if (first) first.healthyAt = null;
    expect(await look({ kind: 'count', desired: 3 })).toMatch(/^fail: 3 of 3 units run, 2 are healthy: unit-1/);
    await capacity.apply(target, { kind: 'count', desired: 2 }, fence, call);
    expect(service.units.map((unit) => unit.id)).toEqual(['unit-2', 'unit-3']);
  });

  test('a replaced sick unit leaves its zone to the new one', async () => {
    const { capacity, service, look, wait } = world({ desired: 3 });
    const change: CapacityChange = { kind: 'replace', unit: 'unit-2' };
    await capacity.apply(target, change, fence, call);
    expect(await look(change)).toMatch(/^inconclusive/);
    await wait(1000);
    expect(await look(change)).toMatch(/^pass/);
    expect(service.units.map((unit) => `${unit.id}/${unit.zone}`)).toEqual(['unit-1/a', 'unit-3/c', 'unit-r-1/b']);
  });

  test('a new size rolls: old units stay until new ones are healthy, and for ever when those never are', async () => {
    const size = { cpu: 1024, memoryMiB: 2048 };
    const bigger: CapacityChange = { kind: 'size', cpu: 2048, memoryMiB: 3072 };
    const { capacity, service, look, wait } = world({ size });
    await capacity.apply(target, bigger, fence, call);
    expect(service.units).toHaveLength(4);
    expect(await look(bigger)).toBe('inconclusive: 2 units still have the old size, 2 replacements start');
    await wait(1000);
    expect(await look(bigger)).toMatch(/^pass/);
    expect(service.units.map((unit) => unit.id)).toEqual(['unit-r-1', 'unit-r-2']);
    service.neverHealthy = true;
    await capacity.apply(target, { kind: 'size', ...size }, fence, call);
    await wait(1000);
    expect(await look({ kind: 'size', ...size })).toMatch(/^fail: 2 units still have the old size/);
    expect(service.units.filter((unit) => unit.healthyAt !== null)).toHaveLength(2);
  });

  test('of equal units the last ones are stopped', async () => {
    const { capacity, service } = world({ desired: 4 });
    await capacity.apply(target, { kind: 'count', desired: 2 }, fence, call);
    expect(service.units.map((unit) => unit.id)).toEqual(['unit-1', 'unit-2']);
  });

  test('a lower count in the middle of a new size stops units together with their replacements', async () => {
    const { capacity, service } = world({ size: { cpu: 1024, memoryMiB: 2048 } });
    await capacity.apply(target, { kind: 'size', cpu: 2048, memoryMiB: 4096 }, fence, call);
    await capacity.apply(target, { kind: 'count', desired: 1 }, fence, call);
    expect(service.units.map((unit) => unit.replaces ?? unit.id)).toEqual(['unit-1', 'unit-1']);
  });

  test('a second new size gives up the replacements of the first', async () => {
    const { capacity, service, wait, look } = world({ size: { cpu: 1024, memoryMiB: 2048 } });
    await capacity.apply(target, { kind: 'size', cpu: 2048, memoryMiB: 4096 }, fence, call);
    await wait(500);
    const last: CapacityChange = { kind: 'size', cpu: 4096, memoryMiB: 8192 };
    await capacity.apply(target, last, fence, call);
    await wait(1000);
    expect(await look(last)).toMatch(/^pass/);
    expect(service.units).toHaveLength(2);
  });

  test('undo in the middle of a new size keeps the units that were there', async () => {
    const { capacity, service, wait } = world({ size: { cpu: 1024, memoryMiB: 2048 } });
    const before = structuredClone(service);
    const snapshot = await capacity.snapshot(target, call);
    await capacity.apply(target, { kind: 'size', cpu: 2048, memoryMiB: 4096 }, fence, call);
    await wait(500);
    if (snapshot.ok) await capacity.undo(target, snapshot.value, fence, call);
    expect(service).toEqual(before);
  });

  test('concurrency over the account quota fails at once; provisioned over reserved is invalid', async () => {
    const { capacity, service } = world({
      desired: 0,
      min: 0,
      concurrency: { provisioned: 0, reserved: null, readyAt: 0 },
      quota: { limit: 100, usedElsewhere: 50 },
    });
    const apply = (provisioned: number, reserved: number | null) =>
      capacity.apply(target, { kind: 'concurrency', provisioned, reserved }, fence, call);
    expect(await apply(10, 60)).toMatchObject({ ok: false, code: 'quota' });
    expect(await apply(10, 5)).toMatchObject({ ok: false, code: 'invalid' });
    expect(service.concurrency).toEqual({ provisioned: 0, reserved: null, readyAt: 0 });
    expect(await apply(10, 40)).toMatchObject({ ok: true });
  });

  test('an unknown unit cannot be ejected; one that is gone can be readmitted', async () => {
    const { capacity, service } = world();
    expect(await capacity.apply(target, { kind: 'eject', units: ['unit-1', 'nobody'] }, fence, call)).toMatchObject({ code: 'not-found' });
    expect(service.units.some((unit) => unit.ejected)).toBe(false);
    expect(await capacity.apply(target, { kind: 'readmit', units: ['nobody'] }, fence, call)).toMatchObject({ ok: true });
  });

  test('whatever is changed, reconciling comes to rest at the desired count and rests there', () => {
    const change = fc.record({
      desired: fc.integer({ min: 0, max: 8 }),
      cpu: fc.constantFrom(256, 512),
      sick: fc.option(fc.nat(7)),
      lost: fc.option(fc.nat(7)),
      waitMs: fc.nat(1500),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const service = createService({ desired: 3, min: 0, max: 8, startUpMs: 1000, size: { cpu: 256, memoryMiB: 512 } }, 'unit');
        const ids = new SequentialIds('r');
        let now = 0;
        for (const { desired, cpu, sick, lost, waitMs } of changes) {
          service.desired = desired;
          service.size = { cpu, memoryMiB: 512 };
          // A replacement that falls sick never ends: that is another test.
          const unit = service.units.filter((each) => each.replaces === undefined)[sick ?? -1];
          if (unit) unit.healthyAt = null;
          service.units = service.units.filter((_, index) => index !== lost);
          reconcile(service, now, ids);
          now += waitMs;
          reconcile(service, now, ids);
        }
        reconcile(service, now + 1000, ids);
        reconcile(service, now + 2000, ids);
        expect(service.units.filter((each) => each.replaces === undefined)).toHaveLength(service.desired);
        expect(service.units.every((each) => each.size?.cpu === service.size?.cpu)).toBe(true);
        expect(new Set(service.units.map((each) => each.id)).size).toBe(service.units.length);
        const rested = structuredClone(service);
        reconcile(service, now + 3000, ids);
        expect(service).toEqual(rested);
      }),
    );
  });
});
