import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { createCapacityState } from '../../adapters/memory/capacity-state.ts';
import { createNodeNetwork } from '../../adapters/node/network.ts';
import { regionNames, regionsOfGroup, regionsOfService } from '../../core/config/derive.ts';
import type { Config, TrafficGroup } from '../../core/config/schema.ts';
import { failed, Observation, type Result, storeKey } from '../../core/model/index.ts';
import type { OperatorAnswer } from '../../core/plan/operator.ts';
import type { MachineSet } from '../host/machine-files.ts';
import { type Records, readRecords } from '../host/records.ts';
import { Timeline } from '../host/timeline.ts';
import { CloudWatch } from '../world/cloudwatch.ts';
import { SequentialIds } from '../world/ids.ts';
import { Route53, regionShares } from '../world/route53.ts';
import { provisionTrafficGroup, regionCheckId, statusEntry } from '../world/traffic-groups.ts';
import { Breakage } from './breakage.ts';
import { LiveClock } from './clock.ts';
import { Customer } from './customer.ts';
import { DnsServer } from './dns-server.ts';
import { Fleet } from './fleet.ts';
import { Front, type Served } from './front.ts';
import { createLayout, type Layout } from './layout.ts';
import { type LiveConfig, liveConfigOf } from './live-config.ts';
import { hasIpv6, openReference } from './loopback.ts';
import { ObjectServer } from './object-server.ts';
import { taskStopped, unitSick } from './platform-events.ts';
import { recordsOf } from './record-sets.ts';
import { LiveRegionHost } from './region-host.ts';
import { createLiveState, type LiveState } from './state.ts';
import { UnitMonitor } from './unit-monitor.ts';
import { LiveCarriers } from './vote-carriers.ts';
import { zoneAnswers } from './zone.ts';

export interface LiveWorldOptions {
  /** The operator's configuration; the live one is made of it. */
  shipped: Config;
  machines: MachineSet;
  carrier: TrafficGroup['carrier'];
  /** The first of the five ports. */
  port: number;
  /** @default 1 */
  speed?: number;
}

/** Sixteen checkers look once in ten seconds each. */
const lookMs = 10_000 / 16;

const regionOffsetMs = 700;
const measureMs = 10_000;

export interface Traffic {
  good: number;
  bad: number;
}

/** Regions on loopback addresses: real sockets, processes and DNS around the same stages and machines as everywhere. */
export class LiveWorld {
  readonly clock: LiveClock;
  readonly config: Config;
  readonly layout: Layout;
  readonly timeline = new Timeline();
  readonly ipv6: boolean;
  readonly state: LiveState;
  readonly fleet: Fleet;
  readonly breakage: Breakage;
  readonly hosts: ReadonlyMap<string, LiveRegionHost>;
  /** Customers' requests since the start, by region. */
  readonly traffic = new Map<string, Traffic>();
  readonly #live: LiveConfig;
  readonly #route53: Route53;
  readonly #carriers: LiveCarriers;
  readonly #dns: DnsServer;
  readonly #fronts = new Map<string, Front[]>();
  readonly #objects = new Map<string, ObjectServer>();
  readonly #references: Server[] = [];
  readonly #moving: ReadonlySet<string>;
  readonly #stops: (() => void)[] = [];
  #customer: Customer | null = null;

  private constructor(options: LiveWorldOptions, ipv6: boolean) {
    this.clock = new LiveClock(options.speed);
    this.ipv6 = ipv6;
    this.layout = createLayout(options.shipped, options.port);
    this.#live = liveConfigOf(options.shipped, { layout: this.layout, carrier: options.carrier, ipv6 });
    this.config = this.#live.config;
    this.#moving = new Set(this.config.trafficGroups.flatMap((group) => group.records.map((record) => record.name.toLowerCase())));
    const regions = regionNames(this.config);
    const metrics = new Map(regions.map((region) => [region, new CloudWatch()]));
    const cloudwatch = (region: string) => metrics.get(region) ?? new CloudWatch();
    const isDown = (region: string) => this.isDown(region);
    const token = randomBytes(16).toString('hex');
    this.#carriers = new LiveCarriers({
      ...{ config: this.config, layout: this.layout, token, cloudwatch, isDown },
      now: () => this.clock.now(),
    });
    this.#route53 = new Route53({ onStatusChange: (change) => this.timeline.record({ at: this.clock.now(), ...statusEntry(change) }) });
    const capacity = createCapacityState();
    const unitIds = new SequentialIds('new');
    this.fleet = new Fleet({
      ...{ config: this.config, layout: this.layout, clock: this.clock, ids: unitIds, state: capacity },
      onCrash: ({ service, region, unit }) => this.#happened(region, taskStopped(this.config, service, region, unit)),
    });
    this.breakage = new Breakage({
      ...{
        config: this.config,
        layout: this.layout,
        names: this.#live.names,
        clock: this.clock,
        timeline: this.timeline,
        fleet: this.fleet,
      },
      lose: (region) => this.#lose(region),
      find: (region) => this.#find(region),
    });
    this.state = createLiveState(
      {
        ...{ config: this.config, layout: this.layout, capacity, unitIds, carriers: this.#carriers, cloudwatch, isDown },
        records: recordsOf(this.config, this.#route53, this.clock),
        unitsOf: ({ service, region }) => this.fleet.serving(service, region),
      },
      this.clock,
    );
    this.#dns = new DnsServer(
      zoneAnswers({
        ...{ zones: this.#live.zones, names: this.#live.names, moving: this.#moving, route53: this.#route53, ipv6 },
        now: () => this.clock.now(),
        random: Math.random,
        faultOf: (name) => this.breakage.dnsFaultOf(name),
      }),
    );
    const network = createNodeNetwork();
    const parts = { state: this.state, clock: this.clock, network, machines: options.machines, timeline: this.timeline };
    this.hosts = new Map(regions.map((region) => [region, new LiveRegionHost({ ...parts, region })]));
    for (const region of regions) {
      this.traffic.set(region, { good: 0, bad: 0 });
      this.#objects.set(region, new ObjectServer(this.layout.objects(region), this.layout.ports.objects, token));
      this.#fronts.set(region, this.#frontsOf(region));
    }
  }

  /** Builds the world and starts it; throws LiveStartError when this machine does not let it. */
  static async start(options: LiveWorldOptions): Promise<LiveWorld> {
    const world = new LiveWorld(options, await hasIpv6());
    try {
      await world.#start();
      return world;
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { layout, clock, config } = this;
    await this.#dns.listen(layout.nameServers, layout.ports.dns);
    for (const address of layout.references) this.#references.push(await openReference(address, layout.ports.references));
    for (const region of regionNames(config)) await this.#open(region);
    await this.fleet.start();
    for (const group of config.trafficGroups) provisionTrafficGroup(this.#route53, group, config, this.#carriers, clock.now());
    this.#stops.push(
      clock.every(lookMs, async () => {
        await this.#carriers.fetchAll();
        this.#route53.advance(clock.now());
      }),
      clock.every(measureMs, () => this.#measure()),
    );
    for (const [index, host] of [...this.hosts.values()].entries()) void host.start(index * regionOffsetMs);
    const record = config.trafficGroups[0]?.records[0];
    if (record !== undefined)
      this.#customer = new Customer({
        servers: layout.nameServers.map((address) => `${address}:${layout.ports.dns}`),
        ...{ name: record.name, port: layout.ports.services, speed: clock.speed },
      });
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    for (const host of this.hosts.values()) host.stop();
    await Promise.all([this.#customer?.stop(), this.fleet.stop()]);
    for (const region of regionNames(this.config)) this.#close(region);
    for (const reference of this.#references.splice(0)) {
      reference.close();
      reference.closeAllConnections();
    }
    this.#dns.close();
  }

  isDown(region: string): boolean {
    return this.hosts.get(region)?.lost ?? false;
  }

  get customer(): Customer | null {
    return this.#customer;
  }

  /**
   * Carries out a person's order in a region that is up: the one that is named, else one that works on an incident, else the first.
   */
  async operate(order: unknown, named?: string): Promise<Result<OperatorAnswer>> {
    const up = [...this.hosts.values()].filter((host) => !host.lost);
    const names = up.map((host) => host.region).join(', ');
    const working = this.records().incidents.find((incident) => incident.state !== 'resolved')?.region;
    const host = named === undefined ? (up.find(({ region }) => region === working) ?? up[0]) : up.find(({ region }) => region === named);
    if (host !== undefined) return host.operate(order);
    const reason = named === undefined ? 'no region is up' : `${JSON.stringify(named)} is not up; regions that are: ${names || 'none'}`;
    return failed('unavailable', `nobody takes the order: ${reason}`);
  }

  /** Share of the answers of a group that each region has now. */
  shares(group: string): Record<string, number> {
    const record = this.config.trafficGroups.find((each) => each.name === group)?.records[0];
    if (record === undefined) return {};
    return Object.fromEntries(regionShares(this.#route53.answer(record.name, record.type, this.clock.now())));
  }

  records(): Records {
    return readRecords(this.state.stores.values());
  }

  /** What each region observed last. */
  observations(): Observation[] {
    return regionNames(this.config).flatMap((region) => {
      const item = this.state.storeOf(region).items.get(storeKey.observation(region));
      return item === undefined ? [] : [Observation.parse(item.body)];
    });
  }

  /** Whether every region that is up has looked, trusts itself and sees all groups well wherever it is up. */
  steady(): boolean {
    const up = regionNames(this.config).filter((region) => !this.isDown(region));
    const seen = new Map(this.observations().map((each) => [each.observer, each]));
    const wanted = this.config.trafficGroups.flatMap((group) =>
      regionsOfGroup(this.config, group.name).map((region) => ({ group: group.name, region })),
    );
    return up.every((observer) => {
      const { abstains = true, views = [] } = seen.get(observer) ?? {};
      const well = (group: string, region: string) =>
        views.some((view) => view.group === group && view.region === region && (view.status === 'healthy' || view.status === 'degraded'));
      return !abstains && wanted.every(({ group, region }) => this.isDown(region) || well(group, region));
    });
  }

  /** Everything that evenkeel could have changed, in a form that compares. */
  snapshot() {
    const { capacity, flags } = this.state;
    return {
      answers: Object.fromEntries(this.config.trafficGroups.map((group) => [group.name, this.shares(group.name)])),
      checks: Object.fromEntries(
        this.config.trafficGroups.flatMap((group) =>
          regionsOfGroup(this.config, group.name).map((region) => [
            regionCheckId(group.name, region),
            this.#route53.healthy(regionCheckId(group.name, region)),
          ]),
        ),
      ),
      votes: this.#carriers.draining(),
      weights: Object.fromEntries(
        this.config.trafficGroups.map((group) => [group.name, this.state.records.weights(group.name)?.weights ?? {}]),
      ),
      capacity: Object.fromEntries(
        Object.entries(capacity.services).map(([key, { desired, min, max, units }]) => [
          key,
          { desired, min, max, units: units.map(({ id, zone, ejected }) => ({ id, zone, ejected })) },
        ]),
      ),
      processes: [...this.fleet.pids().keys()].sort(),
      flags: Object.fromEntries(flags.values),
      releases: structuredClone(this.state.releases.services),
      databases: structuredClone(this.state.data.databases),
    };
  }

  #lose(region: string): void {
    this.hosts.get(region)?.lose();
    this.#close(region);
    this.fleet.strike(region);
  }

  async #find(region: string): Promise<void> {
    this.fleet.revive(region);
    await this.#open(region);
    this.hosts.get(region)?.find();
  }

  async #open(region: string): Promise<void> {
    await this.#objects.get(region)?.open();
    for (const front of this.#fronts.get(region) ?? []) await front.open();
  }

  #close(region: string): void {
    this.#objects.get(region)?.close();
    for (const front of this.#fronts.get(region) ?? []) front.close();
  }

  #frontsOf(region: string): Front[] {
    const services = this.config.services.filter((service) => regionsOfService(this.config, service).includes(region));
    return services.map(({ name: service }) => {
      const monitor = new UnitMonitor();
      return new Front({
        address: this.layout.front(service, region),
        port: this.layout.ports.services,
        units: () => this.fleet.serving(service, region),
        onServed: (served) => {
          this.#served(region, served);
          const sick = served.unit === null ? null : monitor.note(served.unit, served.status, this.clock.now());
          if (sick !== null) this.#happened(region, unitSick(service, region, sick));
        },
      });
    });
  }

  /** An event comes to the region's default bus. */
  #happened(region: string, event: unknown): void {
    if (event !== null) void this.hosts.get(region)?.trigger(event);
  }

  /** What ECS measures of its services. */
  #measure(): void {
    const at = this.clock.now();
    for (const { name, deployments } of this.config.services)
      for (const [region, deployment] of Object.entries(deployments)) {
        const share = this.fleet.memoryShare(name, region);
        if (deployment.kind !== 'ecs' || share === null || this.isDown(region)) continue;
        const dimensions = { ClusterName: deployment.cluster, ServiceName: deployment.service };
        this.state.cloudwatch(region).put('AWS/ECS', { name: 'MemoryUtilization', dimensions, at, value: 100 * share }, at);
      }
  }

  /** Customers ask for the name that moves; probes for the region's own. */
  #served(region: string, { host, status }: Served): void {
    if (!this.#moving.has(host.replace(/:\d+$/, '').toLowerCase())) return;
    const counts = this.traffic.get(region);
    if (counts === undefined) return;
    if (status >= 400) counts.bad++;
    else {
      counts.good++;
      this.breakage.served();
    }
  }
}
