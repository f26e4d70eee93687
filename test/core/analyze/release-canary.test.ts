import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createReleases, divide } from '../../../adapters/memory/release-control.ts';
import { answersBefore, answersSince } from '../../../core/analyze/alerts/answers-lately.ts';
import { canaryTrouble, noteReleases } from '../../../core/analyze/alerts/note-releases.ts';
import { judgeByCanary } from '../../../core/analyze/alerts/release-canary.ts';
import { judgeReleases } from '../../../core/analyze/alerts/release-watch.ts';
import { rememberAnswer } from '../../../core/analyze/lately.ts';
import { putStored } from '../../../core/knowledge/stored.ts';
import { calmWatch, type WatchState } from '../../../core/knowledge/watch-state.ts';
import { type EndpointState, type LatelyAnswered, type ServiceState, storeKey } from '../../../core/model/index.ts';
import { checkout, checkoutGroup, ecs, shop, shopRegions } from '../../../simulator/scenarios/shop.ts';
import { SeededRandom } from '../../../simulator/world/random.ts';
import { configOf, type RegionBench, regionContext, startAt } from '../region-context.ts';

const minuteMs = 60_000;
const here = 'us-east-1';

/** How long the service takes to answer in a region, in minute n after the release (before it: negative). */
type Answers = (region: string, minute: number) => number;

const endpoint = (lately: LatelyAnswered): EndpointState => ({
  ...{ status: 'healthy', failures: 0, successes: 100, at: lately.at, responseMs: 50, weight: 1, dimension: 'liveness', sickAddresses: [] },
  ...{ addresses: 1, last: 'pass', reason: 'GET answered 200', lately },
});

const state = (region: string, lately: LatelyAnswered): ServiceState => ({
  health: {
    ...{ subject: { service: 'checkout', region }, at: lately.at, status: 'healthy', score: 1 },
    ...{ dimensions: {}, reason: 'well', evidence: [] },
  },
  since: 0,
  endpoints: { health: endpoint(lately) },
});

const observationOf = (bench: RegionBench, observer: string, over: object = {}) =>
  putStored(
    bench.ctx.ports.store,
    bench.clock,
    storeKey.observation(observer),
    { observer, at: bench.clock.now() + 3_600_000, abstains: false, views: [], traffic: {}, reason: 'seen', ...over },
    0,
  );

/** An hour before a release and `minutes` after it, looked at once a minute; answers the verdicts in their order and the watch at the end. */
async function watched(bench: RegionBench, minutes: number, answers: Answers, peer: object = {}) {
  const { ctx, clock } = bench;
  for (const region of shopRegions.slice(1)) await observationOf(bench, region, { at: clock.now() + 90_000, ...peer });
  const lately = new Map<string, LatelyAnswered>();
  const look = (minute: number) => {
    for (const region of shopRegions)
      lately.set(region, rememberAnswer(lately.get(region), clock.now() + minute * minuteMs, answers(region, minute)));
    return [...lately].map(([region, each]) => state(region, each));
  };
  for (let minute = -60; minute < 0; minute += 1) look(minute);
  bench.releases.services[`checkout/${here}`]?.releases.unshift({ id: 'v2', version: 'v2', at: clock.now(), state: 'in-progress' });
  let watch: WatchState = await noteReleases(ctx, calmWatch, ctx.config.services, look(0));
  const verdicts: string[] = [];
  for (let minute = 1; minute <= minutes && watch.releases.checkout?.state === 'watched'; minute += 1) {
    const states = look(minute);
    watch = await judgeByCanary(ctx, watch, states);
    verdicts.push(watch.releases.checkout?.canary?.verdict ?? 'none');
    watch = await judgeReleases(ctx, watch, states, (release) => canaryTrouble(release, clock.now()));
  }
  return { watch, verdicts };
}

/** Single looks scatter as the answers of the world do; a region that is far away takes a hundred milliseconds more. */
function noisy(seed: number, factor: Answers = () => 1): Answers {
  const random = new SeededRandom(seed);
  return (region, minute) => (region === here ? 8 : 108) + random.lognormal(45, 0.2) * factor(region, minute);
}

const slowerSince = (minute: number, factor: number, regions: readonly string[]): Answers => {
  return (region, at) => (at >= minute && regions.includes(region) ? factor : 1);
};

describe('the canary judge in the release watch', () => {
  test('a release that is 30 % slower fails, is told with the figures, and is taken back by an incident of its own', async () => {
    const bench = regionContext();
    const { watch, verdicts } = await watched(bench, 60, noisy(1, slowerSince(1, 1.3, [here])));
    expect(verdicts[0]).toBe('inconclusive');
    expect(verdicts.slice(-3)).toEqual(['fail', 'fail', 'fail']);
    expect(watch.releases.checkout).toMatchObject({ state: 'failing', incident: 'inc-checkout-us-east-1-latency-1' });
    const told = bench.of('ReleaseJudged').map((entry) => entry.reason);
    expect(told.at(-1)).toMatch(
      /v2 of checkout, against the time before it, eu-west-1, us-west-2: score 0 .*response time of health: High/,
    );
    expect(bench.of('ReleaseFailed')[0]?.reason).toContain('the canary judge failed it 3 times in a row');
  });

  test('what slows every region down alike is not the release', async () => {
    const slow = noisy(2, slowerSince(1, 1.5, shopRegions));
    expect((await watched(regionContext(), 60, slow)).verdicts).not.toContain('fail');
  });

  test('a region that has released the same is no control', async () => {
    const slow = noisy(2, slowerSince(1, 1.5, shopRegions));
    const releases = [{ service: 'checkout', version: 'v2', at: 0, state: 'watched' }];
    const { watch } = await watched(regionContext(), 60, slow, { releases });
    expect(watch.releases.checkout?.canary?.reason).toContain('against the time before it: score');
    expect(watch.releases.checkout?.state).toBe('failing');
  });

  test('noise takes no release back: of ten, watched for two hours, none', async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      // Three slow minutes now and then are noise as well.
      const blips: Answers = (region, minute) => (region === here && minute % 40 < 3 ? 2 : 1);
      const { watch } = await watched(regionContext(), 120, noisy(seed, blips));
      expect(watch.releases.checkout?.state, `seed ${seed}`).toBe('watched');
    }
  });

  test('a vantage that does not trust itself, and one without a time before, are inconclusive, and nothing is done', async () => {
    const bench = regionContext();
    await observationOf(bench, here, { abstains: true });
    const doubtful = await watched(bench, 30, noisy(1, slowerSince(1, 3, [here])));
    expect(new Set(doubtful.verdicts)).toEqual(new Set(['inconclusive']));
    expect(doubtful.watch.releases.checkout?.canary?.reason).toContain('does not trust its own probes');
    const late = regionContext();
    const { ctx } = late;
    late.releases.services[`checkout/${here}`]?.releases.unshift({ id: 'v2', version: 'v2', at: late.clock.now(), state: 'in-progress' });
    const watch = await judgeByCanary(ctx, await noteReleases(ctx, calmWatch, ctx.config.services, []), []);
    expect(watch.releases.checkout?.canary).toMatchObject({ verdict: 'inconclusive', failed: 0 });
    expect(canaryTrouble({ ...release(watch), canary: { ...judged(watch), failed: 2 } }, 0)).toBeNull();
  });

  test('a release that fails while what it depends on is sick stays, and the timeline says why once', async () => {
    const bench = regionContext();
    const held = { ...calmWatch, releases: {} };
    const { watch } = await watched(bench, 20, noisy(1, slowerSince(1, 3, [here])));
    const again = { ...held, releases: { checkout: { ...release(watch), state: 'watched' as const } } };
    const twice = await judgeReleases(bench.ctx, again, [], (each) => canaryTrouble(each, bench.clock.now()));
    await judgeReleases(bench.ctx, twice, [], (each) => canaryTrouble(each, bench.clock.now()));
    expect(bench.of('ReleaseHeld').map((entry) => entry.reason)).toEqual([
      expect.stringMatching(/v2 of checkout failed \(.*\), yet nothing is done: inc-checkout-us-east-1-latency-1 is open/),
    ]);
  });

  test.each([
    [1, 'fail'],
    [1.4, 'inconclusive'],
  ])('what the balancer measures speaks of the release at %f times the load: %s', async (load, verdict) => {
    const arn = 'arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/checkout/1';
    const deployments = Object.fromEntries(shopRegions.map((region) => [region, { ...ecs(4), targetGroups: [arn] }]));
    const bench = regionContext(configOf(shop([checkout({ deployments })], [checkoutGroup(4)])));
    publish(bench, 'RequestCount', 6000, 6000 * load);
    publish(bench, 'TargetResponseTime', 0.05, 0.065);
    const { watch } = await watched(bench, 1, noisy(1));
    await bench.pass(20 * 60);
    const later = await judgeByCanary(bench.ctx, watch, []);
    expect(later.releases.checkout?.canary).toMatchObject({ verdict });
  });
});

describe('the canary judge of an alias that divides its callers', () => {
  const lambda = { kind: 'lambda' as const, function: 'checkout', baselineUnits: 4, maxUnits: 24 };
  const config = configOf(
    shop([checkout({ deployments: Object.fromEntries(shopRegions.map((region) => [region, lambda])) })], [checkoutGroup(4)]),
  );

  /** A quarter of the callers gets v2, and both versions are measured for ten minutes. */
  async function divided(measured: (version: string) => { errors: number; ms: number }) {
    const bench = regionContext(config);
    const released = createReleases(
      ['v1', 'v2'].map((version, index) => ({ version, at: startAt - (3 - index) * 86_400_000 })),
      0,
      true,
    );
    divide(released, { stable: 'v1', canary: 'v2', share: 0.25 });
    bench.releases.services[`checkout/${here}`] = released;
    let watch = await noteReleases(bench.ctx, calmWatch, config.services, []);
    for (let minute = 0; minute < 10; minute += 1) {
      for (const version of ['v1', 'v2']) {
        const { errors, ms } = measured(version);
        const dimensions = { FunctionName: 'checkout', Resource: 'checkout:live', ExecutedVersion: version };
        const values = { Invocations: 1000, Errors: errors + (minute % 2), Duration: ms + (minute % 3) };
        for (const [name, value] of Object.entries(values))
          bench.cloudwatch.put('AWS/Lambda', { name, dimensions, at: bench.clock.now(), value }, bench.clock.now());
      }
      await bench.pass(60);
      watch = await noteReleases(bench.ctx, watch, config.services, []);
      watch = await judgeByCanary(bench.ctx, watch, []);
    }
    return { bench, watch };
  }

  test.each([
    ['is like the old one', 0, 50, 'pass'],
    ['is 30 % slower', 0, 65, 'fail'],
    ['fails a twentieth', 50, 50, 'fail'],
  ])('compares both versions at the same time: one that %s', async (_what, errors, ms, verdict) => {
    const { bench, watch } = await divided((version) => (version === 'v2' ? { errors, ms } : { errors: 0, ms: 50 }));
    expect(release(watch)).toMatchObject({ id: 'v2', share: 0.25, against: 'v1', state: 'watched', canary: { verdict } });
    expect(bench.of('ReleaseJudged').at(-1)?.reason).toMatch(/v2 of checkout, at 25 % against v1: score/);
  });

  test('a larger share is judged anew, and the whole is watched from then on', async () => {
    const { bench, watch } = await divided(() => ({ errors: 0, ms: 50 }));
    const released = bench.releases.services[`checkout/${here}`];
    if (released === undefined) throw new Error('nothing was released');
    divide(released, { stable: 'v1', canary: 'v2', share: 0.5 });
    const half = await noteReleases(bench.ctx, watch, config.services, []);
    expect(release(half)).toMatchObject({ share: 0.5, canary: null, shareSince: bench.clock.now() });
    divide(released, { stable: 'v1', canary: 'v2', share: 1 });
    const all = await noteReleases(bench.ctx, half, config.services, []);
    expect(release(all)).toMatchObject({ share: 1, against: null, canary: null, at: bench.clock.now(), state: 'watched' });
    divide(released, { stable: 'v1', canary: null, share: 0 });
    const back = await noteReleases(bench.ctx, all, config.services, []);
    expect(release(back)).toMatchObject({ id: 'v1', state: 'stable' });
    expect(bench.of('ReleaseWatched')).toHaveLength(1);
  });

  test('while a person rolls it out, what fails is left to that run, and told', async () => {
    const { bench, watch } = await divided((version) => ({ errors: 0, ms: version === 'v2' ? 80 : 50 }));
    await putStored(bench.ctx.ports.store, bench.clock, storeKey.run('rollout-1'), rolloutRun, 0);
    const judgedBy = await judgeReleases(bench.ctx, watch, [], (each) => canaryTrouble(each, bench.clock.now()));
    expect(release(judgedBy)).toMatchObject({ state: 'watched', incident: null });
    expect(release(judgedBy).held).toMatch(/the canary judge failed it \d times in a row: .*; rollout-1 rolls it out, and takes it back/);
    expect(bench.kinds()).not.toContain('IncidentOpened');
  });
});

const rolloutRun = {
  ...{ planId: 'rollout-1', incidentId: 'rollout', action: 'rollout', target: { service: 'checkout', region: here }, epoch: 1 },
  ...{ holder: here, executionId: 'rollout:1', state: 'running', avoid: [], startedAt: startAt, leaseUntil: startAt, reason: 'ordered' },
};

function release(watch: WatchState) {
  const found = watch.releases.checkout;
  if (found === undefined) throw new Error('no release is watched');
  return found;
}

function judged(watch: WatchState) {
  const { canary } = release(watch);
  if (canary === null) throw new Error('nothing was judged');
  return canary;
}

/** Twenty minutes before now and after it, one point a minute. */
function publish(bench: RegionBench, name: string, before: number, after: number): void {
  for (let minute = -20; minute < 20; minute += 1) {
    const at = bench.clock.now() + minute * minuteMs;
    const value = (minute < 0 ? before : after) * (1 + (minute % 3) / 100);
    bench.cloudwatch.put('AWS/ApplicationELB', { name, dimensions: { TargetGroup: 'targetgroup/checkout/1' }, at, value }, at);
  }
}

describe('what is remembered of answers', () => {
  const times = fc.array(fc.integer({ min: 20_000, max: 400_000 }), { minLength: 1, maxLength: 100 });

  test('nothing that came later is told as before, nothing that came earlier as since', () => {
    fc.assert(
      fc.property(times, fc.nat(100), (gaps, cut) => {
        let at = 0;
        let lately: LatelyAnswered | undefined;
        let count = 0;
        let cutAt = 0;
        for (const [index, gap] of gaps.entries()) {
          at += gap;
          // Every look takes as long as it came late in the story: so the value tells its time.
          lately = rememberAnswer(lately, at, at);
          if (index === Math.min(cut, gaps.length - 1)) [cutAt, count] = [at, lately.count];
        }
        if (lately === undefined) throw new Error('nothing is remembered');
        for (const value of answersBefore(lately, cutAt)) expect(value).toBeLessThanOrEqual(cutAt);
        for (const value of answersSince(lately, count)) expect(value).toBeGreaterThan(cutAt);
        expect(lately.ms.length).toBeLessThanOrEqual(60);
      }),
    );
  });

  test('once a minute is enough', () => {
    const first = rememberAnswer(undefined, 0, 40);
    expect(rememberAnswer(first, 20_000, 50)).toBe(first);
    expect(rememberAnswer(first, 60_000, 50)).toEqual({ at: 60_000, count: 2, ms: [40, 50] });
  });
});
