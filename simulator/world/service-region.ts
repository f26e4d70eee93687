import { createService, reconcile, type ServiceCapacity, type Unit } from '../../adapters/memory/capacity-state.ts';
import type { Config, Service } from '../../core/config/schema.ts';
import type { Ids } from '../../core/ports/index.ts';
import type { Fault, FaultOf } from './fault.ts';

/** Figures of the model that nothing documents: chosen, the same for every service. */
const chosen = {
  unitCapacityPerSecond: 100,
  unitsWithoutDeployment: 4,
  addresses: 3,
  /** Median of the time to the first byte of an idle unit. */
  serviceMs: 30,
  /** Seconds of work that may wait before requests are turned away. */
  queueSeconds: 5,
  /** Latency grows with 1/(1 − utilisation) up to here. */
  utilisationMax: 0.95,
  certificateDays: 200,
  memoryShare: 0.45,
};

const startUpMs = { ecs: 45_000, asg: 90_000, lambda: 2_000 };
const zones = ['a', 'b', 'c'];

/** One address that the service's name resolves to, and what a request there meets. */
export interface Front {
  address: string;
  zone: string;
  state: 'serving' | 'refusing' | 'dead';
  errorShare: number;
}

/** What the name of a service resolves to in a region: the values of its record, or as many as are chosen where it has none. */
export function addressesOf(config: Config, service: Service, region: string): readonly string[] {
  const records = config.trafficGroups.find((each) => each.name === service.trafficGroup)?.records ?? [];
  const values = records.find((record) => record.regions[region] !== undefined)?.regions[region]?.values ?? [];
  if (values.length > 0) return values;
  return Array.from({ length: chosen.addresses }, (_, index) => inventedAddress(service.name, region, index));
}

/** What a request to the service in this region meets now. */
export interface Serving {
  /** Share of requests that fail whatever address they take: overload, dependencies, releases, faults. */
  errorShare: number;
  serviceMs: number;
  /** What comes in over what can be served. */
  utilisation: number;
  backlogSeconds: number;
  certificateDays: number;
}

/** What the world outside means for this service here, worked out anew each tick. */
export interface Surroundings {
  /** Share of requests that fail because of what the service depends on. */
  dependencyErrorShare: number;
  /** Share of requests that fail because of the release that runs. */
  releaseErrorShare: number;
  /** Times as long that the release that runs takes to answer. */
  releaseLatencyFactor: number;
}

/** One service in one region: units behind addresses, in front of a queue. */
export class ServiceRegion {
  readonly service: Service;
  readonly region: string;
  readonly capacity: ServiceCapacity;
  readonly fronts: Front[];
  readonly serving: Serving;
  readonly unitCapacityPerSecond: number;
  /** Units that ran at the beginning. */
  readonly baselineUnits: number;
  /** Shares that strike single endpoints of it, by endpoint name. */
  readonly endpointErrors = new Map<string, number>();
  readonly #addressOf = new Map<string, number>();
  readonly #crashed = new Map<string, number | null>();
  readonly #ids: Ids;
  #backlog = 0;
  #faults: Fault[] = [];
  #leakSince: number | undefined;
  readonly #cured = new Set<Fault>();

  constructor(service: Service, region: string, addresses: readonly string[], ids: Ids) {
    this.service = service;
    this.region = region;
    this.#ids = ids;
    const deployment = service.deployments[region];
    this.unitCapacityPerSecond = deployment?.unitCapacityPerSecond ?? chosen.unitCapacityPerSecond;
    this.fronts = addresses.map((address, index) => ({
      address,
      zone: zones[index % zones.length] ?? 'a',
      state: 'serving',
      errorShare: 0,
    }));
    this.capacity = createService(
      {
        desired: deployment?.baselineUnits ?? chosen.unitsWithoutDeployment,
        min: deployment?.minUnits ?? 1,
        max: deployment?.maxUnits ?? chosen.unitsWithoutDeployment * 5,
        zones,
        startUpMs: startUpMs[deployment?.kind ?? 'ecs'],
        saturation: 0,
        ...(deployment?.kind === 'lambda' ? { concurrency: { provisioned: 0, reserved: null, readyAt: 0 } } : {}),
      },
      `${service.name}-${region}`,
    );
    this.baselineUnits = this.capacity.desired;
    // As with load-balancer targets of type ip: a unit is known by its address.
    this.capacity.units.forEach((unit, index) => {
      const front = this.fronts[index];
      if (front !== undefined) unit.id = front.address;
    });
    this.serving = {
      errorShare: 0,
      serviceMs: chosen.serviceMs,
      utilisation: 0,
      backlogSeconds: 0,
      certificateDays: chosen.certificateDays,
    };
  }

  /** The faults that strike this service here, of all that stand. Called when one begins or ends. */
  setFaults(standing: Iterable<Fault>, now: number): void {
    this.#faults = [...standing].filter((fault) => strikes(fault, this.service.name, this.region));
    const kinds = (kind: Fault['kind']) => this.#faults.some((fault) => fault.kind === kind);
    this.capacity.refusal = kinds('capacity-refused') ? 'InsufficientInstanceCapacity: no capacity of this type in the zone' : null;
    this.capacity.neverHealthy = kinds('units-never-healthy');
    this.#setQuota();
    this.#setZones(now);
    this.#setFronts();
  }

  /** Addresses that the regional name resolves to: those with a unit in service; all of them when none has one. */
  answeredFronts(): readonly Front[] {
    const answered = this.fronts.filter((_, index) => this.#hasUnitInService(index));
    return answered.length === 0 ? this.fronts : answered;
  }

  /** Moves on by `seconds` to `now`, with `perSecond` requests coming in. */
  tick(now: number, seconds: number, perSecond: number, surroundings: Surroundings): void {
    reconcile(this.capacity, now, this.#ids);
    this.#leak(now);
    const fullPerSecond = this.#carriers(now) * this.unitCapacityPerSecond;
    const utilisation = fullPerSecond === 0 ? (perSecond > 0 ? 10 : 0) : perSecond / fullPerSecond;
    // An overloaded server wastes work on requests whose callers have gone: goodput falls as load grows.
    const goodPerSecond = fullPerSecond / Math.max(1, utilisation);
    const room = goodPerSecond * chosen.queueSeconds;
    this.#backlog = Math.min(room, Math.max(0, this.#backlog + (perSecond - goodPerSecond) * seconds));
    const turnedAway = perSecond > goodPerSecond && this.#backlog >= room ? 1 - goodPerSecond / perSecond : 0;
    this.#describe(now, utilisation, goodPerSecond, turnedAway, surroundings);
  }

  /** Share of the client requests that come in here and fail, over all addresses. */
  failingShare(): number {
    const fronts = this.answeredFronts();
    const failing = fronts.reduce((sum, front) => sum + (front.state === 'serving' ? front.errorShare : 1), 0) / fronts.length;
    return combine(failing, this.serving.errorShare);
  }

  healthyUnits(now: number): number {
    return this.capacity.units.filter((unit) => isInService(unit, now)).length;
  }

  /** What a script that ended well does here: memory is as if the leak had just begun, and what it cures is over. */
  runScript(document: string, now: number): void {
    if (document.includes('garbage') && this.#leakSince !== undefined) this.#leakSince = now;
    for (const fault of this.#shortages()) if (fault.with.curedBy === document) this.#cured.add(fault);
  }

  /** What signals read while resources are short, by name. */
  shortSignals(): Record<string, number> {
    return Object.fromEntries(this.#shortages().map(({ with: { signal, value } }) => [signal, value]));
  }

  #shortages(): FaultOf<'resource-short'>[] {
    return this.#faults.filter((fault): fault is FaultOf<'resource-short'> => fault.kind === 'resource-short' && !this.#cured.has(fault));
  }

  /** Used share of the memory of a unit: flat, unless it leaks. */
  memoryShare(unit: Unit, now: number): number {
    const leak = this.#faults.find((fault): fault is FaultOf<'leak'> => fault.kind === 'leak');
    if (leak === undefined || this.#leakSince === undefined) return chosen.memoryShare;
    const minutes = (now - Math.max(unit.startedAt, this.#leakSince)) / 60_000;
    return Math.min(1, chosen.memoryShare + ((1 - chosen.memoryShare) * minutes) / leak.with.minutesToFull);
  }

  #describe(now: number, utilisation: number, goodPerSecond: number, turnedAway: number, surroundings: Surroundings): void {
    const { serving } = this;
    serving.utilisation = utilisation;
    this.capacity.saturation = utilisation;
    serving.backlogSeconds = goodPerSecond === 0 ? 0 : this.#backlog / goodPerSecond;
    let errorShare = combine(turnedAway, combine(surroundings.dependencyErrorShare, surroundings.releaseErrorShare));
    let factor = surroundings.releaseLatencyFactor / (1 - Math.min(utilisation, chosen.utilisationMax));
    let addMs = serving.backlogSeconds * 1000;
    serving.certificateDays = chosen.certificateDays;
    this.endpointErrors.clear();
    for (const fault of this.#faults) {
      if (fault.kind === 'http-errors' && fault.where.address === undefined) {
        if (fault.where.endpoint === undefined) errorShare = combine(errorShare, fault.with.share);
        else this.endpointErrors.set(fault.where.endpoint, combine(this.endpointErrors.get(fault.where.endpoint) ?? 0, fault.with.share));
      } else if (fault.kind === 'endpoint-down' && fault.where.endpoint !== undefined) this.endpointErrors.set(fault.where.endpoint, 1);
      else if (fault.kind === 'latency') {
        factor *= fault.with.factor;
        addMs += fault.with.addMs;
      } else if (fault.kind === 'resource-short' && !this.#cured.has(fault)) errorShare = combine(errorShare, fault.with.errorShare);
      else if (fault.kind === 'certificate-expired') serving.certificateDays = fault.with.days;
    }
    const memory = this.capacity.units.reduce((most, unit) => Math.max(most, this.memoryShare(unit, now)), 0);
    // A process that runs out of memory spends its time collecting garbage.
    if (memory > 0.8) factor *= 1 + 10 * (memory - 0.8);
    if (this.healthyUnits(now) === 0) errorShare = 1;
    serving.errorShare = errorShare;
    serving.serviceMs = chosen.serviceMs * factor + addMs;
  }

  /** Units that carry load. Lambda starts as many environments as it needs, up to the maximum. */
  #carriers(now: number): number {
    const running = this.capacity.concurrency === undefined ? this.healthyUnits(now) : this.capacity.max;
    return running * (1 - this.#flapShare(now));
  }

  #setQuota(): void {
    const quota = this.#faults.find((fault): fault is FaultOf<'quota'> => fault.kind === 'quota');
    const running = this.capacity.units.length;
    this.capacity.quota.limit = quota === undefined ? 1000 : (quota.with.limit ?? running);
  }

  /** Units of a dark zone are sick until the light is back; their replacements cannot start there. */
  #setZones(now: number): void {
    const dark = new Set(this.#faults.flatMap((fault) => (fault.kind === 'zone-down' ? [fault.where.zone as string] : [])));
    for (const unit of this.capacity.units) {
      const before = this.#crashed.get(unit.id);
      if (dark.has(unit.zone) && before === undefined) {
        this.#crashed.set(unit.id, unit.healthyAt);
        unit.healthyAt = null;
      } else if (!dark.has(unit.zone) && before !== undefined) {
        unit.healthyAt = Math.max(now, before ?? now) + this.capacity.startUpMs;
        this.#crashed.delete(unit.id);
      }
    }
    for (const front of this.fronts) front.state = dark.has(front.zone) && this.fronts.length > 1 ? 'dead' : 'serving';
  }

  #setFronts(): void {
    const leak = this.#faults.some((fault) => fault.kind === 'leak');
    if (!leak) this.#leakSince = undefined;
    for (const [index, front] of this.fronts.entries()) {
      front.errorShare = 0;
      for (const fault of this.#faults) {
        if (fault.kind === 'endpoint-down' && fault.where.endpoint === undefined && (fault.where.address ?? index + 1) === index + 1)
          front.state = 'refusing';
        if (fault.kind === 'http-errors' && fault.where.address === index + 1)
          front.errorShare = combine(front.errorShare, fault.with.share);
      }
    }
  }

  /** Memory that is used up kills the unit; its control plane starts it again. */
  #leak(now: number): void {
    if (!this.#faults.some((fault) => fault.kind === 'leak')) return;
    this.#leakSince ??= now;
    for (const unit of this.capacity.units) {
      if (this.memoryShare(unit, now) < 1) continue;
      unit.startedAt = now;
      unit.healthyAt = this.capacity.neverHealthy ? null : now + this.capacity.startUpMs;
    }
  }

  #flapShare(now: number): number {
    const flap = this.#faults.find((fault): fault is FaultOf<'lb-flapping'> => fault.kind === 'lb-flapping');
    if (flap === undefined) return 0;
    return Math.floor(now / (flap.with.periodSeconds * 1000)) % 2 === 0 ? flap.with.share : 0;
  }

  #hasUnitInService(front: number): boolean {
    return this.capacity.units.some((unit, index) => !unit.ejected && this.#frontOf(unit, index) === front);
  }

  /** A unit keeps the address that it got; later units are dealt out evenly. */
  #frontOf(unit: Unit, index: number): number {
    const known = this.#addressOf.get(unit.id);
    if (known !== undefined) return known;
    const named = this.fronts.findIndex((front) => front.address === unit.id);
    const front = named >= 0 ? named : index % this.fronts.length;
    this.#addressOf.set(unit.id, front);
    return front;
  }
}

/** Of two independent shares of failures, the share that fails by either. */
export function combine(a: number, b: number): number {
  return a + b - a * b;
}

function isInService(unit: Unit, now: number): boolean {
  return !unit.ejected && unit.healthyAt !== null && unit.healthyAt <= now;
}

function strikes(fault: Fault, service: string, region: string): boolean {
  const where: { service?: string | undefined; region?: string | undefined; document?: string } = fault.where;
  if (fault.kind === 'zone-down' || fault.kind === 'capacity-refused' || fault.kind === 'quota')
    return where.region === region && (where.service ?? service) === service;
  return where.service === service && (where.region ?? region) === region;
}

/** From the block that is set aside for benchmarks (RFC 2544), the same for the same service and region. */
function inventedAddress(service: string, region: string, index: number): string {
  let hash = 7;
  for (const letter of `${service}/${region}`) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 0xffff;
  return `198.${18 + (hash >> 15)}.${(hash >> 7) & 0xff}.${(((hash & 0x7f) << 1) % 250) + index + 1}`;
}
