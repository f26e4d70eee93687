import { describe, expect, it } from 'vitest';
import { patientTables } from '../../../core/knowledge/patient-tables.ts';
import { failed, type Result } from '../../../core/model/index.ts';
import type { Store } from '../../../core/ports/index.ts';
import { within } from '../../../core/ports/within.ts';
import { regionContext } from '../region-context.ts';

const item = { key: 'run#1', body: { state: 'running' } };
const busy = () => failed<never>('throttled', 'busy');

/** A region whose own table answers its first calls with these; `lost`: the call has its effect all the same. */
function bench(answers: { answer: Result<never>; lost?: boolean }[], takesMs = 0) {
  const region = regionContext();
  const { store, clock } = region.ctx.ports;
  let calls = 0;
  const faulty =
    <A extends unknown[], T>(call: (...args: A) => Promise<Result<T>>) =>
    async (...args: A): Promise<Result<T>> => {
      const next = answers[calls++];
      if (next === undefined) return call(...args);
      if (takesMs > 0) await clock.sleep(takesMs);
      if (next.lost === true) await call(...args);
      return next.answer;
    };
  const names = ['get', 'put', 'claim', 'append', 'query'] as const;
  const shaken = Object.fromEntries(
    names.map((name) => [name, faulty(store[name].bind(store) as (...args: unknown[]) => Promise<Result<unknown>>)]),
  );
  const ctx = { ...region.ctx, ports: { ...region.ctx.ports, store: shaken as unknown as Store } };
  const { store: patient } = patientTables(ctx).ports;
  const wait = async <T>(asked: Promise<T>): Promise<T> => {
    await region.pass(30);
    return asked;
  };
  const get = (key: string) => store.get(key, within(clock, 5_000));
  return { ctx, store, get, patient, wait, call: within(clock, 5_000), calls: () => calls };
}

describe('a table in the act path', () => {
  it('that is busy for a moment takes the write all the same', async () => {
    const { patient, wait, call, get } = bench([{ answer: busy() }, { answer: busy() }]);
    expect((await wait(patient.put(item, 0, call))).ok).toBe(true);
    expect(await get(item.key)).toMatchObject({ ok: true, value: { version: 1 } });
  });

  it('is asked five times at most, each within the deadline of the one call', async () => {
    const always = bench(Array.from({ length: 20 }, () => ({ answer: busy() })));
    expect(await always.wait(always.patient.get(item.key, always.call))).toMatchObject({ ok: false, code: 'throttled' });
    expect(always.calls()).toBeLessThanOrEqual(5);
    const slow = bench(
      Array.from({ length: 20 }, () => ({ answer: failed('timeout', 'no answer in 5000 ms') })),
      5_000,
    );
    expect(await slow.wait(slow.patient.claim('lease#a', 1, 60, 'me', slow.call))).toMatchObject({ code: 'timeout' });
    expect(slow.calls()).toBe(1);
  });

  it('is not written to again when nobody knows whether it took the write', async () => {
    const { patient, wait, call, calls, get } = bench([{ answer: failed('unavailable', '503'), lost: true }]);
    expect(await wait(patient.put(item, 0, call))).toMatchObject({ code: 'unavailable' });
    expect(calls()).toBe(1);
    expect(await get(item.key)).toMatchObject({ ok: true, value: { version: 1 } });
  });

  it('in which somebody else was quicker answers a conflict, at once', async () => {
    const { store, patient, call, calls } = bench([]);
    await store.put({ ...item, body: { state: 'undoing' } }, 0, call);
    expect(await patient.put(item, 0, call)).toMatchObject({ code: 'conflict' });
    expect(calls()).toBe(1);
  });

  it('of a peer is as patient, and patience is not added to patience', () => {
    const { ctx } = bench([]);
    const once = patientTables(ctx);
    expect(once.ports.peerStores['eu-west-1']).not.toBe(ctx.ports.peerStores['eu-west-1']);
    expect(patientTables(ctx)).toBe(once);
    expect(patientTables(once)).toBe(once);
  });
});
