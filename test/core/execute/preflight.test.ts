import { describe, expect, it } from 'vitest';
import { createDatabase } from '../../../adapters/memory/data-control.ts';
import { preflight } from '../../../core/execute/kinds/preflight.ts';
import { failed, type HealthState, type JsonObject, ok, storeKey } from '../../../core/model/index.ts';
import { checkout, checkoutGroup, shop } from '../../../simulator/scenarios/shop.ts';
import { writeItem } from '../../../simulator/trials/seed-items.ts';
import { configOf, keepHealth, type RegionBench, regionContext, shopConfig } from '../region-context.ts';
import { withMethods } from '../with-methods.ts';
import { planOf, raise, runOf } from './planned-run.ts';

const here = 'eu-west-1';
const target = { service: 'checkout', region: here };
const bench = () => regionContext(shopConfig(), here);

async function checked(of: RegionBench, args: JsonObject = {}) {
  const scope = { ctx: of.ctx, plan: planOf([raise]), run: runOf(), before: null, result: null, appliedAt: of.clock.now() };
  const whole = { group: 'checkout', subject: 'us-east-1', to: here, needs: [], databases: [], ...args };
  return preflight.look(whole, scope);
}

function see(of: RegionBench, observer: string, status: HealthState, over: JsonObject = {}) {
  const at = of.clock.now();
  const view = { group: 'checkout', region: here, status, score: 1, responseMs: 1, since: at, reason: `it is ${status}` };
  const state = of.states.get(here);
  const seen = { observer, at, abstains: false, views: [view], traffic: {}, reason: 'a test', ...over };
  if (state) writeItem(state, storeKey.observation(observer), seen);
}

/** The region that is to take the traffic, as us-west-2 sees it well. */
function seenWell(): RegionBench {
  const of = bench();
  see(of, 'us-west-2', 'healthy');
  return of;
}

describe('before traffic is moved to a region', () => {
  it('somebody outside both regions must see it well, just now', async () => {
    expect(await checked(seenWell())).toMatchObject({ verdict: 'pass', reason: expect.stringContaining('is reached from us-west-2') });
    const unseen = bench();
    expect(await checked(unseen)).toMatchObject({ verdict: 'inconclusive', reason: `nobody outside ${here} has a fresh view of it` });
    const stale = seenWell();
    await stale.pass(stale.ctx.config.thresholds.quorumStalenessSeconds);
    expect(await checked(stale)).toMatchObject({ verdict: 'inconclusive' });
  });

  it('its own word, that of the region that fails and that of an observer who abstains do not count', async () => {
    const of = bench();
    see(of, here, 'healthy');
    see(of, 'us-east-1', 'unhealthy');
    see(of, 'us-west-2', 'healthy', { abstains: true });
    expect(await checked(of)).toMatchObject({ verdict: 'inconclusive' });
  });

  it('one who cannot use it is enough to refuse, for good', async () => {
    const of = bench();
    see(of, 'us-west-2', 'unhealthy');
    expect(await checked(of)).toMatchObject({ verdict: 'fail', final: true, reason: 'us-west-2 cannot use eu-west-1: it is unhealthy' });
  });

  it('of two regions there is nobody outside to ask', async () => {
    const two = ['us-east-1', here];
    const group = checkoutGroup(1);
    const records = group.records.map((each) => ({
      ...each,
      regions: Object.fromEntries(Object.entries(each.regions).filter(([name]) => two.includes(name))),
    }));
    const world = shop([checkout({}, two)], [{ ...group, records }], { regions: two.map((name) => ({ name })) });
    expect(await checked(regionContext(configOf(world), here))).toMatchObject({ verdict: 'pass' });
  });

  it.each([
    [0.5, 'pass'],
    [0, 'fail'],
    [-2, 'fail'],
  ] as const)('a certificate that holds %d days is a %s', async (certificateDays, verdict) => {
    const of = seenWell();
    await keepHealth(of.ctx, {
      health: { subject: target, at: of.clock.now(), status: 'healthy', score: 1, dimensions: {}, reason: 'well', evidence: [] },
      since: of.clock.now(),
      endpoints: {
        health: {
          ...{ status: 'healthy', failures: 0, successes: 9, at: of.clock.now(), responseMs: 1, weight: 1, dimension: 'liveness' },
          ...{ sickAddresses: [], addresses: 1, last: 'pass', reason: 'well', certificateDays },
        },
      },
    });
    expect(await checked(of)).toMatchObject({ verdict });
  });

  it.each([
    [8, 'pass'],
    [9, 'fail'],
  ] as const)('a quota of 8 units for %d of them is a %s', async (desired, verdict) => {
    const of = seenWell();
    for (const service of Object.values(of.capacity.services)) service.quota = { limit: 8, usedElsewhere: 0 };
    expect(await checked(of, { needs: [{ target, desired }] })).toMatchObject({ verdict });
    // Quotas are each region's own, and only that of this one can be read here.
    expect(await checked(of, { needs: [{ target: { ...target, region: 'us-west-2' }, desired }] })).toMatchObject({ verdict: 'pass' });
  });

  it('a quota that cannot be read keeps nobody in a dead region', async () => {
    const of = seenWell();
    of.ctx.ports.capacity = withMethods(of.ctx.ports.capacity, { quota: async () => failed('unavailable', 'no answer') });
    expect(await checked(of, { needs: [{ target, desired: 500 }] })).toMatchObject({ verdict: 'pass' });
  });

  it('a replica there must be close, and be known to be', async () => {
    const of = seenWell();
    const database = createDatabase('orders', 'rds', ['us-east-1', here]);
    const member = database.members[1];
    of.ctx.ports.data = withMethods(of.ctx.ports.data, { status: async () => ok(database) });
    const asked = { databases: [{ id: 'orders', lagSecondsMax: 5 }] };
    if (member) member.lagSeconds = 5;
    expect(await checked(of, asked)).toMatchObject({ verdict: 'pass' });
    if (member) member.lagSeconds = 6;
    expect(await checked(of, asked)).toMatchObject({ verdict: 'fail', reason: 'orders in eu-west-1 lags 6 s; 5 s are allowed' });
    if (member) Object.assign(member, { lagSeconds: 0, status: 'unavailable' });
    expect(await checked(of, asked)).toMatchObject({ verdict: 'fail', reason: 'orders is not available in eu-west-1' });
    of.ctx.ports.data = withMethods(of.ctx.ports.data, { status: async () => failed('unavailable', 'no answer') });
    expect(await checked(of, asked)).toMatchObject({ verdict: 'inconclusive' });
  });
});
