import type { Capacity, Quota } from '../../core/model/index.ts';
import type { Ids } from '../../core/ports/index.ts';
import type { SeenEpochs } from './fence.ts';

interface Size {
  cpu: number;
  memoryMiB: number;
}

/** A task or an instance. */
export interface Unit {
  id: string;
  zone: string;
  startedAt: number;
  /** When it passes its health check; null: it does not. The world changes it to make a running unit sick or well. */
  healthyAt: number | null;
  ejected: boolean;
  size?: Size;
  /** The unit that stops as soon as this one is healthy: a rolling replacement. */
  replaces?: string;
}

/** What runs one service in one region, and what the world lets it do. */
export interface ServiceCapacity {
  desired: number;
  min: number;
  max: number;
  units: Unit[];
  zones: string[];
  /** From the start of a unit to its first passed health check. */
  startUpMs: number;
  /** Units that start from now on never become healthy. */
  neverHealthy: boolean;
  /** Why no unit can be started; null: they can. */
  refusal: string | null;
  /** Units (Lambda: reserved concurrency) that the account may have in the region, and what other services use of them. */
  quota: { limit: number; usedElsewhere: number };
  saturation?: number;
  /** The wanted size; units of another are replaced one for one. */
  size?: Size;
  /** A Lambda function. Its provisioned concurrency serves from `readyAt` on; null: never. */
  concurrency?: { provisioned: number; reserved: number | null; readyAt: number | null };
}

export interface CapacityState {
  /** By `<service>/<region>`. */
  services: Record<string, ServiceCapacity>;
  epochs: SeenEpochs;
}

export function createCapacityState(): CapacityState {
  return { services: {}, epochs: {} };
}

/** A service whose desired units, `<name>-1` and so on, are running and healthy, spread over its zones. */
export function createService(
  fields: Pick<ServiceCapacity, 'desired' | 'min' | 'max'> & Partial<ServiceCapacity>,
  name: string,
): ServiceCapacity {
  const zones = fields.zones ?? ['a', 'b', 'c'];
  const size = fields.size ? { size: fields.size } : {};
  const units = Array.from({ length: fields.desired }, (_, n): Unit => {
    return { id: `${name}-${n + 1}`, zone: zones[n % zones.length] ?? '', startedAt: 0, healthyAt: 0, ejected: false, ...size };
  });
  return { units, zones, startUpMs: 60_000, neverHealthy: false, refusal: null, quota: { limit: 1000, usedElsewhere: 0 }, ...fields };
}

export function isHealthy(unit: Unit, now: number): boolean {
  return unit.healthyAt !== null && unit.healthyAt <= now;
}

/**
 * What ECS and Auto Scaling groups do over and over: end what was replaced, stop what is too much (unhealthy units first, then
 * the newest), start what is missing while they may. Idempotent; the adapter calls it at each look, the world as it likes.
 */
export function reconcile(service: ServiceCapacity, now: number, ids: Ids): void {
  if (isSettled(service)) return;
  retire(service, now);
  const lasting = service.units.filter((unit) => unit.replaces === undefined);
  for (const surplus of stoppingOrder(lasting, now).slice(0, Math.max(0, lasting.length - service.desired))) {
    service.units = service.units.filter((unit) => unit !== surplus && unit.replaces !== surplus.id);
  }
  for (let missing = service.desired - lasting.length; missing > 0 && whyNoneStarts(service) === null; missing--)
    service.units.push(newUnit(service, emptiestZone(service), now, ids));
  for (const old of service.units.filter((unit) => unit.replaces === undefined && isOutdated(service, unit))) {
    if (service.units.some((unit) => unit.replaces === old.id) || whyNoneStarts(service) !== null) continue;
    service.units.push({ ...newUnit(service, old.zone, now, ids), replaces: old.id });
  }
}

/** Mostly there is nothing to do. */
function isSettled(service: ServiceCapacity): boolean {
  if (service.units.length !== service.desired) return false;
  return service.units.every((unit) => unit.replaces === undefined && !isOutdated(service, unit));
}

/** Ends the units whose replacements are healthy, and the replacements that are of no use any more. */
function retire(service: ServiceCapacity, now: number): void {
  const lasting = new Map(service.units.flatMap((unit) => (unit.replaces === undefined ? [[unit.id, unit]] : [])));
  const retired = new Set<string>();
  const kept = service.units.filter((unit) => {
    if (unit.replaces === undefined) return true;
    const old = lasting.get(unit.replaces);
    if (isOutdated(service, unit) || (old && !isOutdated(service, old))) return false;
    if (old && !isHealthy(unit, now)) return true;
    retired.add(unit.replaces);
    delete unit.replaces;
    return true;
  });
  service.units = kept.filter((unit) => !retired.has(unit.id));
}

export function isOutdated(service: ServiceCapacity, unit: Unit): boolean {
  return service.size !== undefined && (unit.size?.cpu !== service.size.cpu || unit.size.memoryMiB !== service.size.memoryMiB);
}

function stoppingOrder(units: readonly Unit[], now: number): Unit[] {
  return units.toReversed().sort((a, b) => Number(isHealthy(a, now)) - Number(isHealthy(b, now)) || b.startedAt - a.startedAt);
}

function emptiestZone(service: ServiceCapacity): string {
  const count = (zone: string) => service.units.filter((unit) => unit.zone === zone).length;
  return service.zones.toSorted((a, b) => count(a) - count(b))[0] ?? '';
}

function newUnit(service: ServiceCapacity, zone: string, now: number, ids: Ids): Unit {
  const healthyAt = service.neverHealthy ? null : now + service.startUpMs;
  return { id: ids.next('unit'), zone, startedAt: now, healthyAt, ejected: false, ...(service.size ? { size: { ...service.size } } : {}) };
}

/** Why the control plane cannot start another unit now; null when it can. */
export function whyNoneStarts(service: ServiceCapacity): string | null {
  if (service.refusal !== null) return service.refusal;
  const { used, limit } = quotaOf(service);
  return used >= limit ? `the quota of ${limit} is used up` : null;
}

export function quotaOf(service: ServiceCapacity): Quota {
  const own = service.concurrency ? (service.concurrency.reserved ?? 0) : service.units.length;
  return { limit: service.quota.limit, used: service.quota.usedElsewhere + own };
}

/** What a snapshot shows. Healthy are the units that serve: an ejected one does not, however well it is. */
export function capacityOf(service: ServiceCapacity, now: number): Capacity {
  const { desired, min, max, saturation, size, concurrency } = service;
  return {
    desired,
    min,
    max,
    running: service.units.length,
    healthy: service.units.filter((unit) => isHealthy(unit, now) && !unit.ejected).length,
    units: service.units.map((unit) => {
      return { id: unit.id, zone: unit.zone, healthy: isHealthy(unit, now), ejected: unit.ejected, startedAt: unit.startedAt };
    }),
    ...(saturation === undefined ? {} : { saturation }),
    ...(size ? { size: { ...size } } : {}),
    ...(concurrency ? { concurrency: { provisioned: concurrency.provisioned, reserved: concurrency.reserved } } : {}),
  };
}
