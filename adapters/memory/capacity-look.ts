import { assertNever, type CapacityChange } from '../../core/model/index.ts';
import type { Look } from '../../core/ports/index.ts';
import { isHealthy, isOutdated, type ServiceCapacity, type Unit, whyNoneStarts } from './capacity-state.ts';

type ChangeOf<K extends CapacityChange['kind']> = Extract<CapacityChange, { kind: K }>;

/** What a look at the service proves about a change. Inconclusive: it is on its way. */
export function lookAt(service: ServiceCapacity, change: CapacityChange, now: number): Look {
  switch (change.kind) {
    case 'count':
      return lookAtCount(service, change, now);
    case 'size':
      return lookAtSize(service, change, now);
    case 'concurrency':
      return lookAtConcurrency(service, change, now);
    case 'replace':
      return service.units.some((unit) => unit.id === change.unit)
        ? fail(`${change.unit} still runs`)
        : lookAtUnits(service, service.desired, now);
    case 'eject':
      return lookAtEjected(service, change);
    case 'readmit':
      return lookAtReadmitted(service, change, now);
    default:
      return assertNever(change);
  }
}

const pass = (reason: string): Look => ({ verdict: 'pass', reason });
const fail = (reason: string): Look => ({ verdict: 'fail', reason });
const inconclusive = (reason: string): Look => ({ verdict: 'inconclusive', reason });

function lookAtCount(service: ServiceCapacity, change: ChangeOf<'count'>, now: number): Look {
  const { desired, min = service.min, max = service.max } = change;
  if (service.desired !== desired || service.min !== min || service.max !== max) {
    return fail(`desired, minimum and maximum are ${service.desired}, ${service.min}, ${service.max}; wanted ${desired}, ${min}, ${max}`);
  }
  return lookAtUnits(service, desired, now);
}

/** Whether enough units run and are healthy, could still become so, or cannot. Ejected units count by their own health. */
function lookAtUnits(service: ServiceCapacity, desired: number, now: number): Look {
  const lasting = service.units.filter((unit) => unit.replaces === undefined);
  const healthy = lasting.filter((unit) => isHealthy(unit, now)).length;
  const figures = `${lasting.length} of ${desired} units run, ${healthy} are healthy`;
  if (lasting.length >= desired && healthy >= desired) return pass(figures);
  const obstacle = lasting.length < desired ? whyNoneStarts(service) : null;
  if (obstacle !== null) return fail(`${figures}: ${obstacle}`);
  const hopeless = lasting.filter((unit) => isHopeless(service, unit, now));
  return hopeless.length > 0
    ? fail(`${figures}: ${hopeless.map((unit) => unit.id).join(', ')} did not become healthy`)
    : inconclusive(figures);
}

function isHopeless(service: ServiceCapacity, unit: Unit, now: number): boolean {
  return unit.healthyAt === null && now >= unit.startedAt + service.startUpMs;
}

function lookAtSize(service: ServiceCapacity, change: ChangeOf<'size'>, now: number): Look {
  if (service.size?.cpu !== change.cpu || service.size.memoryMiB !== change.memoryMiB) {
    return fail(`the size is ${JSON.stringify(service.size)}; wanted ${change.cpu} cpu, ${change.memoryMiB} MiB`);
  }
  const outdated = service.units.filter((unit) => unit.replaces === undefined && isOutdated(service, unit));
  if (outdated.length === 0) return lookAtUnits(service, service.desired, now);
  const replacements = service.units.filter((unit) => unit.replaces !== undefined);
  const figures = `${outdated.length} units still have the old size, ${replacements.length} replacements start`;
  const obstacle = replacements.length < outdated.length ? whyNoneStarts(service) : null;
  if (obstacle !== null) return fail(`${figures}: ${obstacle}`);
  return replacements.some((unit) => isHopeless(service, unit, now))
    ? fail(`${figures}: they did not become healthy`)
    : inconclusive(figures);
}

function lookAtConcurrency(service: ServiceCapacity, change: ChangeOf<'concurrency'>, now: number): Look {
  const { concurrency } = service;
  const figures = `provisioned and reserved concurrency are ${concurrency?.provisioned}, ${concurrency?.reserved}`;
  if (!concurrency || concurrency.provisioned !== change.provisioned || concurrency.reserved !== change.reserved) {
    return fail(`${figures}; wanted ${change.provisioned}, ${change.reserved}`);
  }
  if (concurrency.readyAt === null) return fail(`${figures}: it could not be allocated`);
  return concurrency.readyAt <= now ? pass(figures) : inconclusive(`${figures}: it is being allocated`);
}

function lookAtEjected(service: ServiceCapacity, change: ChangeOf<'eject'>): Look {
  const serving = service.units.filter((unit) => change.units.includes(unit.id) && !unit.ejected).map((unit) => unit.id);
  return serving.length > 0 ? fail(`${serving.join(', ')} still serve`) : pass(`${change.units.join(', ')} are out`);
}

function lookAtReadmitted(service: ServiceCapacity, change: ChangeOf<'readmit'>, now: number): Look {
  const units = service.units.filter((unit) => change.units.includes(unit.id));
  const ejected = units.filter((unit) => unit.ejected).map((unit) => unit.id);
  if (ejected.length > 0) return fail(`${ejected.join(', ')} are still out`);
  const sick = units.filter((unit) => !isHealthy(unit, now));
  if (sick.length === 0) return pass(`${units.length} of ${change.units.length} units are back and healthy, the others are gone`);
  const reason = `${sick.map((unit) => unit.id).join(', ')} are back and not healthy`;
  return sick.some((unit) => unit.healthyAt === null) ? fail(reason) : inconclusive(reason);
}
