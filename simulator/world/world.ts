import { type CapacityState, createCapacityState } from '../../adapters/memory/capacity-state.ts';
import {
  createReleaseState,
  createReleases,
  finishRollout,
  type ReleaseState,
  setStuck,
  startRollout,
} from '../../adapters/memory/release-control.ts';
import { awsServiceName, dependenciesOf, regionNames, regionsOfService } from '../../core/config/derive.ts';
import type { Config, Service, TrafficGroup } from '../../core/config/schema.ts';
import type { Vote } from '../../core/model/index.ts';
import type { Ids } from '../../core/ports/index.ts';
import { CloudWatch } from './cloudwatch.ts';
import { type Day, dayFactor, knownTimes } from './day.ts';
import { Distributions, viewersShare } from './distributions.ts';
import type { Fault, FaultOf } from './fault.ts';
import { GroupFlow, type Overstay } from './group-flow.ts';
import { type RecordSet, Route53, regionShares, type StatusChange } from './route53.ts';
import { requestCounts, type ServedVersion, serviceMetrics } from './service-metrics.ts';
import { addressesOf, combine, ServiceRegion } from './service-region.ts';
import { provisionTrafficGroup } from './traffic-groups.ts';
import { VoteBoard } from './vote-board.ts';
import { awsName, Weather } from './weather.ts';

/** The world moves in steps of this length; faults begin and end between them. */
export const tickMs = 5_000;
const minuteMs = 60_000;

/** Chosen: of what all regions together can carry in normal times, half is asked for. */
const usualLoadShare = 0.5;
/** Of the peak, when the configuration names one. */
const usualShareOfPeak = 0.6;

/** What clients of one service got in one minute, for reports and checkers. */
export interface MinuteOfTraffic {
  at: number;
  service: string;
  /** Requests a second that arrived, by region. */
  perSecond: Record<string, number>;
  /** Share of all its requests that failed, wherever they went. */
  failedShare: number;
}

export interface WorldOptions {
  config: Config;
  startAt: number;
  ids: Ids;
  /** @default the same load at every hour */
  day?: Day;
  onStatusChange?: (change: StatusChange) => void;
  onMinute?: (minute: MinuteOfTraffic) => void;
}

/** Chosen: how old the first release is, and how long it takes to replace all units. */
const firstReleaseAgeMs = 7 * 24 * 3_600_000;
const rolloutMs = 60_000;
/** The past is known in coarser steps than the present: nobody asks what a minute of yesterday was. */
const pastStepMs = 300_000;

interface Demand {
  service: Service;
  totalPerSecond: number;
  group: TrafficGroup | undefined;
  regions: ServiceRegion[];
}

/** What fails with what, of one service in one region: services here, and AWS services by name. */
interface Needs {
  platform: readonly string[];
  hard: readonly (ServiceRegion | string)[];
}

/** Everything outside evenkeel: services, their clients, Route 53, CloudWatch, and the faults that stand. Moves only by `advance`. */
export class World {
  readonly config: Config;
  readonly weather = new Weather();
  readonly route53: Route53;
  readonly votes: VoteBoard;
  readonly capacity: CapacityState = createCapacityState();
  readonly releases: ReleaseState = createReleaseState();
  readonly distributions: Distributions;
  /** Parameters that applications read, by `<service>/<region> <name>`. */
  readonly flags = new Map<string, string>();
  readonly services = new Map<string, ServiceRegion>();
  readonly #regions: string[];
  readonly #cloudwatch: Map<string, CloudWatch>;
  readonly #flows = new Map<string, GroupFlow[]>();
  readonly #demands: Demand[];
  readonly #options: WorldOptions;
  readonly #badVersions = new Map<string, { fault: FaultOf<'bad-release'>; version: string; errorsFrom: number }>();
  readonly #weightChanges = new Map<string, number>();
  readonly #arrivals = new Map<string, number>();
  readonly #needs = new Map<ServiceRegion, Needs>();
  readonly #minute = new Map<string, { arrived: Map<string, number>; failed: number; total: number; ticks: number }>();
  #nextTickAt: number;

  constructor(options: WorldOptions) {
    const { config, startAt } = options;
    this.config = config;
    this.#options = options;
    this.#regions = regionNames(config);
    this.distributions = new Distributions(config, startAt);
    this.#nextTickAt = startAt;
    this.#cloudwatch = new Map(this.#regions.map((region) => [region, new CloudWatch()]));
    this.route53 = new Route53({
      apiAvailable: () => this.weather.aws('route53', 'us-east-1').downShare < 1,
      onStatusChange: (change) => {
        // What settled before the beginning is not part of the story.
        if (change.at > startAt) options.onStatusChange?.(change);
      },
    });
    this.votes = new VoteBoard({
      cloudwatch: (region) => this.cloudwatch(region),
      objectsReachable: (region) => !this.weather.unreachable(region) && this.weather.aws('s3', region).downShare < 1,
      metricArrival: (region, at) => this.#metricArrival(region, at),
    });
    for (const group of config.trafficGroups) provisionTrafficGroup(this.route53, group, config, this.votes, startAt);
    this.#demands = config.services.map((service) => this.#settle(service));
    for (const group of config.trafficGroups) this.#flows.set(group.name, this.#flowsOf(group, startAt));
    if (options.day !== undefined) this.#countPast(options.day, startAt);
  }

  cloudwatch(region: string): CloudWatch {
    const found = this.#cloudwatch.get(region);
    if (found === undefined) throw new Error(`the world has no region ${JSON.stringify(region)}`);
    return found;
  }

  service(name: string, region: string): ServiceRegion | undefined {
    return this.services.get(`${name}/${region}`);
  }

  begin(fault: Fault, at: number): void {
    this.advance(at);
    this.weather.begin(fault);
    if (fault.kind === 'bad-release') this.#release(fault, at);
    this.#strike(at);
  }

  end(fault: Fault, at: number): void {
    this.advance(at);
    this.weather.end(fault);
    this.#strike(at);
  }

  #strike(at: number): void {
    for (const [key, service] of this.services) {
      service.setFaults(this.weather.standing, at);
      const releases = this.releases.services[key];
      if (releases !== undefined) setStuck(releases, service.capacity.neverHealthy, at);
    }
  }

  /** Runs every tick that is due by `to`. Call it before reading or changing anything in the world. */
  advance(to: number): void {
    for (; this.#nextTickAt <= to; this.#nextTickAt += tickMs) this.#tick(this.#nextTickAt);
  }

  /** Regions that the name servers answer with for a group now, by share of the answers. */
  answered(group: string, at: number, location?: string): Map<string, number> {
    const record = this.config.trafficGroups.find((each) => each.name === group)?.records[0];
    if (record === undefined) return new Map();
    this.advance(at);
    return regionShares(this.route53.answer(record.name, record.type, at, location));
  }

  /** What a script that ended well does to the service it ran on. */
  runScript(document: string, service: string, region: string, at: number): void {
    this.advance(at);
    this.service(service, region)?.runScript(document, at);
  }

  /** What each of the zone's name servers answers for a group: all the same, as their data plane is one. */
  nameServers(group: string, at: number): { server: string; regions: string[]; rcode: string }[] {
    const regions = [...this.answered(group, at)].flatMap(([region, share]) => (share > 0 ? [region] : []));
    return ['ns-1', 'ns-2', 'ns-3', 'ns-4'].map((server) => ({ server, regions, rcode: 'NOERROR' }));
  }

  /** How late a datum published in the region now can be read, ms; null: never. */
  metricLateness(region: string, at: number): number | null {
    const arrival = this.#metricArrival(region, at);
    return arrival === null ? null : arrival - at;
  }

  /** A voter's word, published in its region. */
  castVote(vote: Vote, at: number): void {
    this.advance(at);
    this.route53.advance(at);
    this.votes.publish(vote, at);
  }

  /** Weights of a group with weighted records; the token changes with every change, whoever makes it. */
  weights(group: string): { weights: Record<string, number>; token: string } | undefined {
    const sets = this.#weightedSets(group);
    if (sets.length === 0) return undefined;
    const weights = Object.fromEntries(sets.map((set) => [set.region, set.routing.kind === 'weighted' ? set.routing.weight : 0]));
    return { weights, token: String(this.#weightChanges.get(group) ?? 0) };
  }

  setWeights(group: string, weights: Record<string, number>, at: number): void {
    this.advance(at);
    const changes = this.#weightedSets(group).map((set) => ({
      action: 'UPSERT' as const,
      set: { ...set, routing: { kind: 'weighted' as const, weight: weights[set.region] ?? 0 } },
    }));
    if (this.route53.changeRecordSets(changes, at).ok) this.#weightChanges.set(group, (this.#weightChanges.get(group) ?? 0) + 1);
  }

  #weightedSets(group: string): RecordSet[] {
    const records = this.config.trafficGroups.find((each) => each.name === group)?.records ?? [];
    return records
      .flatMap((record) => [...this.route53.recordSets(record.name, record.type)])
      .filter((set) => set.routing.kind === 'weighted');
  }

  /** Requests a second that come in for a service in a region. */
  arrivals(service: string, region: string): number {
    return this.#arrivals.get(`${service}/${region}`) ?? 0;
  }

  #settle(service: Service): Demand {
    const group = this.config.trafficGroups.find((each) => each.name === service.trafficGroup);
    const regions = regionsOfService(this.config, service).map((region) => {
      const here = new ServiceRegion(service, region, addressesOf(this.config, service, region), this.#options.ids);
      this.services.set(`${service.name}/${region}`, here);
      this.capacity.services[`${service.name}/${region}`] = here.capacity;
      const firstRelease = { version: 'v1', at: this.#nextTickAt - firstReleaseAgeMs };
      this.releases.services[`${service.name}/${region}`] = createReleases(
        [firstRelease],
        rolloutMs,
        service.deployments[region]?.kind === 'lambda',
      );
      return here;
    });
    const carried = regions.reduce((sum, here) => sum + here.capacity.desired * here.unitCapacityPerSecond, 0);
    const totalPerSecond = service.peakPerSecond === undefined ? carried * usualLoadShare : service.peakPerSecond * usualShareOfPeak;
    return { service, totalPerSecond, group, regions };
  }

  /** What the load balancers have counted before the beginning, when nothing was wrong. */
  #countPast(day: Day, startAt: number): void {
    for (const at of knownTimes(day, startAt, pastStepMs)) {
      for (const demand of this.#demands) {
        this.#arrive(demand, at);
        for (const here of demand.regions)
          for (const { namespace, datum } of requestCounts(here, at, this.arrivals(demand.service.name, here.region) * (pastStepMs / 1000)))
            this.cloudwatch(here.region).put(namespace, datum, at);
      }
    }
  }

  /** One flow of clients near each region. */
  #flowsOf(group: TrafficGroup, at: number): GroupFlow[] {
    const record = group.records[0];
    if (record === undefined) return [];
    const cohorts = Math.max(1, Math.round((group.ttlSeconds * 1000) / tickMs));
    return this.#regions.map((near) => new GroupFlow(this.#regions, cohorts, this.route53.answer(record.name, record.type, at, near)));
  }

  #tick(at: number): void {
    this.route53.advance(at);
    const [overstay] = this.weather.of('dns-overstay');
    for (const group of this.config.trafficGroups) this.#tickFlows(group, at, overstay?.with);
    for (const demand of this.#demands) this.#arrive(demand, at, overstay?.with);
    for (const demand of this.#demands) this.#serve(demand, at);
    if ((at + tickMs) % minuteMs === 0) this.#closeMinute(at + tickMs);
  }

  #tickFlows(group: TrafficGroup, at: number, overstay: Overstay | undefined): void {
    const record = group.records[0];
    if (record === undefined) return;
    const flows = this.#flows.get(group.name) ?? [];
    for (const [index, flow] of flows.entries())
      flow.tick(at, this.route53.answer(record.name, record.type, at, this.#regions[index]), overstay);
  }

  /** How many requests come in for each region of a service: by the answers its clients hold, or from what calls it there. */
  #arrive({ service, totalPerSecond, group, regions }: Demand, at: number, overstay?: Overstay): void {
    const { day } = this.#options;
    const usual = day === undefined ? 1 : dayFactor(day, at);
    const factor = this.weather
      .of('load')
      .reduce((product, fault) => (fault.where.service === service.name ? product * fault.with.factor : product), usual);
    const flows = group === undefined ? undefined : this.#flows.get(group.name);
    const origin = group === undefined ? undefined : this.distributions.served(group.name, at);
    for (const here of regions) {
      const key = `${service.name}/${here.region}`;
      const index = this.#regions.indexOf(here.region);
      const perSecond =
        flows === undefined
          ? this.#callsFrom(service, here, totalPerSecond / regions.length)
          : throughOrigin(flows.reduce((sum, flow) => sum + flow.share(index, overstay), 0) / flows.length, here.region, origin) *
            totalPerSecond;
      this.#arrivals.set(key, perSecond * factor);
    }
  }

  /** An inner service gets what its callers get; one that nobody calls has its own clients in its region. */
  #callsFrom(service: Service, here: ServiceRegion, otherwise: number): number {
    const callers = this.config.services.filter((each) => each.dependsOn.some((dependency) => dependency.service === service.name));
    if (callers.length === 0) return otherwise;
    return callers.reduce((sum, caller) => sum + this.arrivals(caller.name, here.region), 0);
  }

  #serve({ service, regions }: Demand, at: number): void {
    let total = 0;
    let failed = 0;
    const minute = this.#minuteOf(service.name);
    for (const here of regions) {
      const arriving = this.arrivals(service.name, here.region);
      const lost = this.weather.unreachable(here.region);
      // Without a deployment somebody else scales it: it is never the bottleneck.
      const felt = service.deployments[here.region] === undefined ? 0.4 * here.capacity.desired * here.unitCapacityPerSecond : arriving;
      const versions = this.#servedVersions(`${service.name}/${here.region}`, at);
      here.tick(at, tickMs / 1000, lost ? 0 : felt, {
        dependencyErrorShare: this.#dependencyErrorShare(here),
        releaseErrorShare: versions.reduce((sum, each) => sum + each.share * each.errorShare, 0),
        releaseLatencyFactor: versions.reduce((sum, each) => sum + each.share * each.latencyFactor, 0),
      });
      total += arriving;
      failed += arriving * (lost ? 1 : here.failingShare());
      minute.arrived.set(here.region, (minute.arrived.get(here.region) ?? 0) + arriving);
    }
    minute.total += total;
    minute.failed += failed;
    minute.ticks++;
  }

  #dependencyErrorShare(here: ServiceRegion): number {
    const { service, region } = here;
    let share = this.weather.aws(service.name, region).dependentsShare;
    // A degraded application does without what it depends on.
    const degraded = service.degradeFlag !== undefined && this.flags.get(`${service.name}/${region} ${service.degradeFlag}`) === 'degraded';
    const { platform, hard } = this.#needsOf(here);
    for (const aws of platform) share = combine(share, this.weather.aws(aws, region).dependentsShare);
    if (!degraded)
      for (const each of hard)
        share = combine(share, typeof each === 'string' ? this.weather.aws(each, region).dependentsShare : each.failingShare());
    return share;
  }

  /** Worked out once: asked at each tick. */
  #needsOf(here: ServiceRegion): Needs {
    const known = this.#needs.get(here);
    if (known !== undefined) return known;
    const { service, region } = here;
    const hard = dependenciesOf(service).flatMap(({ service: name, hard: isHard }): Needs['hard'] => {
      if (!isHard) return [];
      return [this.services.get(`${name}/${region}`) ?? (name.startsWith(awsServiceName('')) ? awsName(name) : [])].flat();
    });
    const needs = { platform: service.deployments[region]?.kind === 'lambda' ? ['lambda'] : [], hard };
    this.#needs.set(here, needs);
    return needs;
  }

  /** A new version is rolled out; its errors begin when the fault says and last as long as it serves and the fault stands. */
  #release(fault: FaultOf<'bad-release'>, at: number): void {
    const key = `${fault.where.service}/${fault.where.region}`;
    const releases = this.releases.services[key];
    if (releases === undefined) return;
    const version = `v${releases.releases.length + 1}`;
    releases.releases.unshift({ id: version, version, at, state: 'previous' });
    if (fault.with.rollOut) startRollout(releases, version, at);
    this.#badVersions.set(key, { fault, version, errorsFrom: at + fault.with.afterMinutes * minuteMs });
  }

  /** The versions that callers get now and what is wrong with them; two while an alias divides the callers. */
  #servedVersions(key: string, at: number): ServedVersion[] {
    const releases = this.releases.services[key];
    if (releases === undefined) return [{ id: '', share: 1, errorShare: 0, latencyFactor: 1 }];
    finishRollout(releases, at);
    const { canary, share } = releases.alias ?? { canary: null, share: 0 };
    const current = releases.releases.find((release) => release.state === 'current')?.id ?? '';
    return [
      { id: current, share: 1 - share, ...this.#flawsOf(key, current, at) },
      ...(canary === null ? [] : [{ id: canary, share, ...this.#flawsOf(key, canary, at) }]),
    ];
  }

  #flawsOf(key: string, version: string, at: number): Pick<ServedVersion, 'errorShare' | 'latencyFactor'> {
    const bad = this.#badVersions.get(key);
    if (bad === undefined || bad.version !== version || at < bad.errorsFrom || !this.weather.standing.has(bad.fault))
      return { errorShare: 0, latencyFactor: 1 };
    return { errorShare: bad.fault.with.share, latencyFactor: bad.fault.with.latencyFactor };
  }

  #minuteOf(service: string) {
    let minute = this.#minute.get(service);
    if (minute === undefined) {
      minute = { arrived: new Map(), failed: 0, total: 0, ticks: 0 };
      this.#minute.set(service, minute);
    }
    return minute;
  }

  #closeMinute(at: number): void {
    for (const [name, minute] of this.#minute) {
      const perSecond = Object.fromEntries([...minute.arrived].map(([region, sum]) => [region, sum / minute.ticks]));
      this.#options.onMinute?.({ at, service: name, perSecond, failedShare: minute.total === 0 ? 0 : minute.failed / minute.total });
      for (const [region, mean] of Object.entries(perSecond)) this.#publishMetrics(name, region, at - minuteMs, mean);
    }
    this.#minute.clear();
  }

  #publishMetrics(service: string, region: string, at: number, perSecond: number): void {
    const here = this.services.get(`${service}/${region}`);
    const arrival = this.#metricArrival(region, at);
    if (here === undefined || arrival === null) return;
    const versions = this.#servedVersions(`${service}/${region}`, at);
    for (const { namespace, datum } of serviceMetrics(here, at, perSecond, versions))
      this.cloudwatch(region).put(namespace, datum, arrival);
  }

  #metricArrival(region: string, at: number): number | null {
    if (this.weather.aws('cloudwatch', region).downShare === 1) return null;
    let arrival = at;
    for (const fault of this.weather.of('metrics-silent')) {
      if (fault.where.region !== region) continue;
      if (fault.with.lateSeconds === undefined) return null;
      arrival += fault.with.lateSeconds * 1000;
    }
    return arrival;
  }
}

/** Share of the clients that a region gets: by the name, and through a distribution where there is one. */
function throughOrigin(byName: number, region: string, origin: string | undefined): number {
  if (origin === undefined) return byName;
  return (1 - viewersShare) * byName + (region === origin ? viewersShare : 0);
}
