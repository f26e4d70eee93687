import { expect, test } from 'vitest';
import { startRollout } from '../../../adapters/memory/release-control.ts';
import { stepAlarms } from '../../../core/analyze/alerts/alarms.ts';
import { watchSamples } from '../../../core/analyze/alerts/alerts.ts';
import { sickAddresses, sickZone } from '../../../core/analyze/alerts/findings.ts';
import { darkZone } from '../../../core/analyze/alerts/platform-findings.ts';
import { judgeByCanary } from '../../../core/analyze/alerts/release-canary.ts';
import { watchMinute } from '../../../core/analyze/alerts/watch-minute.ts';
import { onAnalyzeMessage } from '../../../core/analyze/analyze.ts';
import { foldSamples } from '../../../core/analyze/observe.ts';
import { foldWindow } from '../../../core/knowledge/failure-windows.ts';
import { readAllHealth } from '../../../core/knowledge/health.ts';
import { putStored, readStored } from '../../../core/knowledge/stored.ts';
import { WatchState, watchKey } from '../../../core/knowledge/watch-state.ts';
import {
  failed,
  Incident,
  Observation,
  type Sample,
  type ServiceState,
  standingKey,
  storeKey,
  unknownStanding,
} from '../../../core/model/index.ts';
import { checkout, checkoutGroup, shop } from '../../../simulator/scenarios/shop.ts';
import { configOf, keepHealth, type RegionBench, regionContext, shopConfig, startAt } from '../region-context.ts';

const addresses = ['192.0.2.11', '192.0.2.12', '192.0.2.13', '192.0.2.14'];

function sample(bench: RegionBench, address: string, failed: boolean, service = 'checkout'): Sample {
  return {
    id: bench.ctx.ports.ids.next('sample'),
    at: bench.clock.now(),
    vantage: bench.ctx.region,
    subject: { service, region: bench.ctx.region, endpoint: 'health' },
    address,
    verdict: failed ? 'fail' : 'pass',
    status: failed ? 'critical' : 'healthy',
    phasesMs: { firstByte: 40 },
    dimension: 'liveness',
    reason: failed ? 'GET answered 503' : 'GET answered 200',
  };
}

/** One slot every 20 s; `failing` says which addresses fail at which slot. */
async function probe(bench: RegionBench, slots: number, failing: (address: string, slot: number) => boolean): Promise<void> {
  for (let slot = 0; slot < slots; slot += 1) {
    const samples = addresses.map((address) => sample(bench, address, failing(address, slot)));
    await foldSamples(bench.ctx, samples);
    const states = await readAllHealth(bench.ctx);
    if (states.ok) await watchSamples(bench.ctx, samples, states.value);
    await bench.pass(20);
  }
}

async function incidents(bench: RegionBench): Promise<Incident[]> {
  const read = await bench.ctx.ports.store.query('incident#', 50, { deadlineAt: bench.clock.now() + 1000 });
  return read.ok ? read.value.map((item) => Incident.parse(item.body)) : [];
}

function observation(bench: RegionBench, observer: string, status: 'healthy' | 'unhealthy', answered: string[]): Observation {
  const views = [
    { group: 'checkout', region: 'us-east-1', status, score: status === 'healthy' ? 1 : 0, responseMs: 50, since: 0, reason: status },
  ];
  return { observer, at: bench.clock.now(), abstains: false, views, traffic: { checkout: answered }, reason: 'seen' };
}

const keep = (bench: RegionBench, key: string, value: unknown) => putStored(bench.ctx.ports.store, bench.clock, key, value, 0);

test('a quarter of the probes of one of four addresses failing is a sick unit, and nothing else', async () => {
  const bench = regionContext();
  await probe(bench, 24, (address, slot) => address === '192.0.2.12' && slot % 4 === 0);
  const [incident, ...others] = await incidents(bench);
  expect(others).toEqual([]);
  expect(incident).toMatchObject({
    alert: 'error-rate',
    locus: 'unit',
    subject: { service: 'checkout', region: 'us-east-1', unit: '192.0.2.12' },
  });
});

test('a zone whose units are all sick is a dark zone', async () => {
  const bench = regionContext();
  const here = bench.capacity.services['checkout/us-east-1'];
  here?.units.forEach((unit, index) => {
    unit.id = addresses[index] ?? unit.id;
    if (unit.zone === 'b') unit.healthyAt = null;
  });
  const dark = here?.units.filter((unit) => unit.zone === 'b').map((unit) => unit.id) ?? [];
  await probe(bench, 12, (address) => dark.includes(address));
  expect(await incidents(bench)).toMatchObject([{ locus: 'zone', subject: { unit: 'b' } }]);
});

test('half of the addresses failing is the service, not its units', () => {
  const bench = regionContext();
  const window = [0, 1, 2, 3, 4].reduce(
    (known, _) =>
      foldWindow(
        known,
        addresses.map((address, index) => sample(bench, address, index < 2)),
        bench.clock.now(),
      ),
    undefined as ReturnType<typeof foldWindow>,
  );
  expect(sickAddresses(window, bench.clock.now())).toHaveLength(2);
  const three = foldWindow(
    undefined,
    addresses.flatMap((address, index) => [1, 2, 3].map(() => sample(bench, address, index < 3))),
    bench.clock.now(),
  );
  expect(sickAddresses(three, bench.clock.now())).toEqual([]);
});

test('two dark zones are no zone to eject', () => {
  const unit = (id: string, zone: string, healthy: boolean) => ({ id, zone, healthy, ejected: false, startedAt: 0 });
  const capacity = {
    desired: 3,
    min: 1,
    max: 9,
    running: 3,
    healthy: 1,
    units: [unit('1', 'a', false), unit('2', 'b', false), unit('3', 'c', true)],
  };
  expect(sickZone(capacity, ['1', '2'])).toBeNull();
  expect(sickZone({ ...capacity, units: [unit('1', 'a', false), unit('2', 'b', true), unit('3', 'c', true)] }, ['1'])).toBe('a');
});

test('a sick unit is held from its first failure', async () => {
  const bench = regionContext();
  await probe(bench, 7, (address, slot) => address === '192.0.2.12' && slot < 2);
  expect(await incidents(bench)).toEqual([]);
  await probe(bench, 1, (address) => address === '192.0.2.12');
  expect(await incidents(bench)).toMatchObject([{ locus: 'unit', onsetAt: startAt }]);
});

test('what may be over is not raised on what was, and two witnesses wait for nothing', () => {
  const finding = { alert: 'error-rate', service: 'checkout', unit: '1', locus: 'unit' as const, reason: 'fails', since: 0 };
  const raised = (over: object) => stepAlarms({}, [{ ...finding, ...over }], () => true, 61_000).raised.length;
  expect(raised({ lastAt: 20_000 })).toBe(0);
  expect(raised({ lastAt: 21_000 })).toBe(1);
  expect(raised({ since: 50_000 })).toBe(0);
  expect(raised({ since: 50_000, certain: true })).toBe(1);
});

/** The application's own measure of errors in us-east-1, in the minute that ends now. */
function measured(share: number) {
  const errorRate = { namespace: 'Shop', metricName: 'Errors', dimensions: { Region: '{region}' } };
  const bench = regionContext(configOf(shop([checkout({ signals: { errorRate } })], [checkoutGroup(4)])));
  const minute = async () => {
    const at = bench.clock.now() - 60_000;
    bench.cloudwatch.put('Shop', { name: 'Errors', dimensions: { Region: 'us-east-1' }, at, value: share }, 0);
    await watchMinute(bench.ctx, async (_, watch) => watch);
  };
  return { bench, minute };
}

test('errors that the application measures, too, need no waiting: two failures of one address name it', async () => {
  const { bench, minute } = measured(0.06);
  await minute();
  await probe(bench, 2, (address) => address === '192.0.2.12');
  expect(await incidents(bench)).toMatchObject([{ alert: 'error-rate', locus: 'unit', subject: { unit: '192.0.2.12' } }]);
  const alone = regionContext();
  await probe(alone, 2, (address) => address === '192.0.2.12');
  expect(await incidents(alone)).toEqual([]);
});

test('errors that only the application measures are an alert of the service after their duration; within the limit they are none', async () => {
  const { bench, minute } = measured(0.05);
  for (let n = 0; n < 5; n += 1) {
    expect(await incidents(bench)).toHaveLength(n < 3 ? 0 : 1);
    await minute();
    await probe(bench, 3, () => false);
  }
  expect(await incidents(bench)).toMatchObject([{ alert: 'error-rate', reason: expect.stringContaining('measures 5.0 % errors') }]);
  const fine = measured(0.009);
  for (let n = 0; n < 6; n += 1) {
    await fine.minute();
    await probe(fine.bench, 3, () => false);
  }
  expect(await incidents(fine.bench)).toEqual([]);
});

test('failures that stopped two minutes ago raise nothing', async () => {
  const bench = regionContext();
  await probe(bench, 4, () => true);
  await probe(bench, 20, () => false);
  expect(await incidents(bench)).toEqual([]);
});

test('errors of the whole service open one incident after their duration, once', async () => {
  const bench = regionContext();
  await probe(bench, 30, (_, slot) => slot % 2 === 0);
  expect(await incidents(bench)).toMatchObject([{ alert: 'error-rate', subject: { service: 'checkout' }, onsetAt: expect.any(Number) }]);
});

test('a calm region writes nothing', async () => {
  const bench = regionContext();
  await probe(bench, 5, () => false);
  const watch = await readStored(bench.ctx.ports.store, bench.clock, watchKey, WatchState);
  expect(watch.ok && watch.value.version).toBe(0);
});

test('what the peers see as an impaired region is theirs to answer', async () => {
  const bench = regionContext();
  for (const observer of ['eu-west-1', 'us-west-2'])
    await keep(bench, storeKey.observation(observer), {
      ...observation(bench, observer, 'unhealthy', ['us-east-1']),
      at: bench.clock.now() + 600_000,
    });
  await probe(bench, 30, () => true);
  expect(await incidents(bench)).toEqual([]);
  expect(bench.of('AlertHeld')[0]?.reason).toContain('the peers answer for it');
});

test('a region that is drained is left alone', async () => {
  const bench = regionContext();
  await keep(bench, storeKey.observation('us-east-1'), observation(bench, 'us-east-1', 'unhealthy', ['eu-west-1', 'us-west-2']));
  await probe(bench, 30, () => true);
  expect(await incidents(bench)).toEqual([]);
  expect(bench.of('AlertHeld')[0]?.reason).toContain('no traffic of checkout comes to us-east-1');
});

test('a victim of a sick dependency opens no incident; the dependency does, once', async () => {
  const config = configOf(
    shop([checkout({ dependsOn: [{ aws: 'dynamodb' }], trafficGroup: undefined, failover: false })], [checkoutGroup(4)]),
  );
  const bench = regionContext(config);
  const sick = (at: number): ServiceState => ({
    health: {
      subject: { service: 'aws-dynamodb', region: 'us-east-1' },
      at,
      status: 'unhealthy',
      score: 0,
      dimensions: {},
      reason: 'SERVFAIL',
      evidence: [],
    },
    since: at,
    endpoints: {},
  });
  await keepHealth(bench.ctx, sick(bench.clock.now()));
  await probe(bench, 30, () => true);
  expect(await incidents(bench)).toMatchObject([{ alert: 'dependency-down', subject: { service: 'aws-dynamodb' } }]);
});

test('the epoch of an incident is above every drain of its group', async () => {
  const bench = regionContext();
  await keep(bench, standingKey('checkout', 'eu-west-1'), { ...unknownStanding('checkout', 'eu-west-1'), epoch: 7 });
  await probe(bench, 30, () => true);
  expect((await incidents(bench))[0]?.epoch).toBe(8);
});

test('a metric above its threshold for its duration opens an incident; one that is missing opens none and people are told once', async () => {
  const bench = regionContext();
  const cpu = (value: number) =>
    bench.cloudwatch.put(
      'AWS/ECS',
      { name: 'CPUUtilization', dimensions: { ClusterName: 'shop', ServiceName: 'checkout' }, at: bench.clock.now(), value },
      bench.clock.now(),
    );
  for (let minute = 0; minute < 2; minute += 1) {
    cpu(95);
    await watchMinute(bench.ctx, judgeByCanary);
    await bench.pass(60);
  }
  expect(await incidents(bench)).toEqual([]);
  for (let minute = 0; minute < 14; minute += 1) {
    await watchMinute(bench.ctx, judgeByCanary);
    await bench.pass(60);
  }
  expect(await incidents(bench)).toEqual([]);
  expect(bench.notified.sent.map((each) => each.notification.title)).toEqual(['telemetry of us-east-1 is silent']);
  for (let minute = 0; minute < 8; minute += 1) {
    cpu(95);
    await watchMinute(bench.ctx, judgeByCanary);
    await bench.pass(60);
  }
  expect(await incidents(bench)).toMatchObject([{ alert: 'cpu', severity: 'critical' }]);
  expect(bench.notified.sent).toHaveLength(2);
});

test.each([
  ['missing', false, ['telemetry of us-east-1 is silent']],
  ['notBreaching', false, []],
  ['breaching', true, []],
] as const)('a metric that falls silent and whose missing data is %s: an incident is opened: %s', async (treatMissingData, opens, told) => {
  const poolShare = { namespace: 'Shop', metricName: 'PoolShare', treatMissingData };
  const bench = regionContext(configOf(shop([checkout({ signals: { poolShare } })], [checkoutGroup(4)])));
  for (let minute = 0; minute < 12; minute += 1) {
    const at = bench.clock.now();
    if (minute < 4) bench.cloudwatch.put('Shop', { name: 'PoolShare', dimensions: {}, at, value: 0.3 }, at);
    await watchMinute(bench.ctx, judgeByCanary);
    await bench.pass(60);
  }
  const about = bench.notified.sent.map((each) => each.notification.title).filter((title) => title.includes('telemetry'));
  expect(about).toEqual(told);
  const found = await incidents(bench);
  expect(found).toMatchObject(opens ? [{ alert: 'connection-pool', locus: 'service' }] : []);
  if (opens)
    expect(found[0]?.reason).toMatch(
      /has no data, which by its policy is breaching: \d of 5 points breach, \d of them made up as breaching/,
    );
});

test('missing data that does not breach ends an alarm; an unreadable metric is no missing data', async () => {
  const poolShare = { namespace: 'Shop', metricName: 'PoolShare', treatMissingData: 'notBreaching' as const };
  const bench = regionContext(configOf(shop([checkout({ signals: { poolShare } })], [checkoutGroup(4)])));
  const alarms = async () => {
    const read = await readStored(bench.ctx.ports.store, bench.clock, watchKey, WatchState);
    return Object.keys((read.ok ? read.value.value?.alarms : null) ?? {});
  };
  for (let minute = 0; minute < 2; minute += 1) {
    const at = bench.clock.now();
    bench.cloudwatch.put('Shop', { name: 'PoolShare', dimensions: {}, at, value: 0.99 }, at);
    await watchMinute(bench.ctx, judgeByCanary);
    await bench.pass(60);
  }
  expect(await alarms()).toEqual(['connection-pool|checkout']);
  const throttled = { read: async () => failed('throttled', 'slow down') };
  await watchMinute({ ...bench.ctx, ports: { ...bench.ctx.ports, metricSource: throttled } }, judgeByCanary);
  expect(await alarms()).toEqual(['connection-pool|checkout']);
  await bench.pass(240);
  await watchMinute(bench.ctx, judgeByCanary);
  expect(await alarms()).toEqual([]);
});

test('a certificate that ends in less than 14 days is a warning', async () => {
  const bench = regionContext();
  const samples = addresses.map((address) => ({ ...sample(bench, address, false), certificateDays: 9.5 }));
  await foldSamples(bench.ctx, samples);
  const states = await readAllHealth(bench.ctx);
  if (states.ok) await watchSamples(bench.ctx, samples, states.value);
  expect(await incidents(bench)).toMatchObject([{ alert: 'certificate', severity: 'warning' }]);
});

test('more alarms than a storm has are one incident for people', async () => {
  const names = Array.from({ length: 6 }, (_, index) => `shop-${index + 1}`);
  const config = configOf(
    shop(
      names.map((name) => checkout({ name })),
      [checkoutGroup(4)],
      { policies: { storm: { alarms: 4 } } },
    ),
  );
  const bench = regionContext(config);
  for (let slot = 0; slot < 30; slot += 1) {
    const samples = names.flatMap((name) => addresses.map((address) => sample(bench, address, true, name)));
    await foldSamples(bench.ctx, samples);
    const states = await readAllHealth(bench.ctx);
    if (states.ok) await watchSamples(bench.ctx, samples, states.value);
    await bench.pass(20);
  }
  expect(await incidents(bench)).toMatchObject([{ locus: 'region', alert: 'region-impaired' }]);
});

async function release(bench: RegionBench): Promise<void> {
  const here = bench.releases.services['checkout/us-east-1'];
  if (here === undefined) return;
  here.releases.unshift({ id: 'v2', version: 'v2', at: bench.clock.now(), state: 'previous' });
  startRollout(here, 'v2', bench.clock.now());
  await bench.pass(40);
}

test('a release whose errors begin within the watch opens an incident of the release at once', async () => {
  const bench = regionContext();
  await release(bench);
  await watchMinute(bench.ctx, judgeByCanary);
  await probe(bench, 3, () => true);
  expect(bench.kinds()).toContain('ReleaseWatched');
  expect(await incidents(bench)).toMatchObject([{ alert: 'error-rate', locus: 'release' }]);
});

test('a release is not blamed for errors that were there before it', async () => {
  const bench = regionContext();
  await probe(bench, 5, () => true);
  await release(bench);
  await watchMinute(bench.ctx, judgeByCanary);
  await probe(bench, 2, () => true);
  expect((await incidents(bench)).filter((each) => each.locus === 'release')).toEqual([]);
});

test('a release that comes through its watch is stable', async () => {
  const config = shopConfig({ policies: { releaseWatch: { seconds: 600 } } });
  const bench = regionContext(config);
  await release(bench);
  for (let minute = 0; minute < 12; minute += 1) {
    await watchMinute(bench.ctx, judgeByCanary);
    await bench.pass(60);
  }
  expect(bench.kinds().filter((kind) => kind.startsWith('Release'))).toEqual(['ReleaseWatched', 'ReleaseJudged', 'ReleaseStable']);
  expect(bench.of('ReleaseStable')[0]?.reason).toMatch(
    /came through 10 min within its limits; the canary judge: inconclusive, against the time before it: fewer than 8 looks/,
  );
});

test('an alarm that could not be looked at stays as it is, one that was looked for and not found is over', () => {
  const finding = { alert: 'cpu', service: 'checkout', locus: 'service' as const, reason: 'busy' };
  const { alarms } = stepAlarms({}, [finding], () => true, 0);
  expect(stepAlarms(alarms, [], () => false, 1_000)).toMatchObject({ alarms, raised: [], cleared: [] });
  expect(stepAlarms(alarms, [], () => true, 1_000)).toMatchObject({ alarms: {}, cleared: [{ alert: 'cpu' }] });
});

test('a zone is dark when no unit of any service is healthy in it, two at least, and the other zones have healthy ones', () => {
  const capacity = (...units: [zone: string, healthy: boolean][]) => ({
    ...{ desired: 3, min: 1, max: 9, running: 3, healthy: 1 },
    units: units.map(([zone, healthy], index) => ({ id: `${index}`, zone, healthy, ejected: false, startedAt: 0 })),
  });
  const [lost, overloaded] = [capacity(['a', true], ['b', true], ['c', false]), capacity(['a', false], ['b', true], ['c', false])];
  expect(darkZone([lost])).toBeNull();
  expect(darkZone([lost, capacity(['a', true], ['c', true])])).toBeNull();
  expect(darkZone([lost, overloaded])).toBe('c');
  expect(darkZone([capacity(['a', true], ['b', false], ['b', false], ['c', false], ['c', false])])).toBeNull();
});

test('the minute notes the dark zone, and the observation tells the peers of it until it is over', async () => {
  const bench = regionContext();
  const units = bench.capacity.services['checkout/us-east-1']?.units ?? [];
  const dark = units.filter((unit) => unit.zone === units[0]?.zone);
  for (const unit of dark) unit.healthyAt = null;
  const located = async () => {
    const message = { v: 1, from: bench.ctx.region, sentAt: bench.clock.now(), id: `m-${bench.clock.now()}` };
    await onAnalyzeMessage(bench.ctx, { ...message, type: 'SamplesTaken', body: { samples: [], last: true } });
    const read = await readStored(bench.ctx.ports.store, bench.clock, storeKey.observation(bench.ctx.region), Observation);
    return read.ok ? read.value.value?.located : read.reason;
  };
  expect(dark.length).toBeGreaterThan(1);
  await watchMinute(bench.ctx, judgeByCanary);
  expect(await located()).toEqual([{ service: '*', locus: 'zone', unit: units[0]?.zone }]);
  for (const unit of dark) unit.healthyAt = bench.clock.now();
  await bench.pass(60);
  await watchMinute(bench.ctx, judgeByCanary);
  expect(await located()).toBeUndefined();
});

test('an observation that another slot wrote during the look stands if it is younger, and gives way if it is older', async () => {
  const bench = regionContext();
  const { store } = bench.ctx.ports;
  const key = storeKey.observation(bench.ctx.region);
  const writtenMeanwhile = async (aheadMs: number) => {
    const { observe } = bench.ctx.ports.traffic;
    bench.ctx.ports.traffic.observe = async (...look) => {
      const other = observation(bench, bench.ctx.region, 'healthy', []);
      const before = await readStored(store, bench.clock, key, Observation);
      await putStored(store, bench.clock, key, { ...other, at: other.at + aheadMs }, before.ok ? before.value.version : 0);
      return observe.apply(bench.ctx.ports.traffic, look);
    };
    const message = { v: 1, from: bench.ctx.region, sentAt: bench.clock.now(), id: `m-${aheadMs}` };
    await onAnalyzeMessage(bench.ctx, { ...message, type: 'SamplesTaken', body: { samples: [], last: true } });
    bench.ctx.ports.traffic.observe = observe;
    const kept = await readStored(store, bench.clock, key, Observation);
    return kept.ok ? (kept.value.value?.at ?? 0) - bench.clock.now() : Number.NaN;
  };
  expect(await writtenMeanwhile(-5000)).toBe(0);
  await bench.pass(20);
  expect(await writtenMeanwhile(1000)).toBe(1000);
});
