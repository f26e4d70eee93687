import { describe, expect, test } from 'vitest';
import { type Carriage, MemoryBus, MemoryNetwork } from '../../../adapters/memory/bus.ts';
import type { Message } from '../../../core/model/index.ts';
import { VirtualClock } from '../../../simulator/world/clock.ts';
import { drain } from './drain.ts';

const call = { deadlineAt: 5000 };

function message(id: string): Message {
  const body = { region: 'a', at: 0, version: '1', withheld: ['checkout'] };
  return { v: 1, type: 'Heartbeat', from: 'a', sentAt: 0, id, body };
}

/** Regions a and b; what arrives in b, with its time. */
function world(carriage: Carriage = () => [100]) {
  const clock = new VirtualClock(0);
  const network = new MemoryNetwork(['a', 'b'], clock, carriage);
  const arrived: string[] = [];
  network.handle('b', (received) => arrived.push(`${received.id} at ${clock.now()}`));
  return { clock, network, arrived, bus: new MemoryBus(network, 'a', clock) };
}

describe('the memory network', () => {
  test('never delivers inside send, even without any delay', async () => {
    const { bus, arrived, clock } = world(() => [0]);
    await bus.send('b', message('m'), call);
    await drain();
    expect(arrived).toEqual([]);
    await clock.run(0, drain);
    expect(arrived).toEqual(['m at 0']);
  });

  test('delays, doubles, reorders and loses as the world says', async () => {
    const delays: Record<string, number[]> = { slow: [300], twice: [10, 200], lost: [], quick: [20] };
    const { bus, arrived, clock } = world((_from, _to, { id }) => delays[id] ?? []);
    for (const id of Object.keys(delays)) expect(await bus.send('b', message(id), call)).toMatchObject({ ok: true });
    await clock.run(1000, drain);
    expect(arrived).toEqual(['twice at 10', 'quick at 20', 'twice at 200', 'slow at 300']);
  });

  test('tells the world who sends what to whom', async () => {
    const seen: unknown[] = [];
    const { bus } = world((from, to, { id }) => {
      seen.push([from, to, id]);
      return [];
    });
    await bus.publish(message('own'), call);
    await bus.send('b', message('peer'), call);
    expect(seen).toEqual([
      ['a', 'a', 'own'],
      ['a', 'b', 'peer'],
    ]);
  });

  test('a cut link loses the message and the sender times out at the deadline', async () => {
    const { bus, network, arrived, clock } = world();
    network.cut('a', 'b');
    const times: number[] = [];
    const sent = bus.send('b', message('m'), call).finally(() => times.push(clock.now()));
    await clock.run(9000, drain);
    expect(await sent).toMatchObject({ ok: false, code: 'timeout' });
    expect([arrived, times]).toEqual([[], [5000]]);
  });

  test('a link that is cut on the way back delivers although the sender times out', async () => {
    const { bus, network, arrived, clock } = world();
    network.cut('b', 'a');
    const sent = bus.send('b', message('m'), call);
    await clock.run(9000, drain);
    expect(await sent).toMatchObject({ ok: false, code: 'timeout' });
    expect(arrived).toEqual(['m at 100']);
  });

  test('a mended link carries again, and the own bus never needed it', async () => {
    const { bus, network, arrived, clock } = world();
    network.cut('a', 'b');
    network.cut('b', 'a');
    expect(await bus.publish(message('own'), call)).toMatchObject({ ok: true });
    network.mend('a', 'b');
    network.mend('b', 'a');
    expect(await bus.send('b', message('m'), call)).toMatchObject({ ok: true });
    await clock.run(1000, drain);
    expect(arrived).toEqual(['m at 100']);
  });

  test('what the sender changes afterwards does not arrive, nor what another receiver does', async () => {
    const clock = new VirtualClock(0);
    const network = new MemoryNetwork(['a'], clock, () => [10, 20]);
    const withheld: string[][] = [];
    network.handle('a', (received) => {
      if (received.type !== 'Heartbeat') return;
      withheld.push([...received.body.withheld]);
      received.body.withheld.push('by the first receiver');
    });
    const sent = message('m');
    await new MemoryBus(network, 'a', clock).publish(sent, call);
    if (sent.type === 'Heartbeat') sent.body.withheld.push('by the sender');
    await clock.run(100, drain);
    expect(withheld).toEqual([['checkout'], ['checkout']]);
  });

  test('a region without a handler drops what arrives, and one outside the network cannot have a handler', async () => {
    const { bus, network, arrived, clock } = world();
    network.handle('b', null);
    await bus.send('b', message('m'), call);
    await clock.run(1000, drain);
    expect(arrived).toEqual([]);
    expect(() => network.handle('nowhere', () => undefined)).toThrow('nowhere');
  });
});
