import { expect, test } from 'vitest';
import { type Decision, isAccepted, MemoryApprover } from '../../../adapters/memory/approver.ts';
import { createNotifierState, MemoryNotifier } from '../../../adapters/memory/notifier.ts';
import { createStoreState, MemoryStore } from '../../../adapters/memory/store.ts';
import { type Approval, failed, ok } from '../../../core/model/index.ts';
import type { Notifier } from '../../../core/ports/index.ts';
import { VirtualClock } from '../../../simulator/world/clock.ts';
import { SequentialIds } from '../../../simulator/world/ids.ts';

const call = { deadlineAt: 1e9 };
const approval: Approval = { planId: 'p', incident: 'i', what: 'lose data', expiresAt: 60_000, taskToken: 'task-1' };

function world(notifier?: Notifier, waiting = true) {
  const clock = new VirtualClock(0);
  const store = new MemoryStore(createStoreState(), clock);
  const decisions: [string | undefined, Decision][] = [];
  const told = notifier ?? new MemoryNotifier(createNotifierState(), clock);
  const approver = new MemoryApprover(store, told, clock, new SequentialIds('r'), ({ taskToken }, decision) => {
    decisions.push([taskToken, decision]);
    return waiting ? ok(undefined) : failed('superseded', 'nobody waits');
  });
  return { store, approver, decisions };
}

test('a decision wakes the machine that waits, once', async () => {
  const { approver, decisions } = world();
  const requested = await approver.request(approval, call);
  const token = requested.ok ? requested.value.token : '';
  await approver.decide(token, 'ada', true, 'lag is 1 s', call);
  await approver.decide(token, 'ada', true, 'again', call);
  expect(decisions).toEqual([['task-1', { by: 'ada', accept: true, reason: 'lag is 1 s', at: 0 }]]);
});

test('a request that nobody could be told of fails, and is no yes', async () => {
  const { approver, store } = world({ notify: async () => failed('unavailable', 'no topic') });
  expect(await approver.request(approval, call)).toMatchObject({ ok: false, code: 'unavailable' });
  expect(await isAccepted(store, 'approval-r-1', call)).toEqual({ ok: true, value: false });
});

test('open requests can be listed from the store', async () => {
  const { approver, store } = world();
  await approver.request(approval, call);
  expect(await store.query('approval#', 10, call)).toMatchObject({
    value: [{ key: 'approval#approval-r-1', body: { approval: { what: 'lose data' }, decision: null } }],
  });
});

test('a word for which no machine waits any more stands, and whoever gave it is told so', async () => {
  const { approver } = world(undefined, false);
  const requested = await approver.request(approval, call);
  const token = requested.ok ? requested.value.token : '';
  expect(await approver.decide(token, 'ada', true, 'late', call)).toMatchObject({ ok: false, code: 'superseded' });
  expect(await approver.decide(token, 'bob', false, 'later', call)).toMatchObject({ ok: false, code: 'conflict' });
});
