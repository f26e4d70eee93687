import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ok } from '../../core/model/index.ts';
import type { CapacityControl, Machines, Store } from '../../core/ports/index.ts';
import { denied, only } from '../../lambdas/runtime/denied.ts';
import { jsonText } from '../../lambdas/runtime/env.ts';
import { lazy } from '../../lambdas/runtime/lazy.ts';
import { RegionMachines } from '../../lambdas/runtime/ports/region-machines.ts';
import { StreamTrace } from '../../lambdas/runtime/stream-trace.ts';

const call = { deadlineAt: 1 };
const target = { service: 'checkout', region: 'us-east-1' };

describe('ports of a function', () => {
  test('one that it has no right to refuses, and says whose it is', async () => {
    const capacity = denied<CapacityControl>('probe', 'capacity');
    expect(await capacity.snapshot(target, call)).toMatchObject({
      ok: false,
      code: 'refused',
      reason: expect.stringContaining('probe function has no right to capacity.snapshot'),
    });
  });

  test('of one that it may read, what changes something refuses', async () => {
    const real = { snapshot: async () => ok('seen'), apply: async () => ok('changed') } as unknown as CapacityControl;
    const reading = only('plan', 'capacity', real, ['snapshot']);
    expect(await reading.snapshot(target, call)).toMatchObject({ ok: true, value: 'seen' });
    expect(await reading.apply(target, { kind: 'count', desired: 3 }, { epoch: 1, leaseUntil: 9 }, call)).toMatchObject({
      ok: false,
      code: 'refused',
    });
  });

  test('one that is loaded on demand is loaded once, at the first call', async () => {
    let loads = 0;
    const store = lazy<Pick<Store, 'get'>>(async () => ({ get: async (key) => ok({ key, version: ++loads, body: null }) }));
    expect(loads).toBe(0);
    await store.get('a', call);
    expect(await store.get('b', call)).toMatchObject({ value: { key: 'b' } });
    expect(await Promise.resolve(store)).toBe(store);
  });
});

describe('machines of a region', () => {
  const prefix = 'arn:aws:states:us-east-1:111111111111:stateMachine:evenkeel-shop-';
  function machines() {
    const asked: string[] = [];
    const inner: Machines = {
      async start(machine, name) {
        asked.push(`start ${machine} ${name}`);
        return ok({ executionId: 'arn', started: true });
      },
      async describe(id) {
        asked.push(`describe ${id}`);
        return ok({ status: 'RUNNING' });
      },
    };
    return { asked, region: new RegionMachines(inner, prefix) };
  }

  test('core’s name of an execution becomes its ARN; an ARN stays', async () => {
    const { asked, region } = machines();
    await region.describe('respond:respond-i1-1-0', call);
    await region.describe('arn:aws:states:us-east-1:111111111111:execution:x:y', call);
    expect(asked).toEqual([
      'describe arn:aws:states:us-east-1:111111111111:execution:evenkeel-shop-respond:respond-i1-1-0',
      'describe arn:aws:states:us-east-1:111111111111:execution:x:y',
    ]);
  });

  test('the undo of a shift, and no other, goes to the machine with the right to weights', async () => {
    const { asked, region } = machines();
    await region.start('undo', 'undo-shift-0a1b-2', {}, call);
    await region.start('undo', 'undo-failover-0a1b-2', {}, call);
    await region.describe('undo:undo-shift-0a1b-2', call);
    expect(asked).toEqual([
      'start undo-weights undo-shift-0a1b-2',
      'start undo undo-failover-0a1b-2',
      'describe arn:aws:states:us-east-1:111111111111:execution:evenkeel-shop-undo-weights:undo-shift-0a1b-2',
    ]);
  });

  test('a name that repeats its machine loses it: AWS allows no colon', async () => {
    const { asked, region } = machines();
    await region.start('undo', 'undo:undo-scale-1-2', {}, call);
    expect(asked).toEqual(['start undo undo-scale-1-2']);
  });
});

describe('the trace', () => {
  function trace(append: Store['append']) {
    const lines: string[] = [];
    const clock = { now: () => 5, sleep: async () => undefined };
    return {
      lines,
      trace: new StreamTrace({
        region: 'us-east-1',
        store: { append },
        clock,
        ids: { next: (kind) => `${kind}-1` },
        log: (line) => lines.push(line),
      }),
    };
  }
  const entry = { kind: 'PlanMade', subject: 's', incident: 'i1', data: {}, reason: 'because' } as const;

  test('entries of an incident reach its stream in the order of the decisions, and flush waits for them', async () => {
    const order: string[] = [];
    const { trace: one } = trace(async (stream, { body }) => {
      await Promise.resolve();
      order.push(`${stream} ${(body as { reason: string }).reason}`);
      return ok(order.length);
    });
    one.record({ ...entry, reason: 'first' });
    one.record({ ...entry, reason: 'second' });
    await one.flush();
    expect(order).toEqual(['timeline#i1 first', 'timeline#i1 second']);
  });

  test('an entry without an incident goes to the log alone; a stream that refuses is said there, too', async () => {
    const { trace: one, lines } = trace(async () => ({ ok: false, code: 'throttled', retryable: true, reason: 'full' }));
    const { incident: _, ...apart } = entry;
    one.record(apart);
    one.record(entry);
    await one.flush();
    expect(lines).toEqual(['PlanMade', 'PlanMade', 'TraceNotAppended']);
  });
});

test('a variable that should hold JSON says so when it does not', () => {
  const schema = z.object({ PEER_BUSES: jsonText(z.record(z.string(), z.string())) });
  expect(schema.parse({ PEER_BUSES: '{"a":"b"}' })).toEqual({ PEER_BUSES: { a: 'b' } });
  expect(() => schema.parse({ PEER_BUSES: 'not json' })).toThrow(/is not JSON/);
  expect(() => schema.parse({ PEER_BUSES: '[1]' })).toThrow();
});
