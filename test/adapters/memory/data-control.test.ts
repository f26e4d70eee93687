import { expect, test } from 'vitest';
import { createDatabase, createDataState, MemoryDataControl } from '../../../adapters/memory/data-control.ts';
import { type DatabaseStatus, ok } from '../../../core/model/index.ts';
import { VirtualClock } from '../../../simulator/world/clock.ts';

const fence = { epoch: 1, leaseUntil: 1e9 };
const call = { deadlineAt: 1e9 };

function world(kind: DatabaseStatus['kind'] = 'aurora-global') {
  const clock = new VirtualClock(0);
  const state = createDataState();
  const database = createDatabase('orders', kind, ['a', 'b', 'c']);
  state.databases.orders = database;
  const data = new MemoryDataControl(state, clock, async (token) => ok(token === 'yes'));
  const verdict = async (writer: string) => {
    const look = await data.verify('orders', writer, call);
    return look.ok ? look.value.verdict : look.code;
  };
  return { clock, database, data, verdict, wait: (ms: number) => clock.run(clock.now() + ms, async () => undefined) };
}

test('a switchover takes both ends out while it lasts and loses nothing', async () => {
  const { database, data, wait } = world();
  for (const member of database.members) member.lagSeconds = 2;
  await data.switchover('orders', 'b', fence, call);
  expect(database.members.map((member) => member.status)).toEqual(['switching', 'switching', 'available']);
  await wait(60_000);
  expect(await data.status('orders', call)).toMatchObject({
    value: { writer: 'b', members: [{ status: 'available' }, { lagSeconds: 0 }, {}] },
  });
  expect(database.lostSeconds).toBe(0);
});

test('a failover loses what was not replicated and leaves the lost member as it is', async () => {
  const { database, data, verdict, wait } = world();
  for (const member of database.members) Object.assign(member, member.region === 'a' ? { status: 'unavailable' } : { lagSeconds: 7 });
  await data.failover('orders', 'b', fence, 'yes', call);
  expect(await verdict('b')).toBe('inconclusive');
  await wait(90_000);
  expect(await verdict('b')).toBe('pass');
  expect([database.lostSeconds, database.members[0]?.status]).toEqual([7, 'unavailable']);
});

test('a change of the writer that never ends is a failure', async () => {
  const { database, data, verdict, wait } = world();
  database.neverEnds = true;
  await data.switchover('orders', 'b', fence, call);
  await wait(1e6);
  expect(await verdict('b')).toBe('fail');
});

test('what cannot be done is refused by name', async () => {
  const { database, data } = world();
  const [, , third] = database.members;
  if (third) third.status = 'unavailable';
  expect(await data.switchover('orders', 'c', fence, call)).toMatchObject({ code: 'refused' });
  await data.switchover('orders', 'b', fence, call);
  if (third) third.status = 'available';
  expect(await data.failover('orders', 'c', fence, 'yes', call)).toMatchObject({ code: 'conflict' });
  expect(await world('dynamodb-global').data.switchover('orders', 'b', fence, call)).toMatchObject({ code: 'invalid' });
});
