import { describe, expect, test } from 'vitest';
import { MemoryCapacityControl } from '../../../adapters/memory/capacity-control.ts';
import { createCapacityState, createService } from '../../../adapters/memory/capacity-state.ts';
import { type FaultHits, withFaultPoint } from '../../../adapters/memory/fault-point.ts';
import { createNotifierState, MemoryNotifier } from '../../../adapters/memory/notifier.ts';
import { createStoreState, MemoryStore } from '../../../adapters/memory/store.ts';
import { ok, type Result } from '../../../core/model/index.ts';
import type { CapacityControl, FaultAnswer, FaultPoint, Notifier, Store } from '../../../core/ports/index.ts';
import { VirtualClock } from '../../../simulator/world/clock.ts';
import { SequentialIds } from '../../../simulator/world/ids.ts';
import { drain } from './drain.ts';

const call = { deadlineAt: 5000 };

/** A store behind a fault point that answers what `answer` says at the time. */
function faultyStore() {
  const clock = new VirtualClock(0);
  const world = { answer: { kind: 'pass' } as FaultAnswer };
  const asked: Parameters<FaultPoint>[0][] = [];
  const hits: FaultHits = {};
  const direct = new MemoryStore(createStoreState(), clock);
  const point: FaultPoint = (about) => {
    asked.push(about);
    return world.answer;
  };
  const store = withFaultPoint<Store>(direct, 'store', 'eu-west-1', point, clock, hits);
  /** The answer and when it came; null while there is none by `untilMs`. */
  const answerBy = async <T>(pending: Promise<Result<T>>, untilMs: number) => {
    let answer: { result: Result<T>; at: number } | null = null;
    void pending.then((result) => {
      answer = { result, at: clock.now() };
    });
    await clock.run(untilMs, drain);
    return answer as { result: Result<T>; at: number } | null;
  };
  return { clock, world, asked, hits, direct, store, answerBy };
}

describe('a port behind the fault point', () => {
  test('is the port itself on pass, and the fault point hears of every call', async () => {
    const { store, asked, hits } = faultyStore();
    const item = { key: 'plan#1', body: 1 };
    expect(await store.put(item, 0, call)).toEqual(ok({ ...item, version: 1 }));
    expect(await store.get('plan#1', call)).toEqual(ok({ ...item, version: 1 }));
    expect(asked).toEqual([
      { port: 'store', method: 'put', region: 'eu-west-1', args: [item, 0, call] },
      { port: 'store', method: 'get', region: 'eu-west-1', args: ['plan#1', call] },
    ]);
    expect(hits).toEqual({});
  });

  test('refuse and throttle fail with their reason and without effect', async () => {
    const { store, direct, world, hits } = faultyStore();
    world.answer = { kind: 'refuse', reason: 'AccessDenied' };
    expect(await store.put({ key: 'plan#1', body: 1 }, 0, call)).toEqual({
      ok: false,
      code: 'refused',
      retryable: false,
      reason: 'AccessDenied',
    });
    world.answer = { kind: 'throttle', reason: 'slow down' };
    expect(await store.put({ key: 'plan#1', body: 1 }, 0, call)).toMatchObject({ ok: false, code: 'throttled', retryable: true });
    expect(await direct.get('plan#1', call)).toEqual(ok(null));
    expect(hits).toEqual({ store: { refuse: 1, throttle: 1 } });
  });

  test('hang ends at the deadline by the clock, without effect', async () => {
    const { store, direct, world, answerBy, clock } = faultyStore();
    world.answer = { kind: 'hang' };
    const pending = store.put({ key: 'plan#1', body: 1 }, 0, call);
    expect(await answerBy(pending, 4999)).toBeNull();
    expect(await answerBy(pending, 6000)).toMatchObject({ at: 5000, result: { ok: false, code: 'timeout', retryable: true } });
    expect(await direct.get('plan#1', { deadlineAt: clock.now() + 1 })).toEqual(ok(null));
  });

  test('a lied write is answered as if it had been done and is not done', async () => {
    const { store, direct, world } = faultyStore();
    world.answer = { kind: 'lie' };
    expect(await store.put({ key: 'plan#1', body: { a: 1 } }, 0, call)).toEqual(ok({ key: 'plan#1', body: { a: 1 }, version: 1 }));
    expect(await store.claim('lease#x', 4, 30, 'me', call)).toEqual(ok({ key: 'lease#x', epoch: 4, holder: 'me', until: 30_000 }));
    expect(await store.append('incident#1#t', { id: 'e', body: 1 }, call)).toEqual(ok(1));
    expect(await direct.query('', 10, call)).toEqual(ok([]));
  });

  test('a lied read is the old answer to the same question, the true one when there is none', async () => {
    const { store, world } = faultyStore();
    await store.put({ key: 'plan#1', body: 'old' }, 0, call);
    await store.put({ key: 'plan#2', body: 'two' }, 0, call);
    await store.get('plan#1', call);
    await store.put({ key: 'plan#1', body: 'new' }, 1, call);
    world.answer = { kind: 'lie' };
    expect(await store.get('plan#1', call)).toMatchObject({ value: { body: 'old', version: 1 } });
    expect(await store.get('plan#2', call)).toMatchObject({ value: { body: 'two' } });
    world.answer = { kind: 'pass' };
    expect(await store.get('plan#1', call)).toMatchObject({ value: { body: 'new', version: 2 } });
  });

  test('remembers the answers to a limited number of questions, the latest ones', async () => {
    const { store, world, clock } = faultyStore();
    await store.put({ key: 'plan#0', body: 1, expiresAt: 10 }, 0, call);
    await store.put({ key: 'plan#400', body: 1, expiresAt: 10 }, 0, call);
    for (let n = 0; n <= 500; n++) await store.get(`plan#${n}`, call);
    await clock.run(20, drain);
    world.answer = { kind: 'lie' };
    expect(await store.get('plan#400', call)).toMatchObject({ value: { body: 1 } });
    expect(await store.get('plan#0', call)).toEqual(ok(null));
  });

  test('late has its effect at once and its answer later', async () => {
    const { store, direct, world, answerBy } = faultyStore();
    world.answer = { kind: 'late', ms: 300 };
    const pending = store.put({ key: 'plan#1', body: 1 }, 0, call);
    expect(await answerBy(pending, 299)).toBeNull();
    expect(await direct.get('plan#1', call)).toMatchObject({ value: { version: 1 } });
    expect(await answerBy(pending, 1000)).toMatchObject({ at: 300, result: { ok: true } });
  });

  test('later than the deadline is a time-out at the deadline, with the effect', async () => {
    const { store, direct, world, answerBy, clock } = faultyStore();
    world.answer = { kind: 'late', ms: 60_000 };
    const pending = store.put({ key: 'plan#1', body: 1 }, 0, call);
    expect(await answerBy(pending, 90_000)).toMatchObject({ at: 5000, result: { ok: false, code: 'timeout' } });
    expect(await direct.get('plan#1', { deadlineAt: clock.now() + 1 })).toMatchObject({ value: { version: 1 } });
  });

  test('duplicate has its effect twice and answers as the second did', async () => {
    const clock = new VirtualClock(0);
    const state = createNotifierState();
    const notifier = withFaultPoint<Notifier>(new MemoryNotifier(state, clock), 'notifier', 'r', () => ({ kind: 'duplicate' }), clock);
    const receipt = await notifier.notify({ id: 'n', at: 0, severity: 'info', page: false, title: 't', text: 't' }, call);
    expect(state.sent).toHaveLength(2);
    expect(receipt).toEqual(ok(state.sent[1]?.receipt));
    const { store, world } = faultyStore();
    world.answer = { kind: 'duplicate' };
    expect(await store.put({ key: 'plan#1', body: 1 }, 0, call)).toMatchObject({ ok: false, code: 'conflict' });
  });

  test('after the deadline every fault is a time-out at once', async () => {
    const { store, world, direct } = faultyStore();
    for (const kind of ['lie', 'duplicate', 'hang'] as const) {
      world.answer = { kind };
      expect(await store.put({ key: 'plan#1', body: 1 }, 0, { deadlineAt: 0 })).toMatchObject({ ok: false, code: 'timeout' });
    }
    expect(await direct.query('', 10, call)).toEqual(ok([]));
  });

  test('a lied void write and an old look are answered well', async () => {
    const clock = new VirtualClock(0);
    const state = createCapacityState();
    state.services['s/r'] = createService({ desired: 1, min: 1, max: 5 }, 's');
    let answer: FaultAnswer = { kind: 'pass' };
    const direct = new MemoryCapacityControl(state, clock, new SequentialIds('r'));
    const capacity = withFaultPoint<CapacityControl>(direct, 'capacity', 'r', () => answer, clock);
    const [target, fence] = [
      { service: 's', region: 'r' },
      { epoch: 1, leaseUntil: 9999 },
    ];
    const before = await capacity.snapshot(target, call);
    answer = { kind: 'lie' };
    expect(await capacity.apply(target, { kind: 'count', desired: 3 }, fence, call)).toEqual(ok(undefined));
    expect(state.services['s/r'].units).toHaveLength(1);
    await direct.apply(target, { kind: 'count', desired: 3 }, fence, call);
    expect(await capacity.snapshot(target, call)).toEqual(before);
  });
});
