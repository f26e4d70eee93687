import { expect, test } from 'vitest';
import { putStored } from '../../../core/knowledge/stored.ts';
import { type JsonObject, storeKey } from '../../../core/model/index.ts';
import { shift } from '../../../core/plan/remedies/shift.ts';
import { checkout, checkoutGroup, ecs, shop, shopRegions } from '../../../simulator/scenarios/shop.ts';
import { incidentOf } from '../incident-of.ts';
import { configOf, regionContext, startAt } from '../region-context.ts';

const origins = { 'us-east-1': 'east', 'us-west-2': 'west' };
const incident = incidentOf({ alert: 'latency', cause: 'slow', reason: 'slow' });

/** A shift out of us-east-1 while the other regions are answered with, and as well and as quick as told. */
async function draftOf(args: JsonObject, over: { slow?: number; dear?: number; perMinute?: number } = {}) {
  const measured = (region: string) => ({ ...ecs(4), targetGroups: [`arn:aws:elasticloadbalancing:${region}:1:targetgroup/checkout/1`] });
  const deployments = Object.fromEntries(shopRegions.map((region) => [region, measured(region)]));
  const config = shop([checkout({ deployments })], [checkoutGroup(4)]);
  const regions = config.regions.map((each) =>
    each.name === 'eu-west-1' && over.dear !== undefined ? { ...each, costFactor: over.dear } : each,
  );
  const bench = regionContext(configOf({ ...config, regions }));
  const views = shopRegions.map((region) => ({
    ...{ group: 'checkout', region, status: 'healthy', score: 1, since: 0, reason: 'seen' },
    responseMs: region === 'eu-west-1' ? (over.slow ?? 100) : 100,
  }));
  const seen = { observer: 'us-east-1', at: startAt, abstains: false, views, traffic: { checkout: shopRegions }, reason: 'seen' };
  await putStored(bench.ctx.ports.store, bench.clock, storeKey.observation('us-east-1'), seen, 0);
  if (over.perMinute !== undefined) {
    const dimensions = { TargetGroup: 'targetgroup/checkout/1' };
    for (const [minutesAgo, part] of [
      [2, 1],
      [1, 0.1],
    ] as const) {
      const datum = { name: 'RequestCount', dimensions, value: over.perMinute * part, at: startAt - minutesAgo * 60_000 };
      bench.cloudwatch.put('AWS/ApplicationELB', datum, 0);
    }
  }
  const draft = await shift(bench.ctx, incident, args);
  if (!draft.ok) return draft.reason;
  return draft.value.steps.flatMap(({ args: { weights } }) => (weights === undefined ? [] : [weights]));
}

test('half of the traffic of one of three equal regions is spread evenly', async () => {
  expect(await draftOf({ share: 0.5 })).toEqual([{ 'us-east-1': 102, 'eu-west-1': 255, 'us-west-2': 255 }]);
});

test('a slower or dearer region gets less of it', async () => {
  const less = { 'us-east-1': 87, 'eu-west-1': 180, 'us-west-2': 255 };
  expect(await draftOf({ share: 0.5 }, { slow: 200 })).toEqual([less]);
  expect(await draftOf({ share: 0.5 }, { dear: 2 })).toEqual([less]);
});

test('a ramp goes there in stages of a tenth', async () => {
  const stages = await draftOf({ share: 0.3, rampShare: 0.1 });
  expect(stages).toEqual([
    { 'us-east-1': 219, 'eu-west-1': 255, 'us-west-2': 255 },
    { 'us-east-1': 185, 'eu-west-1': 255, 'us-west-2': 255 },
    { 'us-east-1': 155, 'eu-west-1': 255, 'us-west-2': 255 },
  ]);
});

test('what the units of the others do not carry is not shifted', async () => {
  // A third of it is 100 a second here: 300 in all, and the two others carry 160 each below 80 % of their units.
  expect(await draftOf({ share: 0.5 }, { perMinute: 6_000 })).toEqual([{ 'us-east-1': 102, 'eu-west-1': 255, 'us-west-2': 255 }]);
  expect(await draftOf({ share: 0.5 }, { perMinute: 9_000 })).toBe(
    'the units of eu-west-1, us-west-2 have no room for 50 % of what us-east-1 serves',
  );
});

test('less than five points of the traffic is noise, and moves nothing', async () => {
  expect(await draftOf({ share: 0.1 })).toBe("no region's share would change by more than 5 %");
});

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
