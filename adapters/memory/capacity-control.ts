import {
  assertNever,
  type Capacity,
  type CapacityChange,
  type Fence,
  failed,
  ok,
  type Quota,
  type Result,
  type Target,
  targetKey,
} from '../../core/model/index.ts';
import type { Call, CapacityControl, Clock, Ids, Look } from '../../core/ports/index.ts';
import { lookAt } from './capacity-look.ts';
import { type CapacityState, capacityOf, quotaOf, reconcile, type ServiceCapacity } from './capacity-state.ts';
import { overdue } from './deadline.ts';
import { refusedByFence } from './fence.ts';

/**
 * The services of a CapacityState as one region's executor reaches them. As with ECS a change is accepted when it is well
 * formed; whether units can be started for it (refusal, quota) shows in `verify` only.
 */
export class MemoryCapacityControl implements CapacityControl {
  readonly #state: CapacityState;
  readonly #clock: Clock;
  readonly #ids: Ids;

  constructor(state: CapacityState, clock: Clock, ids: Ids) {
    this.#state = state;
    this.#clock = clock;
    this.#ids = ids;
  }

  async snapshot(target: Target, call: Call): Promise<Result<Capacity>> {
    const found = this.#find(target, call);
    return found.ok ? ok(capacityOf(found.value, this.#clock.now())) : found;
  }

  async quota(target: Target, call: Call): Promise<Result<Quota>> {
    const found = this.#find(target, call);
    return found.ok ? ok(quotaOf(found.value)) : found;
  }

  async apply(target: Target, change: CapacityChange, fence: Fence, call: Call): Promise<Result<void>> {
    const found = this.#findForWriting(target, fence, call);
    if (!found.ok) return found;
    const refusal = changeService(found.value, change, this.#clock.now());
    if (refusal) return refusal;
    reconcile(found.value, this.#clock.now(), this.#ids);
    return ok(undefined);
  }

  async verify(target: Target, change: CapacityChange, call: Call): Promise<Result<Look>> {
    const found = this.#find(target, call);
    return found.ok ? ok(lookAt(found.value, change, this.#clock.now())) : found;
  }

  /**
   * Puts back desired, limits, size, concurrency, and units that were not out then. It takes no unit out, and units that are gone stay gone:
   * on AWS a unit that was starting at the snapshot looks as if it had been out.
   */
  async undo(target: Target, before: Capacity, fence: Fence, call: Call): Promise<Result<void>> {
    const found = this.#findForWriting(target, fence, call);
    if (!found.ok) return found;
    const service = found.value;
    const { desired, min, max, size, concurrency } = before;
    const refusal =
      changeService(service, { kind: 'count', desired, min, max }, this.#clock.now()) ??
      (size ? changeService(service, { kind: 'size', ...size }, this.#clock.now()) : null) ??
      (concurrency ? changeService(service, { kind: 'concurrency', ...concurrency }, this.#clock.now()) : null);
    if (refusal) return refusal;
    const wereOut = new Set(before.units.filter((unit) => unit.ejected).map((unit) => unit.id));
    for (const unit of service.units) if (!wereOut.has(unit.id)) unit.ejected = false;
    reconcile(service, this.#clock.now(), this.#ids);
    return ok(undefined);
  }

  #find(target: Target, call: Call): Result<ServiceCapacity> {
    const late = overdue(this.#clock, call);
    if (late) return late;
    const key = `${target.service}/${target.region}`;
    const service = this.#state.services[key];
    if (!service) return failed('not-found', `nothing runs ${key}`);
    reconcile(service, this.#clock.now(), this.#ids);
    return ok(service);
  }

  #findForWriting(target: Target, fence: Fence, call: Call): Result<ServiceCapacity> {
    const found = this.#find(target, call);
    if (!found.ok) return found;
    return refusedByFence(this.#state.epochs, targetKey(target), fence, this.#clock) ?? found;
  }
}

/** Writes what is wanted; `reconcile` works towards it. Answers the failure of a change that the control plane does not accept. */
function changeService(service: ServiceCapacity, change: CapacityChange, now: number): Result<never> | null {
  switch (change.kind) {
    case 'count':
      return changeCount(service, change);
    case 'size':
      if (!service.size) return failed('invalid', 'its units have no size that can be changed');
      service.size = { cpu: change.cpu, memoryMiB: change.memoryMiB };
      return null;
    case 'concurrency':
      return changeConcurrency(service, change, now);
    case 'replace':
      service.units = service.units.filter((unit) => unit.id !== change.unit);
      return null;
    case 'eject': {
      const unknown = change.units.filter((id) => !service.units.some((unit) => unit.id === id));
      if (unknown.length > 0) return failed('not-found', `there are no units ${unknown.join(', ')}`);
      markEjected(service, change.units, true);
      return null;
    }
    case 'readmit':
      markEjected(service, change.units, false);
      return null;
    default:
      return assertNever(change);
  }
}

function changeCount(service: ServiceCapacity, change: Extract<CapacityChange, { kind: 'count' }>): Result<never> | null {
  const { desired, min = service.min, max = service.max } = change;
  if (service.concurrency && desired !== service.desired) return failed('invalid', 'a function has no units to count');
  if (min > desired || desired > max) return failed('invalid', `${desired} is not between the minimum ${min} and the maximum ${max}`);
  service.desired = desired;
  service.min = min;
  service.max = max;
  return null;
}

function changeConcurrency(
  service: ServiceCapacity,
  change: Extract<CapacityChange, { kind: 'concurrency' }>,
  now: number,
): Result<never> | null {
  const { provisioned, reserved } = change;
  const { concurrency, quota } = service;
  if (!concurrency) return failed('invalid', 'only a function has concurrency');
  if (reserved !== null && provisioned > reserved) return failed('invalid', `provisioned ${provisioned} is more than reserved ${reserved}`);
  const wanted = quota.usedElsewhere + (reserved ?? provisioned);
  if (wanted > quota.limit) return failed('quota', `${wanted} concurrent executions are more than the account's ${quota.limit}`);
  if (concurrency.provisioned !== provisioned) {
    const allocatedAt = service.neverHealthy || service.refusal !== null ? null : now + service.startUpMs;
    concurrency.readyAt = provisioned === 0 ? now : allocatedAt;
  }
  concurrency.provisioned = provisioned;
  concurrency.reserved = reserved;
  return null;
}

function markEjected(service: ServiceCapacity, units: readonly string[], ejected: boolean): void {
  for (const unit of service.units) if (units.includes(unit.id)) unit.ejected = ejected;
}
