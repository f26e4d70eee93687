import { expect, it } from 'vitest';
import { republishVotes } from '../../../core/analyze/vote.ts';
import { type HealthState, ok, storeKey, type Vote } from '../../../core/model/index.ts';
import { checkout, checkoutGroup, shop } from '../../../simulator/scenarios/shop.ts';
import { writeItem } from '../../../simulator/trials/seed-items.ts';
import { configOf, regionContext } from '../region-context.ts';

const [own, peer, third] = ['us-east-1', 'eu-west-1', 'us-west-2'] as const;

interface Seen {
  own: HealthState;
  peer?: HealthState;
  answers?: string[];
  abstains?: boolean;
  ageSeconds?: number;
}

/** What the region publishes in a minute: its votes on others, and about itself. */
async function castBy(seen: Seen | null, regions: readonly string[] = [own, peer]): Promise<Vote[]> {
  const group = checkoutGroup(1, {
    records: [{ name: 'checkout.example.com', regions: Object.fromEntries(regions.map((region) => [region, { values: ['192.0.2.1'] }])) }],
  });
  const bench = regionContext(configOf(shop([checkout({}, regions)], [group], { regions: regions.map((name) => ({ name })) })), own);
  const cast: Vote[] = [];
  bench.ctx.ports.traffic.castVote = async (vote) => {
    cast.push(vote);
    return ok(undefined);
  };
  const state = bench.states.get(own);
  if (seen !== null && state !== undefined) {
    const view = (region: string, status: HealthState) => ({
      ...{ group: 'checkout', region, status },
      ...{ score: 1, responseMs: 1, since: 0, reason: 'seen' },
    });
    writeItem(state, storeKey.observation(own), {
      observer: own,
      at: bench.clock.now() - (seen.ageSeconds ?? 0) * 1000,
      abstains: seen.abstains ?? false,
      views: [view(own, seen.own), view(peer, seen.peer ?? 'healthy')],
      traffic: seen.answers === undefined ? {} : { checkout: seen.answers },
      reason: 'seen',
    });
  }
  await republishVotes(bench.ctx);
  return cast;
}

const beats = async (seen: Seen | null) => (await castBy(seen)).some(({ voter, subject }) => voter === subject);

it.each<[string, Seen | null, boolean]>([
  ['a region that is well', { own: 'healthy', answers: [own, peer] }, true],
  ['one that is well and does not know what the name servers answer', { own: 'healthy' }, true],
  ['one that is well while the name servers say nothing', { own: 'healthy', answers: [] }, true],
  ['one whose own probes fail', { own: 'unhealthy', answers: [own, peer] }, false],
  ['one that does not trust itself', { own: 'healthy', answers: [own, peer], abstains: true }, false],
  ['one that has not looked for minutes', { own: 'healthy', answers: [own, peer], ageSeconds: 300 }, false],
  ['one that has seen nothing yet', null, false],
  ['one that is left out, and well again: a person starts the way back', { own: 'healthy', answers: [peer] }, false],
  ['one that is left out while the other fails', { own: 'healthy', peer: 'unhealthy', answers: [peer] }, true],
])('of two regions, the heart of %s', async (_what, seen, expected) => expect(await beats(seen)).toBe(expected));

it('a region of three says nothing of itself', async () => {
  const cast = await castBy({ own: 'healthy', answers: [own, peer, third] }, [own, peer, third]);
  expect(cast.map(({ subject, drain }) => [subject, drain])).toEqual([
    [peer, false],
    [third, false],
  ]);
});
