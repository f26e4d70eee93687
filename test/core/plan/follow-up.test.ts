import { beforeEach, describe, expect, test } from 'vitest';
import type { Observation, Outcome } from '../../../core/model/index.ts';
import { Plan, storeKey } from '../../../core/model/index.ts';
import { followTraffic } from '../../../core/plan/follow-up.ts';
import { operate } from '../../../core/plan/operator.ts';
import { checkout, checkoutGroup, shop, shopRegions } from '../../../simulator/scenarios/shop.ts';
import { writeItem } from '../../../simulator/trials/seed-items.ts';
import { configOf, type RegionBench, regionContext, startAt } from '../region-context.ts';

const here = 'eu-west-1';
const origins = { 'us-east-1': 'east', 'us-west-2': 'west' };
const behind = (cloudFront: object) =>
  configOf(shop([checkout({})], [checkoutGroup(4, { cloudFront: { distributionId: 'E1', ...cloudFront } })]));

const outcome: Outcome = {
  ...{ planId: 'failover-1', incidentId: 'inc-1', action: 'failover', alert: 'region-impaired', epoch: 1, steps: [], state: 'verified' },
  ...{ target: { service: 'checkout', region: 'us-east-1', group: 'checkout' }, startedAt: startAt, endedAt: startAt },
  ...{ avoid: ['us-east-1'], reason: 'every step proved itself' },
};

/** What every region says of every region; `sick` are seen as unhealthy. */
function observed(bench: RegionBench, sick: readonly string[]): void {
  for (const observer of shopRegions) {
    const views = shopRegions.map((region) => {
      const well = !sick.includes(region);
      return {
        group: 'checkout',
        region,
        status: well ? ('healthy' as const) : ('unhealthy' as const),
        score: well ? 1 : 0,
        responseMs: 30,
        since: 0,
        reason: '',
      };
    });
    const seen: Observation = { observer, at: startAt, abstains: false, reason: '', views, traffic: {} };
    const state = bench.states.get(here);
    if (state) writeItem(state, storeKey.observation(observer), seen);
  }
}

async function told(bench: RegionBench, over: Partial<Outcome> = {}, from = here): Promise<void> {
  await followTraffic(bench.ctx, { v: 1, type: 'OutcomeRecorded', from, sentAt: startAt, id: 'm', body: { ...outcome, ...over } });
}

const plansIn = (bench: RegionBench, region: string) =>
  [...(bench.states.get(region)?.items.values() ?? [])].flatMap(({ key, body }) => (key.startsWith('plan#') ? [Plan.parse(body)] : []));

let bench: RegionBench;
beforeEach(() => {
  bench = regionContext(behind({ originGroup: 'og', origins }), here);
  observed(bench, ['us-east-1']);
});

describe('a distribution follows a proven failover', () => {
  test('as a run of its own on the distribution, once, with nothing in the region that was left', async () => {
    await told(bench);
    await told(bench);
    expect(bench.started).toMatchObject([{ machine: 'shift' }]);
    const [plan, ...more] = plansIn(bench, here);
    expect(more).toEqual([]);
    expect(plan).toMatchObject({
      incident: 'inc-1',
      level: 'follow-up',
      target: { service: 'E1', region: here },
      successors: [here, 'us-west-2'],
    });
    expect(plan?.target.group).toBeUndefined();
    expect(plan?.steps.map(({ kind, args, undo }) => [kind, args.to, undo?.kind])).toEqual([
      ['prefer-origin', 'us-west-2', 'restore-origin'],
      ['prove', 'us-west-2', undefined],
    ]);
    expect([plansIn(bench, 'us-west-2').length, plansIn(bench, 'us-east-1').length]).toEqual([1, 0]);
  });

  test.each<[string, Partial<Outcome>, string]>([
    ['was undone', { state: 'undone' }, here],
    ['another region has told of', {}, 'us-west-2'],
    ['is of a service alone', { target: { service: 'checkout', region: 'us-east-1' } }, here],
    ['is a shift, whose own step moves it', { action: 'shift' }, here],
    ['left a region without an origin', { target: { ...outcome.target, region: here } }, here],
    [
      'is the return of a region that is not usually preferred',
      { action: 'failback', target: { ...outcome.target, region: 'us-west-2' } },
      here,
    ],
  ])('and none that %s', async (_what, over, from) => {
    await told(bench, over, from);
    expect(bench.started).toEqual([]);
  });

  test('not into a region that is sick, and not without an origin group', async () => {
    observed(bench, ['us-east-1', 'us-west-2']);
    await told(bench);
    const plain = regionContext(behind({ origins }), here);
    observed(plain, ['us-east-1']);
    await told(plain);
    expect([bench.started, plain.started]).toEqual([[], []]);
  });

  test('not while the distribution is frozen, which a person may do by its name, and says so', async () => {
    const frozen = await operate(bench.ctx, { command: 'freeze', target: `E1/${here}`, by: 'ann', reason: 'drill' });
    expect(frozen.ok).toBe(true);
    await told(bench);
    expect(bench.started).toEqual([]);
    expect(bench.of('PolicyRefused')[0]?.reason).toContain(
      'the distribution of checkout is left as it is: freeze/E1/eu-west-1 is on, by ann',
    );
  });
});

test('a distribution returns with the region that it usually prefers', async () => {
  observed(bench, []);
  await told(bench, { action: 'failback', planId: 'failback-1', avoid: [] });
  expect(plansIn(bench, here)[0]?.steps[0]?.args).toMatchObject({ group: 'checkout', to: 'us-east-1' });
});
