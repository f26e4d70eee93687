import { describe, expect, it } from 'vitest';
import { clockSkewMs, holdLease, leaseCovers, leaseSeconds, writeMs } from '../../../core/execute/lease.ts';
import { storeKey, targetKey } from '../../../core/model/index.ts';
import { plannedRun, region, runOf, stored, target } from './planned-run.ts';

const key = storeKey.lease(targetKey(target));
const silent = async () => ({ ok: false as const, code: 'timeout', retryable: true, reason: 'silent' });

describe('a lease', () => {
  it('is taken in the own table and in the live peers’, for two minutes', async () => {
    const bench = plannedRun();
    const held = await holdLease(bench.ctx, runOf({ avoid: ['us-east-1'] }));
    expect(held.ok && held.value).toEqual({ epoch: 3, leaseUntil: bench.clock.now() + leaseSeconds * 1000 });
    expect(stored(bench, region, key)).toMatchObject({ epoch: 3 });
    expect(stored(bench, 'us-west-2', key)).toMatchObject({ epoch: 3 });
    expect(stored(bench, 'us-east-1', key)).toBeUndefined();
  });

  it('is refused when a peer knows a higher epoch, though the own table does not', async () => {
    const bench = plannedRun();
    await bench.ctx.ports.peerStores['us-west-2']?.claim(key, 4, 60, 'somebody', { deadlineAt: bench.clock.now() + 1000 });
    expect(await holdLease(bench.ctx, runOf())).toMatchObject({ ok: false, code: 'superseded' });
  });

  it('is refused to an old executor that comes back after the higher epoch’s lease has ended', async () => {
    const bench = plannedRun();
    await holdLease(bench.ctx, runOf({ epoch: 4, holder: 'us-west-2' }));
    await bench.pass(3600);
    expect(await holdLease(bench.ctx, runOf({ epoch: 3 }))).toMatchObject({ ok: false, code: 'superseded' });
  });

  it('needs a witness: with all peers silent nobody would know of it', async () => {
    const bench = plannedRun();
    const peerStores = { 'us-west-2': { ...bench.ctx.ports.store, claim: silent } };
    const held = await holdLease({ ...bench.ctx, ports: { ...bench.ctx.ports, peerStores } }, runOf());
    expect(held).toMatchObject({ ok: false, code: 'unavailable' });
  });

  it('needs none where there is no peer', async () => {
    const bench = plannedRun();
    expect((await holdLease({ ...bench.ctx, ports: { ...bench.ctx.ports, peerStores: {} } }, runOf())).ok).toBe(true);
  });

  it('covers a write only while more is left than the longest write and the skew of two clocks', () => {
    const fence = { epoch: 1, leaseUntil: 100_000 };
    expect(leaseCovers(fence, 100_000 - writeMs - clockSkewMs - 1)).toBe(true);
    expect(leaseCovers(fence, 100_000 - writeMs - clockSkewMs)).toBe(false);
  });
});
