import { expect, test } from 'vitest';
import { putStored } from '../../../core/knowledge/stored.ts';
import { type Incident, storeKey } from '../../../core/model/index.ts';
import { shift } from '../../../core/plan/remedies/shift.ts';
import { checkout, checkoutGroup, shop, shopRegions } from '../../../simulator/scenarios/shop.ts';
import { configOf, regionContext, startAt } from '../region-context.ts';

const origins = { 'us-east-1': 'east', 'us-west-2': 'west' };
const incident: Incident = {
  ...{ id: 'inc-1', epoch: 1, subject: { service: 'checkout', region: 'us-east-1' }, region: 'us-east-1', alert: 'latency', cause: 'slow' },
  ...{
    locus: 'service',
    severity: 'critical',
    state: 'acting',
    attempt: 1,
    tried: [],
    openedAt: startAt,
    deadlineAt: startAt,
    reason: 'slow',
  },
};

/** The steps of a shift out of us-east-1 while the regions in `well` are answered with and healthy. */
async function stepsOf(share: number, cloudFront: object | undefined, well: readonly string[] = shopRegions) {
  const group = checkoutGroup(4, cloudFront === undefined ? {} : { cloudFront: { distributionId: 'E1', ...cloudFront } });
  const bench = regionContext(configOf(shop([checkout({})], [group])));
  const views = well.map((region) => ({ group: 'checkout', region, status: 'healthy', score: 1, responseMs: 1, since: 0, reason: 'seen' }));
  const seen = { observer: 'us-east-1', at: startAt, abstains: false, views, traffic: { checkout: well }, reason: 'seen' };
  await putStored(bench.ctx.ports.store, bench.clock, storeKey.observation('us-east-1'), seen, 0);
  const draft = await shift(bench.ctx, incident, { share });
  return draft.ok ? draft.value.steps.map((step) => [step.id, step.kind, step.args.to ?? null]) : draft.reason;
}

const weights = ['stage-1', 'set-weights', null];
const recover = ['recover', 'confirm-recovery', null];

test('the distribution follows a shift of half or more, after the weights', async () => {
  expect(await stepsOf(0.5, { originGroup: 'og', origins })).toEqual([weights, ['stage-2', 'prefer-origin', 'us-west-2'], recover]);
});

test.each<[string, number, object | undefined, readonly string[]]>([
  ['a smaller share, which an order cannot tell', 0.4, { originGroup: 'og', origins }, shopRegions],
  ['a group without a distribution', 0.5, undefined, shopRegions],
  ['a distribution without an origin group', 0.5, { origins }, shopRegions],
  ['an origin in a region that is not well', 0.5, { originGroup: 'og', origins }, ['us-east-1', 'eu-west-1']],
  ['no origin in the region that is left', 0.5, { originGroup: 'og', origins: { 'eu-west-1': 'a', 'us-west-2': 'b' } }, shopRegions],
])('it does not with %s', async (_what, share, cloudFront, well) => {
  expect(await stepsOf(share, cloudFront, well)).toEqual([weights, recover]);
});
