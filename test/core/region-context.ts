import { MemoryApprover } from '../../adapters/memory/approver.ts';
import { MemoryBus, MemoryNetwork } from '../../adapters/memory/bus.ts';
import { MemoryCapacityControl } from '../../adapters/memory/capacity-control.ts';
import { createCapacityState, createService } from '../../adapters/memory/capacity-state.ts';
import { createCourierState, MemoryCourier } from '../../adapters/memory/courier.ts';
import { createDataState, MemoryDataControl } from '../../adapters/memory/data-control.ts';
import { MemoryFlagControl } from '../../adapters/memory/flag-control.ts';
import { MemoryMetricSink, MemoryMetricSource } from '../../adapters/memory/metrics.ts';
import { createNotifierState, MemoryNotifier } from '../../adapters/memory/notifier.ts';
import { createReleaseState, createReleases, MemoryReleaseControl } from '../../adapters/memory/release-control.ts';
import { createScriptState, MemoryScriptRunner } from '../../adapters/memory/script-runner.ts';
import { createStoreState, MemoryStore } from '../../adapters/memory/store.ts';
import { MemoryTrafficControl } from '../../adapters/memory/traffic-control.ts';
import type { AnalyzeContext } from '../../core/analyze/analyze-context.ts';
import { causeOf } from '../../core/analyze/likely-cause.ts';
import { healthShardOf } from '../../core/config/health-shards.ts';
import { parseConfig } from '../../core/config/parse-config.ts';
import type { Config, ConfigInput } from '../../core/config/schema.ts';
import { freshMemory, type StageContext } from '../../core/config/stage-context.ts';
import { updateHealth } from '../../core/knowledge/health.ts';
import { failed, type Message, ok, type ServiceState, type TimelineEntry } from '../../core/model/index.ts';
import type { Ports } from '../../core/ports/index.ts';
import { checkout, checkoutGroup, shop, shopRegions } from '../../simulator/scenarios/shop.ts';
import { VirtualClock } from '../../simulator/world/clock.ts';
import { CloudWatch } from '../../simulator/world/cloudwatch.ts';
import { SequentialIds } from '../../simulator/world/ids.ts';
import { SeededRandom } from '../../simulator/world/random.ts';
import { drain } from '../adapters/memory/drain.ts';

/** Monday 2026-01-05, noon UTC. */
export const startAt = 1_767_614_400_000;

export function configOf(input: ConfigInput): Config {
  const parsed = parseConfig(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

/** What the analyzer would have written of one service. */
export async function keepHealth(ctx: StageContext, state: ServiceState): Promise<void> {
  const kept = await updateHealth(ctx, healthShardOf(ctx.config, state.health.subject.service), () => [state]);
  if (!kept.ok) throw new Error(kept.reason);
}

export const shopConfig = (over: Partial<ConfigInput> = {}): Config => configOf(shop([checkout({})], [checkoutGroup(4)], over));

/** One region over memory adapters, with everything that a test looks at. */
export function regionContext(config: Config = shopConfig(), region: string = shopRegions[0] ?? '') {
  const clock = new VirtualClock(startAt);
  const ids = new SequentialIds(region);
  const random = new SeededRandom(1);
  const timeline: Omit<TimelineEntry, 'seq'>[] = [];
  const states = new Map(config.regions.map((each) => [each.name, createStoreState()]));
  const store = new MemoryStore(states.get(region) ?? createStoreState(), clock);
  const network = new MemoryNetwork(
    config.regions.map((each) => each.name),
    clock,
    () => [100],
  );
  const messages: Message[] = [];
  for (const { name } of config.regions) network.handle(name, (message) => messages.push(message));
  const bus = new MemoryBus(network, region, clock);
  const notified = createNotifierState();
  const notifier = new MemoryNotifier(notified, clock);
  const handed = createCourierState();
  const capacity = createCapacityState();
  const releases = createReleaseState();
  for (const service of config.services) {
    for (const { name } of config.regions) {
      const baseline = service.deployments[name]?.baselineUnits;
      if (baseline === undefined) continue;
      const created = createService(
        { desired: baseline, min: 2, max: 24, zones: ['a', 'b', 'c'], startUpMs: 45_000, saturation: 0.4 },
        `${service.name}-${name}`,
      );
      for (const unit of created.units) unit.healthyAt = startAt - 86_400_000;
      for (const unit of created.units) unit.startedAt = startAt - 86_400_000;
      capacity.services[`${service.name}/${name}`] = created;
      releases.services[`${service.name}/${name}`] = createReleases([{ version: 'v1', at: startAt - 7 * 86_400_000 }], 30_000);
    }
  }
  const cloudwatch = new CloudWatch();
  const answers: Record<string, string[]> = Object.fromEntries(
    config.trafficGroups.map((group) => [group.name, config.regions.map((each) => each.name)]),
  );
  const started: { machine: string; name: string }[] = [];
  const ports: Ports = {
    clock,
    ids,
    random,
    prober: { probe: async () => [] },
    metricSink: new MemoryMetricSink(cloudwatch, 'Evenkeel', clock),
    metricSource: new MemoryMetricSource(cloudwatch, clock),
    traffic: new MemoryTrafficControl({
      region,
      clock,
      ids,
      bus,
      voters: (_group, subject) => config.regions.map((each) => each.name).filter((name) => name !== subject),
      world: {
        answers: (group) => [{ server: 'ns-1', regions: answers[group] ?? [], rcode: 'NOERROR' }],
        castVote: () => {},
        weights: () => ({ weights: Object.fromEntries(config.regions.map((each) => [each.name, 1])), token: '0' }),
        setWeights: () => {},
        origins: () => undefined,
        setOrigins: () => {},
      },
      epochs: {},
    }),
    capacity: new MemoryCapacityControl(capacity, clock, ids),
    releases: new MemoryReleaseControl(releases, clock),
    data: new MemoryDataControl(createDataState(), clock, async () => ok(false)),
    scripts: new MemoryScriptRunner(createScriptState(), clock, ids, () => ok(undefined)),
    store,
    peerStores: Object.fromEntries(
      config.regions
        .filter((each) => each.name !== region)
        .map((each) => [each.name, new MemoryStore(states.get(each.name) ?? createStoreState(), clock)]),
    ),
    bus,
    notifier,
    courier: new MemoryCourier(handed, clock),
    approver: new MemoryApprover(store, notifier, clock, ids, () => ok(undefined)),
    machines: {
      start: async (machine, name) => {
        started.push({ machine, name });
        return ok({ executionId: `${machine}:${name}`, started: true });
      },
      describe: async (id) =>
        started.some((each) => `${each.machine}:${each.name}` === id) ? ok({ status: 'RUNNING' }) : failed('not-found', id),
    },
    flags: new MemoryFlagControl({ values: new Map(), epochs: {} }, clock),
    secrets: { read: async () => ok(new Map()) },
    trace: {
      record: ({ kind, subject, incident, data, reason }) =>
        timeline.push({ at: clock.now(), region, kind, subject, data: incident === undefined ? data : { incident, ...data }, reason }),
    },
  };
  const ctx: AnalyzeContext = { config, region, ports, memory: freshMemory(), explain: causeOf };
  return {
    ctx,
    clock,
    timeline,
    kinds: () => timeline.map((entry) => entry.kind),
    of: (kind: string) => timeline.filter((entry) => entry.kind === kind),
    messages,
    notified,
    handed,
    capacity,
    releases,
    cloudwatch,
    answers,
    started,
    states,
    /** Lets `seconds` pass. */
    pass: (seconds: number) => clock.run(clock.now() + seconds * 1000, drain),
  };
}
export type RegionBench = ReturnType<typeof regionContext>;
