import { expect, test } from 'vitest';
import { judgeRegions } from '../../../core/analyze/incidents.ts';
import { putStored } from '../../../core/knowledge/stored.ts';
import { type Observation, standingKey, unknownStanding } from '../../../core/model/index.ts';
import { regionContext, shopConfig, startAt } from '../region-context.ts';

const group = 'checkout';
const quietMs = 600_000;

/** All see us-east-1 as impaired, a moment after its traffic came back. */
async function heldIn(region: string) {
  const bench = regionContext(shopConfig(), region);
  const standing = { ...unknownStanding(group, 'us-east-1'), epoch: 4, quietUntil: startAt + quietMs };
  await putStored(bench.ctx.ports.store, bench.clock, standingKey(group, 'us-east-1'), standing, 0);
  const look = () => {
    const at = bench.clock.now();
    const observers = ['eu-west-1', 'us-west-2'];
    const views = ['us-east-1', ...observers].map((each) => {
      const status = each === 'us-east-1' ? ('unhealthy' as const) : ('healthy' as const);
      return { group, region: each, status, score: status === 'healthy' ? 1 : 0, responseMs: 50, since: startAt, reason: 'a test' };
    });
    const seen = observers.map((observer): Observation => ({ observer, at, abstains: false, views, traffic: {}, reason: 'a test' }));
    return judgeRegions(bench.ctx, seen);
  };
  return { bench, look };
}

test('a quorum that is held right after a return pages a person, once, in the region that would act', async () => {
  const [first, second] = [await heldIn('eu-west-1'), await heldIn('us-west-2')];
  for (const { bench, look } of [first, second])
    for (let slot = 0; slot < 4; slot += 1) {
      await look();
      await bench.pass(20);
    }
  const heard = first.bench.notified.sent.map(({ notification }) => [notification.id, notification.page]);
  expect(heard).toEqual([['held/checkout/us-east-1/4', true]]);
  expect(second.bench.notified.sent).toEqual([]);
  expect(first.bench.of('IncidentOpened')).toEqual([]);
});

test('when the hold is over the incident is opened as any other', async () => {
  const { bench, look } = await heldIn('eu-west-1');
  await look();
  await bench.pass(600);
  await look();
  expect(bench.of('IncidentOpened')).toHaveLength(1);
});
