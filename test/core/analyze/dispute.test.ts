import { expect, test } from 'vitest';
import { judgeRegions } from '../../../core/analyze/incidents.ts';
import { putStored } from '../../../core/knowledge/stored.ts';
import { type Observation, type Standing, standingKey, unknownStanding } from '../../../core/model/index.ts';
import { type RegionBench, regionContext, shopConfig, startAt } from '../region-context.ts';

const group = 'checkout';
const subject = 'us-east-1';
const bench = () => regionContext(shopConfig(), 'eu-west-1');

/** For so many seconds eu-west-1 sees us-east-1 as impaired while us-west-2 sees it well. */
async function disagree(of: RegionBench, seconds: number, sick = true): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 20) {
    const seen = ['eu-west-1', 'us-west-2'].map((observer): Observation => {
      const status = sick && observer === 'eu-west-1' ? 'unhealthy' : 'healthy';
      const view = { group, region: subject, status, score: 1, responseMs: 50, since: startAt, reason: `it is ${status}` } as const;
      return { observer, at: of.clock.now(), abstains: false, views: [view], traffic: {}, reason: 'a test' };
    });
    await judgeRegions(of.ctx, seen);
    await of.pass(20);
  }
}

const told = ({ notified }: RegionBench) => notified.sent.map(({ notification }) => [notification.title, notification.page]);

test('observers that disagree for a minute are told of, once and without a page, and nothing is opened', async () => {
  const of = bench();
  await disagree(of, 60);
  expect(told(of)).toEqual([]);
  await disagree(of, 600);
  expect(told(of)).toEqual([['observers disagree about us-east-1 for checkout', false]]);
  expect(of.of('IncidentOpened')).toEqual([]);
});

test('a dispute that comes and goes is no dispute, and one that comes again after it was over is told again', async () => {
  const of = bench();
  for (let time = 0; time < 5; time += 1) {
    await disagree(of, 40);
    await disagree(of, 20, false);
  }
  expect(told(of)).toEqual([]);
  for (let time = 0; time < 2; time += 1) {
    await disagree(of, 100);
    await disagree(of, 20, false);
  }
  expect(told(of)).toHaveLength(2);
});

test('of a region that is drained already nobody is told again', async () => {
  const of = bench();
  const drained: Standing = { ...unknownStanding(group, subject), drained: true };
  await putStored(of.ctx.ports.store, of.clock, standingKey(group, subject), drained, 0);
  await disagree(of, 300);
  expect(told(of)).toEqual([]);
});
