import {
  type Capacity,
  type CapacityChange,
  type Fence,
  failed,
  type Quota,
  type Result,
  type Target,
  targetKey,
} from '../../core/model/index.ts';
import type { Call, CapacityControl, Clock, Look } from '../../core/ports/index.ts';
import { AsgCapacity } from './capacity-asg.ts';
import { EcsCapacity } from './capacity-ecs.ts';
import { LambdaCapacity } from './capacity-lambda.ts';
import type { CapacityClients, ServiceDeployment } from './deployment.ts';
import type { FenceGuard } from './fence-guard.ts';

/** Capacity of one deployment of one kind. Every change is absolute: applying it twice is applying it once. */
export interface DeploymentCapacity {
  snapshot(call: Call): Promise<Result<Capacity>>;
  quota(call: Call): Promise<Result<Quota>>;
  apply(change: CapacityChange, call: Call): Promise<Result<void>>;
  verify(change: CapacityChange, call: Call): Promise<Result<Look>>;
  undo(before: Capacity, call: Call): Promise<Result<void>>;
}

/** What runs in one region, by service, and the clients that reach it. */
export interface CapacityRegion {
  clients: CapacityClients;
  deployments: Record<string, ServiceDeployment>;
}

/** CapacityControl over ECS, EC2 Auto Scaling, Lambda and their load balancers. */
export class AwsCapacityControl implements CapacityControl {
  readonly #regions: Record<string, CapacityRegion>;
  readonly #guard: FenceGuard;
  readonly #clock: Clock;

  constructor(regions: Record<string, CapacityRegion>, guard: FenceGuard, clock: Clock) {
    this.#regions = regions;
    this.#guard = guard;
    this.#clock = clock;
  }

  snapshot(target: Target, call: Call): Promise<Result<Capacity>> {
    return this.#of(target, (capacity) => capacity.snapshot(call));
  }

  quota(target: Target, call: Call): Promise<Result<Quota>> {
    return this.#of(target, (capacity) => capacity.quota(call));
  }

  apply(target: Target, change: CapacityChange, fence: Fence, call: Call): Promise<Result<void>> {
    return this.#write(target, fence, call, (capacity, within) => capacity.apply(change, within));
  }

  verify(target: Target, change: CapacityChange, call: Call): Promise<Result<Look>> {
    return this.#of(target, (capacity) => capacity.verify(change, call));
  }

  undo(target: Target, before: Capacity, fence: Fence, call: Call): Promise<Result<void>> {
    return this.#write(target, fence, call, (capacity, within) => capacity.undo(before, within));
  }

  async #of<T>(target: Target, use: (capacity: DeploymentCapacity) => Promise<Result<T>>): Promise<Result<T>> {
    const region = this.#regions[target.region];
    const deployment = region?.deployments[target.service];
    if (!region || !deployment) return failed('not-found', `no deployment of ${target.service} in ${target.region} is known`);
    return use(capacityOf(deployment, region.clients, this.#clock));
  }

  #write<T>(
    target: Target,
    fence: Fence,
    call: Call,
    use: (capacity: DeploymentCapacity, within: Call) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    return this.#of(target, async (capacity) => {
      const within = await this.#guard.admit(targetKey(target), fence, call);
      return within.ok ? use(capacity, within.value) : within;
    });
  }
}

function capacityOf(deployment: ServiceDeployment, clients: CapacityClients, clock: Clock): DeploymentCapacity {
  switch (deployment.kind) {
    case 'ecs':
      return new EcsCapacity(deployment, clients, clock);
    case 'asg':
      return new AsgCapacity(deployment, clients, clock);
    case 'lambda':
      return new LambdaCapacity(deployment, clients, clock);
  }
}
