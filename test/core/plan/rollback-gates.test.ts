import { describe, expect, test } from 'vitest';
import { createReleases, divide, type ServiceReleases, startRollout } from '../../../adapters/memory/release-control.ts';
import { putStored } from '../../../core/knowledge/stored.ts';
import { calmWatch, type WatchedRelease, watchKey } from '../../../core/knowledge/watch-state.ts';
import { type Incident, type Observation, storeKey } from '../../../core/model/index.ts';
import { circumstance } from '../../../core/plan/circumstances.ts';
import { remediate } from '../../../core/plan/remediate.ts';
import { rollback } from '../../../core/plan/remedies/rollback.ts';
import { checkout, checkoutGroup, shop, shopRegions } from '../../../simulator/scenarios/shop.ts';
import { incidentOf } from '../incident-of.ts';
import { configOf, type RegionBench, regionContext, startAt } from '../region-context.ts';

const minuteMs = 60_000;
const here = 'us-east-1';
const lambda = { kind: 'lambda' as const, function: 'checkout', baselineUnits: 4, maxUnits: 24 };

const incident = (over: Partial<Incident> = {}) => incidentOf({ locus: 'release', onsetAt: startAt - 2 * minuteMs, ...over });

/** v2 came ten minutes ago, v1 a week before. */
const recent = (minutes = 10) => [
  { version: 'v1', at: startAt - 7 * 1440 * minuteMs },
  { version: 'v2', at: startAt - minutes * minuteMs },
];

function bench(kind: 'ecs' | 'lambda', released: ServiceReleases): RegionBench {
  const deployments = Object.fromEntries(shopRegions.map((region) => [region, lambda]));
  const config = configOf(shop([checkout(kind === 'lambda' ? { deployments } : {})], [checkoutGroup(4)]));
  const made = regionContext(config);
  made.releases.services[`checkout/${here}`] = released;
  return made;
}

async function answer(of: RegionBench, about = incident()): Promise<string> {
  const draft = await rollback(of.ctx, about, {});
  return draft.ok ? `to ${String(draft.value.steps[0]?.args.release)}: ${draft.value.reason}` : `${draft.code}: ${draft.reason}`;
}

async function watch(of: RegionBench, over: Partial<WatchedRelease>): Promise<void> {
  const release: WatchedRelease = {
    ...{ service: 'checkout', id: 'v2', version: 'v2', at: startAt, state: 'watched', incident: null, held: null, replaced: 'v1' },
    ...{ share: 1, shareSince: 0, against: null, before: {}, canary: null, ...over },
  };
  await putStored(of.ctx.ports.store, of.clock, watchKey, { ...calmWatch, releases: { checkout: release } }, 0);
}

describe.each(['ecs', 'lambda'] as const)('a rollback of %s', (kind) => {
  const releases = (versions: readonly { version: string; at: number }[]) => createReleases(versions, minuteMs, kind === 'lambda');

  test('goes back to the release before, when it came shortly before the trouble', async () => {
    expect(await answer(bench(kind, releases(recent())))).toMatch(
      /^to v1: roll checkout in us-east-1 back from v2 \(released 480 s before\) to v1/,
    );
  });

  test('is refused when there is no previous release', async () => {
    expect(await answer(bench(kind, releases(recent().slice(1))))).toBe('refused: no previous release of checkout in us-east-1 exists');
  });

  test('is refused when the release is older than two hours before the onset', async () => {
    expect(await answer(bench(kind, releases(recent(130))))).toBe(
      'refused: no rollback of checkout in us-east-1: the last release, v2, is 128 min older than what began; 120 min are answered',
    );
    // An incident that was opened late is judged by when it began.
    const late = incident({ onsetAt: startAt - 20 * minuteMs });
    expect(await answer(bench(kind, releases(recent(130))), late)).toMatch(/^to v1/);
  });

  test('is refused when the release came after the trouble began: it may be the cure', async () => {
    const before = incident({ onsetAt: startAt - 30 * minuteMs });
    expect(await answer(bench(kind, releases(recent())), before)).toBe(
      'refused: no rollback of checkout in us-east-1: v2 was released 20 min after it began',
    );
  });

  test('is refused from another region', async () => {
    const elsewhere = incident({ subject: { service: 'checkout', region: 'eu-west-1' } });
    expect(await answer(bench(kind, releases(recent())), elsewhere)).toBe('refused: checkout is rolled back from its own region');
  });

  test('is refused while the regions on the old version are sick, and not because of those that released the same', async () => {
    const of = bench(kind, releases(recent()));
    const look = (observer: string, status: 'healthy' | 'unhealthy', over: Partial<Observation> = {}) => {
      const views = shopRegions.slice(1).map((region) => ({
        ...{ group: 'checkout', region, status, score: 1, responseMs: 1, since: 0, reason: 'seen' },
      }));
      const observation = { observer, at: of.clock.now(), abstains: false, views, traffic: {}, reason: 'seen', ...over };
      return putStored(of.ctx.ports.store, of.clock, storeKey.observation(observer), observation, 0);
    };
    await putStored(of.ctx.ports.store, of.clock, storeKey.incident('inc-1'), incident(), 0);
    await look('eu-west-1', 'unhealthy');
    await remediate(of.ctx, incident(), 1, '-');
    expect(of.of('PolicyRefused')[0]?.reason).toBe(
      'policy releaseGate refuses: 0 of 2 views of other regions on the old version are well: what is wrong there is not this release',
    );
    const same = bench(kind, releases(recent()));
    await putStored(same.ctx.ports.store, same.clock, storeKey.incident('inc-1'), incident(), 0);
    for (const observer of ['eu-west-1', 'us-west-2']) {
      const views = [{ group: 'checkout', region: observer, status: 'unhealthy', score: 0, responseMs: 1, since: 0, reason: 'seen' }];
      const news = [{ service: 'checkout', version: 'v2', at: startAt, state: 'watched' }];
      const observation = { observer, at: same.clock.now(), abstains: false, views, traffic: {}, releases: news, reason: 'seen' };
      await putStored(same.ctx.ports.store, same.clock, storeKey.observation(observer), observation, 0);
    }
    expect(await remediate(same.ctx, incident(), 1, '-')).toMatchObject({ code: 'ok', machine: 'rollback' });
  });

  test('takes back what is still being rolled out', async () => {
    const going = releases(recent());
    going.releases.unshift({ id: 'v3', version: 'v3', at: startAt - 3 * minuteMs, state: 'previous' });
    startRollout(going, 'v3', startAt);
    expect(await answer(bench(kind, going))).toMatch(/^to v2: roll checkout in us-east-1 back from v3 \(released 60 s before\)/);
  });

  test('“just released” and “a previous version exists” ask the same', async () => {
    const of = bench(kind, releases(recent()));
    expect(await circumstance(of.ctx, incident(), 'just-released')).toEqual({ holds: true, reason: 'v2 was released 480 s before' });
    expect(await circumstance(of.ctx, incident(), 'previous-version-exists')).toEqual({ holds: true, reason: 'v1 exists' });
    const old = bench(kind, releases(recent(200).slice(1)));
    expect(await circumstance(old.ctx, incident(), 'just-released')).toMatchObject({ holds: false });
    expect(await circumstance(old.ctx, incident(), 'previous-version-exists')).toMatchObject({ holds: false });
  });
});

describe('an alias', () => {
  /** Three versions were published days ago; the alias says which one serves. */
  function published(stable: string): ServiceReleases {
    const released = createReleases(
      ['v1', 'v2', 'v3'].map((version, day) => ({ version, at: startAt - (9 - day) * 1440 * minuteMs })),
      minuteMs,
      true,
    );
    divide(released, { stable, canary: null, share: 0 });
    return released;
  }

  test('that was moved lately to a version of old is to blame from when it was moved', async () => {
    const of = bench('lambda', published('v2'));
    expect(await answer(of)).toContain('min older than what began');
    await watch(of, { at: startAt - 5 * minuteMs });
    expect(await answer(of)).toMatch(/^to v1: roll checkout in us-east-1 back from v2 \(released 180 s before\)/);
  });

  test('goes back to what it pointed to before, not to what was published before', async () => {
    const of = bench('lambda', published('v3'));
    await watch(of, { id: 'v3', version: 'v3', at: startAt - 5 * minuteMs, replaced: 'v1' });
    expect(await answer(of)).toMatch(/^to v1/);
  });

  test('is never moved on to a version that was only published', async () => {
    const of = bench('lambda', published('v1'));
    await watch(of, { id: 'v1', version: 'v1', at: startAt - 5 * minuteMs, replaced: null });
    expect(await answer(of)).toBe('refused: no previous release of checkout in us-east-1 exists');
  });

  test('may have been moved a minute before it was seen', async () => {
    const of = bench('lambda', published('v2'));
    await watch(of, { at: startAt - minuteMs });
    expect(await answer(of)).toMatch(/^to v1/);
  });
});
