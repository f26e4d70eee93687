import type { ECSClient } from '@aws-sdk/client-ecs';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { type Fence, failed, ok, type Release, type ReleaseSplit, type Result, type Target, targetKey } from '../../core/model/index.ts';
import type { Call, Clock, Look, ReleaseControl } from '../../core/ports/index.ts';
import type { ServiceDeployment } from './deployment.ts';
import type { FenceGuard } from './fence-guard.ts';
import { EcsReleases } from './releases-ecs.ts';
import { LambdaReleases } from './releases-lambda.ts';

/** The releases of one deployment, by id: a task definition's ARN or a function's version. */
export interface DeploymentReleases {
  history(call: Call): Promise<Result<Release[]>>;
  apply(release: string, call: Call): Promise<Result<void>>;
  verify(release: string, call: Call): Promise<Result<Look>>;
}

export interface ReleaseRegion {
  clients: { ecs: ECSClient; lambda: LambdaClient };
  deployments: Record<string, ServiceDeployment>;
}

/** ReleaseControl over ECS task definitions and Lambda aliases. */
export class AwsReleaseControl implements ReleaseControl {
  readonly #regions: Record<string, ReleaseRegion>;
  readonly #guard: FenceGuard;
  readonly #clock: Clock;

  constructor(regions: Record<string, ReleaseRegion>, guard: FenceGuard, clock: Clock) {
    this.#regions = regions;
    this.#guard = guard;
    this.#clock = clock;
  }

  history(target: Target, call: Call): Promise<Result<Release[]>> {
    return this.#of(target, (releases) => releases.history(call));
  }

  apply(target: Target, release: string, fence: Fence, call: Call): Promise<Result<void>> {
    return this.#of(target, async (releases) => {
      const within = await this.#guard.admit(targetKey(target), fence, call);
      return within.ok ? releases.apply(release, within.value) : within;
    });
  }

  verify(target: Target, release: string, call: Call): Promise<Result<Look>> {
    return this.#of(target, (releases) => releases.verify(release, call));
  }

  undo(target: Target, before: string, fence: Fence, call: Call): Promise<Result<void>> {
    return this.apply(target, before, fence, call);
  }

  async split(target: Target, call: Call): Promise<Result<ReleaseSplit>> {
    const alias = this.#aliasOf(target);
    return alias.ok ? alias.value.split(call) : alias;
  }

  async setSplit(
    target: Target,
    expected: ReleaseSplit,
    next: Omit<ReleaseSplit, 'token'>,
    fence: Fence,
    call: Call,
  ): Promise<Result<void>> {
    const alias = this.#aliasOf(target);
    if (!alias.ok) return alias;
    const within = await this.#guard.admit(targetKey(target), fence, call);
    return within.ok ? alias.value.setSplit(expected, next, within.value) : within;
  }

  #aliasOf(target: Target): Result<LambdaReleases> {
    const region = this.#regions[target.region];
    const deployment = region?.deployments[target.service];
    if (!region || !deployment) return failed('not-found', `no deployment of ${target.service} in ${target.region} is known`);
    if (deployment.kind !== 'lambda')
      return failed('invalid', `${target.service} runs on ${deployment.kind}; only a Lambda alias divides its callers`);
    return ok(new LambdaReleases(deployment, region.clients.lambda, this.#clock));
  }

  async #of<T>(target: Target, use: (releases: DeploymentReleases) => Promise<Result<T>>): Promise<Result<T>> {
    const region = this.#regions[target.region];
    const deployment = region?.deployments[target.service];
    if (!region || !deployment) return failed('not-found', `no deployment of ${target.service} in ${target.region} is known`);
    switch (deployment.kind) {
      case 'ecs':
        return use(new EcsReleases(deployment, region.clients.ecs, this.#clock));
      case 'lambda':
        return use(new LambdaReleases(deployment, region.clients.lambda, this.#clock));
      case 'asg':
        return failed('invalid', `${target.service} runs on an Auto Scaling group; evenkeel rolls back ECS services and Lambda aliases`);
    }
  }
}
