import { expect, test } from 'vitest';
import { createStoreState, MemoryStore } from '../../../adapters/memory/store.ts';
import { VirtualClock } from '../../../simulator/world/clock.ts';

const call = { deadlineAt: 1e9 };

test('a body that DynamoDB would not take is invalid and is not stored', async () => {
  const store = new MemoryStore(createStoreState(), new VirtualClock(0));
  for (const body of [Number.NaN, { deep: [1, Number.POSITIVE_INFINITY] }, { text: 'x'.repeat(400 * 1024) }]) {
    expect(await store.put({ key: 'detector#x', body }, 0, call)).toMatchObject({ ok: false, code: 'invalid' });
    expect(await store.append('incident#1#t', { id: 'a', body }, call)).toMatchObject({ ok: false, code: 'invalid' });
  }
  expect(await store.query('', 10, call)).toEqual({ ok: true, value: [] });
});

test('a peer goes by its own clock: what it takes for aged is still there for the others', async () => {
  const clock = new VirtualClock(0);
  const state = createStoreState();
  const store = new MemoryStore(state, clock);
  const ahead = new MemoryStore(state, clock.skewed(2000));
  await store.put({ key: 'observation#a', body: 1, expiresAt: 1000 }, 0, call);
  expect(await ahead.get('observation#a', call)).toEqual({ ok: true, value: null });
  expect(await store.get('observation#a', call)).toMatchObject({ value: { body: 1 } });
});
