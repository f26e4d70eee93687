import { type CapacityState, createService, reconcile, type ServiceCapacity } from '../../adapters/memory/capacity-state.ts';
import { regionsOfService } from '../../core/config/derive.ts';
import type { Config, Service } from '../../core/config/schema.ts';
import type { Ids } from '../../core/ports/index.ts';
import type { LiveClock } from './clock.ts';
import type { Layout } from './layout.ts';
import { UnitProcess } from './unit.ts';
import type { UnitMode } from './unit-process.ts';

export interface FleetParts {
  config: Config;
  layout: Layout;
  clock: LiveClock;
  ids: Ids;
  /** What the capacity adapters of all regions write to; the fleet makes it so with real processes. */
  state: CapacityState;
  /** A process ended that nobody asked to. */
  onCrash?: (crashed: { service: string; region: string; unit: string }) => void;
}

const syncMs = 500;
const healthMs = 1_000;
/** However fast the clock runs, processes are looked at no more often than this in real time. */
const leastMs = 200;
const healthTimeoutMs = 800;
/** Failed health checks in a row after which a unit counts as unhealthy. */
const failuresMax = 2;
/** Seconds from the start of a unit within which its health check should pass. */
const startUpSeconds = 20;
const startDeadlineMs = 30_000;

interface Running {
  key: string;
  process: UnitProcess;
  failures: number;
}

/** What runs the services of the live world: starts a process for each unit that the state wants, stops the others, checks their health. */
export class Fleet {
  readonly #parts: FleetParts;
  readonly #running = new Map<string, Running>();
  readonly #down = new Set<string>();
  readonly #modes = new Map<string, UnitMode>();
  readonly #stops: (() => void)[] = [];
  /** New units start cold in these regions. */
  readonly #cold = new Set<string>();
  #ending = false;

  constructor(parts: FleetParts) {
    this.#parts = parts;
    for (const service of parts.config.services)
      for (const region of regionsOfService(parts.config, service))
        parts.state.services[`${service.name}/${region}`] = capacityOf(service, region);
  }

  /** Resolves when every unit is well. */
  async start(): Promise<void> {
    const { clock } = this.#parts;
    this.#sync();
    const deadline = Date.now() + startDeadlineMs;
    for (;;) {
      await this.#checkAll();
      if ([...this.#running.values()].every(({ key, process }) => this.#record(key, process.id)?.healthyAt != null)) break;
      if (Date.now() > deadline) throw new Error(`the units of the live world did not start within ${startDeadlineMs / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    this.#stops.push(
      clock.every(Math.max(syncMs, leastMs * clock.speed), () => this.#sync()),
      clock.every(Math.max(healthMs, leastMs * clock.speed), () => this.#checkAll()),
    );
  }

  async stop(): Promise<void> {
    this.#ending = true;
    for (const stop of this.#stops.splice(0)) stop();
    await Promise.all([...this.#running.values()].map(({ process }) => process.stop()));
  }

  /** Units that get requests: well and not ejected. */
  serving(service: string, region: string): { id: string; address: string; port: number }[] {
    const key = `${service}/${region}`;
    return (this.#parts.state.services[key]?.units ?? []).flatMap((unit) => {
      const process = this.#running.get(unit.id)?.process;
      if (unit.ejected || unit.healthyAt === null || process?.port == null) return [];
      return [{ id: unit.id, address: process.address, port: process.port }];
    });
  }

  /** Process ids by unit. */
  pids(): Map<string, number> {
    return new Map([...this.#running.values()].flatMap(({ process }) => (process.pid === undefined ? [] : [[process.id, process.pid]])));
  }

  /** Every process of the region dies; nothing is started there until `revive`. */
  strike(region: string): void {
    this.#down.add(region);
    for (const { key, process } of this.#running.values()) if (regionOf(key) === region) process.kill();
  }

  revive(region: string): void {
    this.#down.delete(region);
    this.#sync();
  }

  /** Units that start in the region from now on never become ready. */
  chill(region: string): void {
    this.#cold.add(region);
  }

  thaw(region: string): void {
    this.#cold.delete(region);
  }

  setMode(service: string, region: string, mode: UnitMode): void {
    const key = `${service}/${region}`;
    this.#modes.set(key, mode);
    for (const running of this.#running.values()) if (running.key === key) running.process.setMode(mode);
  }

  /** One unit of the service alone. Answers which. */
  setModeOfOne(service: string, region: string, mode: UnitMode): string | null {
    const [unit] = this.serving(service, region);
    if (unit !== undefined) this.#running.get(unit.id)?.process.setMode(mode);
    return unit?.id ?? null;
  }

  /** One process of the service dies; as ECS does, another unit takes its place. Answers which. */
  killOne(service: string, region: string): string | null {
    const [victim] = this.serving(service, region);
    if (victim !== undefined) this.#running.get(victim.id)?.process.kill();
    return victim?.id ?? null;
  }

  /** Mean share of their memory that the units of a service have, 0..1; null when none has said. */
  memoryShare(service: string, region: string): number | null {
    const shares = [...this.#running.values()].flatMap(({ key, process }) =>
      key === `${service}/${region}` && process.memoryShare !== null ? [process.memoryShare] : [],
    );
    return shares.length === 0 ? null : shares.reduce((sum, share) => sum + share, 0) / shares.length;
  }

  /** Brings the processes in line with the state. */
  #sync(): void {
    if (this.#ending) return;
    const { state, clock, ids } = this.#parts;
    const wanted = new Set<string>();
    for (const [key, service] of Object.entries(state.services)) {
      const up = !this.#down.has(regionOf(key));
      if (up) reconcile(service, clock.now(), ids);
      for (const unit of service.units) {
        wanted.add(unit.id);
        if (up && !this.#running.has(unit.id)) this.#spawn(key, unit.id, unit.startedAt === 0);
      }
    }
    for (const { process } of this.#running.values()) if (!wanted.has(process.id)) void process.stop();
  }

  #spawn(key: string, id: string, original: boolean): void {
    const { layout, config } = this.#parts;
    const [service = '', region = ''] = key.split('/');
    const mode = this.#cold.has(region) && !original ? 'cold' : (this.#modes.get(key) ?? 'well');
    const process = new UnitProcess({
      ...{ id, service, region, mode },
      address: layout.front(service, region),
      healthPath: healthPathOf(config, service),
      onExit: () => this.#ended(key, id),
    });
    this.#running.set(id, { key, process, failures: 0 });
  }

  #ended(key: string, id: string): void {
    this.#running.delete(id);
    const service = this.#parts.state.services[key];
    const unit = service?.units.find((each) => each.id === id);
    if (service === undefined || unit === undefined || this.#ending) return;
    // A lost region keeps its records: what ran there runs again when it is back.
    if (this.#down.has(regionOf(key))) unit.healthyAt = null;
    else {
      service.units = service.units.filter((each) => each !== unit);
      const [name = '', region = ''] = key.split('/');
      this.#parts.onCrash?.({ service: name, region, unit: id });
    }
  }

  async #checkAll(): Promise<void> {
    await Promise.all([...this.#running.values()].map((running) => this.#check(running)));
  }

  async #check(running: Running): Promise<void> {
    const well = await running.process.isWell(healthTimeoutMs);
    const unit = this.#record(running.key, running.process.id);
    running.failures = well ? 0 : running.failures + 1;
    if (unit === undefined) return;
    if (well) unit.healthyAt ??= this.#parts.clock.now();
    else if (running.failures >= failuresMax) unit.healthyAt = null;
  }

  #record(key: string, id: string) {
    return this.#parts.state.services[key]?.units.find((each) => each.id === id);
  }
}

function regionOf(key: string): string {
  return key.split('/')[1] ?? '';
}

/** The units of normal times; none is well before its health check has passed. */
function capacityOf(service: Service, region: string): ServiceCapacity {
  const deployment = service.deployments[region];
  const desired = deployment?.baselineUnits ?? 1;
  const limits = { desired, min: deployment?.minUnits ?? 1, max: deployment?.maxUnits ?? desired };
  const startUpMs = startUpSeconds * 1000;
  const capacity = createService({ ...limits, startUpMs, neverHealthy: true }, `${service.name}-${region}`);
  for (const unit of capacity.units) unit.healthyAt = null;
  return capacity;
}

/** The first HTTP endpoint of the service that says whether it is alive or ready. */
function healthPathOf(config: Config, name: string): string {
  const endpoints = config.services.find((service) => service.name === name)?.endpoints ?? [];
  const found = endpoints.find((each) => each.kind === 'http' && (each.dimension === 'liveness' || each.dimension === 'readiness'));
  return found?.kind === 'http' ? (URL.parse(found.url.replaceAll('{region}', 'region'))?.pathname ?? '/') : '/';
}
