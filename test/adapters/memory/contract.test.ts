import { afterAll, describe, test } from 'vitest';
import { isAccepted, MemoryApprover } from '../../../adapters/memory/approver.ts';
import { MemoryBus, MemoryNetwork } from '../../../adapters/memory/bus.ts';
import { MemoryCapacityControl } from '../../../adapters/memory/capacity-control.ts';
import { createCapacityState, createService } from '../../../adapters/memory/capacity-state.ts';
import { createCourierState, MemoryCourier } from '../../../adapters/memory/courier.ts';
import { createDatabase, createDataState, MemoryDataControl } from '../../../adapters/memory/data-control.ts';
import { MemoryFlagControl } from '../../../adapters/memory/flag-control.ts';
import { MemoryMetricSink, MemoryMetricSource } from '../../../adapters/memory/metrics.ts';
import { createNotifierState, MemoryNotifier } from '../../../adapters/memory/notifier.ts';
import { createReleaseState, createReleases, MemoryReleaseControl } from '../../../adapters/memory/release-control.ts';
import { createScriptState, MemoryScriptRunner } from '../../../adapters/memory/script-runner.ts';
import { createStoreState, MemoryStore } from '../../../adapters/memory/store.ts';
import { MemoryTrafficControl } from '../../../adapters/memory/traffic-control.ts';
import { type Message, ok } from '../../../core/model/index.ts';
import { checkout, checkoutGroup, shop } from '../../../simulator/scenarios/shop.ts';
import { VirtualClock } from '../../../simulator/world/clock.ts';
import { CloudWatch } from '../../../simulator/world/cloudwatch.ts';
import { Distributions } from '../../../simulator/world/distributions.ts';
import { SequentialIds } from '../../../simulator/world/ids.ts';
import { configOf } from '../../core/region-context.ts';
import { type ApproverHarness, approverContract } from '../contract/approver.ts';
import { type BusHarness, busContract } from '../contract/bus.ts';
import { type CapacityHarness, capacityContract } from '../contract/capacity-control.ts';
import type { ContractCase } from '../contract/contract-case.ts';
import { type CourierHarness, courierContract } from '../contract/courier.ts';
import { type DataHarness, dataContract } from '../contract/data-control.ts';
import { type FlagHarness, flagContract } from '../contract/flag-control.ts';
import { type MetricsHarness, metricsContract } from '../contract/metrics.ts';
import { type NotifierHarness, notifierContract } from '../contract/notifier.ts';
import { type OriginHarness, originContract } from '../contract/origins.ts';
import { type ReleaseHarness, releaseContract, splitContract } from '../contract/release-control.ts';
import { type ScriptHarness, scriptContract } from '../contract/script-runner.ts';
import { type StoreHarness, storeContract } from '../contract/store.ts';
import { type TrafficHarness, trafficContract } from '../contract/traffic-control.ts';
import { drain } from './drain.ts';

const counts: string[] = [];
afterAll(() => process.stdout.write(`contract cases on the memory adapters: ${counts.join(', ')}\n`));

function describeContract<H>(port: string, cases: readonly ContractCase<H>[], makeHarness: () => H): void {
  counts.push(`${port} ${cases.length}`);
  describe(`the memory ${port} keeps the contract`, () => {
    for (const { name, run } of cases) test(name, () => run(makeHarness()));
  });
}

function time() {
  const clock = new VirtualClock(1_700_000_000_000);
  return { clock, now: () => clock.now(), advance: (ms: number) => clock.run(clock.now() + ms, drain) };
}

describeContract('Store', storeContract, (): StoreHarness => {
  const { clock, ...rest } = time();
  return { ...rest, store: new MemoryStore(createStoreState(), clock) };
});

/** A network of three regions, 200 ms apart, and what arrived in each. */
function buses({ clock, advance }: ReturnType<typeof time>) {
  const inbox: Record<string, Message[]> = { 'eu-west-1': [], 'us-east-1': [], 'us-west-2': [] };
  const network = new MemoryNetwork(Object.keys(inbox), clock, () => [200]);
  for (const [region, messages] of Object.entries(inbox)) network.handle(region, (message) => messages.push(message));
  const received = async (region: string) => {
    await advance(1000);
    return inbox[region] ?? [];
  };
  return { bus: new MemoryBus(network, 'eu-west-1', clock), received };
}

describeContract('Bus', busContract, (): BusHarness => {
  const timed = time();
  return { ...timed, ...buses(timed), region: 'eu-west-1', peer: 'us-east-1' };
});

describeContract('Notifier', notifierContract, (): NotifierHarness => {
  const { clock, ...rest } = time();
  const state = createNotifierState();
  return {
    ...rest,
    notifier: new MemoryNotifier(state, clock),
    delivered: async () => state.sent.map(({ notification }) => `${notification.title}\n${notification.text}`),
  };
});

describeContract('Courier', courierContract, (): CourierHarness => {
  const { clock, ...rest } = time();
  const state = createCourierState();
  return {
    ...rest,
    courier: new MemoryCourier(state, clock),
    receiver: { kind: 'webhook', name: 'chat', url: 'https://chat.example.com/in', headers: {} },
    delivered: async () => state.delivered.map(({ notification }) => JSON.stringify(notification)),
  };
});

describeContract('CapacityControl', capacityContract, (): CapacityHarness => {
  const { clock, ...rest } = time();
  const state = createCapacityState();
  const names = new SequentialIds('test');
  const add = (service: string, capacity: Parameters<typeof createService>[0]) => {
    state.services[`${service}/eu-west-1`] = createService({ ...capacity, startUpMs: 1000 }, service);
    return { service, region: 'eu-west-1' };
  };
  return {
    ...rest,
    capacity: new MemoryCapacityControl(state, clock, new SequentialIds('eu-west-1')),
    startUpMs: 1000,
    unitService: async (counts) => add(names.next('service'), { ...counts, size: { cpu: 1024, memoryMiB: 2048 } }),
    functionService: async (concurrency) =>
      add(names.next('function'), { desired: 0, min: 0, max: 0, concurrency: { ...concurrency, readyAt: 0 } }),
  };
});

describeContract('MetricSink and MetricSource', metricsContract, (): MetricsHarness => {
  const { clock, ...rest } = time();
  const world = new CloudWatch();
  const namespace = 'Evenkeel';
  return { ...rest, namespace, sink: new MemoryMetricSink(world, namespace, clock), source: new MemoryMetricSource(world, clock) };
});

describeContract('TrafficControl', trafficContract, (): TrafficHarness => {
  const timed = time();
  const { bus, received } = buses(timed);
  const [region, peer, subject] = ['eu-west-1', 'us-east-1', 'us-west-2'];
  const weights: Record<string, number> = { [region]: 100, [peer]: 100, [subject]: 100 };
  const votes = new Map<string, boolean>();
  const world = {
    answers: () => ['ns-1', 'ns-2'].map((server) => ({ server, regions: Object.keys(weights), rcode: 'NOERROR' })),
    castVote: (vote: { voter: string; subject: string; drain: boolean }) => void votes.set(`${vote.voter}/${vote.subject}`, vote.drain),
    weights: (group: string) => (group === 'checkout' ? { weights, token: JSON.stringify(weights) } : undefined),
    setWeights: (_group: string, next: Record<string, number>) => void Object.assign(weights, next),
    origins: () => undefined,
    setOrigins: () => undefined,
  };
  const ids = new SequentialIds(region);
  return {
    ...timed,
    group: 'checkout',
    region,
    peer,
    subject,
    received,
    traffic: new MemoryTrafficControl({ region, clock: timed.clock, ids, bus, voters: () => [region, peer], world, epochs: {} }),
    carried: async () => votes.get(`${region}/${subject}`) ?? null,
    meddle: async (where, weight) => void Object.assign(weights, { [where]: weight }),
  };
});

const releaseHarness = (hasAlias: boolean) => (): ReleaseHarness => {
  const { clock, ...rest } = time();
  const state = createReleaseState();
  const target = { service: 'checkout', region: 'eu-west-1' };
  const versions = [1, 2, 3].map((n) => ({ version: `v${n}`, at: n * 1000 }));
  state.services['checkout/eu-west-1'] = createReleases(versions, 1000, hasAlias);
  return { ...rest, rolloutMs: 1000, releases: new MemoryReleaseControl(state, clock), service: async () => target };
};

describeContract('TrafficControl of distributions', originContract, (): OriginHarness => {
  const timed = time();
  const { bus } = buses(timed);
  const [region, other] = ['eu-west-1', 'us-east-1'];
  const config = configOf(
    shop(
      [checkout({})],
      [checkoutGroup(4, { cloudFront: { distributionId: 'E1', originGroup: 'og', origins: { [region]: 'a', [other]: 'b' } } })],
    ),
  );
  const distributions = new Distributions(config, timed.now());
  const world = {
    ...{ answers: () => [], castVote: () => undefined, weights: () => undefined, setWeights: () => undefined },
    origins: (group: string) => distributions.order(group, timed.now()),
    setOrigins: (group: string, first: string) => distributions.prefer(group, first, timed.now()),
  };
  const ids = new SequentialIds(region);
  return {
    ...timed,
    ...{ group: 'checkout', first: region, second: other, deployMs: 180_000 },
    traffic: new MemoryTrafficControl({ region, clock: timed.clock, ids, bus, voters: () => [], world, epochs: {} }),
    meddle: async () => distributions.prefer('checkout', other, timed.now()),
  };
});

describeContract('ReleaseControl', releaseContract, releaseHarness(false));
describeContract('ReleaseControl of aliases', [...releaseContract, ...splitContract], releaseHarness(true));

describeContract('DataControl', dataContract, (): DataHarness => {
  const { clock, ...rest } = time();
  const state = createDataState();
  const regions: [string, string] = ['eu-west-1', 'us-east-1'];
  return {
    ...rest,
    regions,
    moveMs: 1000,
    approval: 'approval-1',
    data: new MemoryDataControl(state, clock, async (token) => ok(token === 'approval-1')),
    async database() {
      state.databases.orders = { ...createDatabase('orders', 'aurora-global', regions), switchoverMs: 500, failoverMs: 1000 };
      return 'orders';
    },
    async lose(database, region) {
      const lost = state.databases[database]?.members.find((member) => member.region === region);
      if (lost) lost.status = 'unavailable';
    },
  };
});

describeContract('ScriptRunner', scriptContract, (): ScriptHarness => {
  const { clock, ...rest } = time();
  const state = createScriptState();
  state.documents.good = { versions: ['1'], durationMs: 1000, exitStatus: 0 };
  state.documents.bad = { versions: ['1'], durationMs: 500, exitStatus: 3 };
  return {
    ...rest,
    scripts: new MemoryScriptRunner(state, clock, new SequentialIds('eu-west-1'), () => ok(undefined)),
    target: { service: 'checkout', region: 'eu-west-1' },
    good: 'good',
    bad: 'bad',
    runMs: 1000,
    started: async () => Object.keys(state.runs).length,
  };
});

describeContract('Approver', approverContract, (): ApproverHarness => {
  const { clock, ...rest } = time();
  const told = createNotifierState();
  const store = new MemoryStore(createStoreState(), clock);
  return {
    ...rest,
    approver: new MemoryApprover(store, new MemoryNotifier(told, clock), clock, new SequentialIds('eu-west-1'), () => ok(undefined)),
    delivered: async () => told.sent.map(({ notification }) => `${notification.title}\n${notification.text}`),
    async accepted(token) {
      const accepted = await isAccepted(store, token, { deadlineAt: clock.now() + 1000 });
      return accepted.ok && accepted.value;
    },
  };
});

describeContract('FlagControl', flagContract, (): FlagHarness => {
  const { clock, ...rest } = time();
  return { ...rest, region: 'eu-west-1', flags: new MemoryFlagControl({ values: new Map(), epochs: {} }, clock) };
});
