import { expect, test } from 'vitest';
import { MemoryBus, MemoryNetwork } from '../../../adapters/memory/bus.ts';
import { MemoryTrafficControl, type ServerAnswer } from '../../../adapters/memory/traffic-control.ts';
import type { DrainRequest } from '../../../core/model/index.ts';
import { VirtualClock } from '../../../simulator/world/clock.ts';
import { SequentialIds } from '../../../simulator/world/ids.ts';
import { drain } from './drain.ts';

const call = { deadlineAt: 5000 };
const noOrigins = { origins: () => undefined, setOrigins: () => undefined };

function world(answers: ServerAnswer[] = []) {
  const clock = new VirtualClock(0);
  const network = new MemoryNetwork(['a', 'b', 'c'], clock, () => [10]);
  const route53 = {
    answers: () => answers,
    castVote: () => undefined,
    weights: () => undefined,
    setWeights: () => undefined,
    ...noOrigins,
  };
  const bus = new MemoryBus(network, 'a', clock);
  const ids = new SequentialIds('a');
  const traffic = new MemoryTrafficControl({ region: 'a', clock, ids, bus, voters: () => ['a', 'b', 'c'], world: route53, epochs: {} });
  return { clock, network, traffic };
}

test('a request that does not reach every voter names those that it did not reach; the others got it', async () => {
  const { clock, network, traffic } = world();
  const got: string[] = [];
  for (const region of ['a', 'b', 'c']) network.handle(region, (message) => got.push(`${region}: ${message.type}`));
  network.cut('a', 'c');
  const request: DrainRequest = { phase: 'grant', incident: 'i', group: 'g', subject: 'd', epoch: 1, requester: 'a', reason: 'r' };
  const sent = traffic.requestDrain(request, call);
  await clock.run(6000, drain);
  expect(await sent).toEqual({
    ok: false,
    code: 'unavailable',
    retryable: true,
    reason: 'not told: c (no answer before the deadline 5000)',
  });
  expect(got).toEqual(['a: DrainRequested', 'b: DrainRequested']);
});

test('a region is out of the answers only when no server that answers names it any more', async () => {
  const observed = async (answers: ServerAnswer[]) => {
    const traffic = await world(answers).traffic.observe('g', call);
    return traffic.ok ? traffic.value.regions : traffic.code;
  };
  const [fresh, old] = [
    { server: 'ns-1', regions: ['b', 'c'], rcode: 'NOERROR' },
    { server: 'ns-2', regions: ['a', 'b'], rcode: 'NOERROR' },
  ];
  expect(await observed([fresh, old])).toEqual(['b', 'c', 'a']);
  expect(await observed([fresh, { ...old, rcode: 'SERVFAIL' }])).toEqual(['b', 'c']);
  expect(await observed([{ ...fresh, regions: [], rcode: 'TIMEOUT' }])).toEqual([]);
});
