import {
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  type Instance,
  paginateDescribeScalingActivities,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import type { TargetDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Capacity, type CapacityChange, failed, ok, type Quota, type Result, type UnitState } from '../../core/model/index.ts';
import type { Call, Clock, Look } from '../../core/ports/index.ts';
import { attempt, inOrder } from './attempt.ts';
import type { DeploymentCapacity } from './capacity-control.ts';
import type { AsgDeployment, CapacityClients } from './deployment.ts';
import { fail, notYet, pass } from './looks.ts';
import { instanceQuota } from './quotas.ts';
import { readSaturation } from './saturation.ts';
import { boundsFor } from './scaling-floor.ts';
import { lookEjected, lookReadmitted, TargetGroups, type TargetState } from './target-groups.ts';

/** Launches further back than this many pages of 100 are older than any that matters. */
const activityPagesMax = 5;

/** Capacity of one EC2 Auto Scaling group; its units are instances. */
export class AsgCapacity implements DeploymentCapacity {
  readonly #deployment: AsgDeployment;
  readonly #clients: CapacityClients;
  readonly #clock: Clock;
  readonly #groups: TargetGroups;

  constructor(deployment: AsgDeployment, clients: CapacityClients, clock: Clock) {
    this.#deployment = deployment;
    this.#clients = clients;
    this.#clock = clock;
    this.#groups = new TargetGroups(clients.elb, deployment.targetGroups, clock);
  }

  async snapshot(call: Call): Promise<Result<Capacity>> {
    const group = await this.#group(call);
    if (!group.ok) return group;
    const states = await this.#groups.states(call);
    if (!states.ok) return states;
    const launches = await this.#launches(call);
    if (!launches.ok) return launches;
    const saturation = await readSaturation(this.#clients.cloudWatch, this.#deployment, this.#clock, call);
    const units = (group.value.Instances ?? []).map(
      (instance): UnitState => ({
        ...unitOf(instance, this.#groups.exist ? states.value : null),
        startedAt: launches.value.get(instance.InstanceId ?? '') ?? group.value.CreatedTime?.getTime() ?? 0,
      }),
    );
    return ok({
      desired: group.value.DesiredCapacity ?? 0,
      min: group.value.MinSize ?? 0,
      max: group.value.MaxSize ?? 0,
      running: (group.value.Instances ?? []).filter((instance) => instance.LifecycleState === 'InService').length,
      healthy: units.filter((unit) => unit.healthy && !unit.ejected).length,
      units,
      ...(saturation !== undefined && { saturation }),
    });
  }

  /** In vCPUs, as EC2 counts: the type of the next instance is the launch template's secret. */
  quota(call: Call): Promise<Result<Quota>> {
    return instanceQuota(this.#clients, this.#clock, call);
  }

  async apply(change: CapacityChange, call: Call): Promise<Result<void>> {
    switch (change.kind) {
      case 'count':
        return this.#setCount(change, call);
      case 'replace':
        return this.#replace(change.unit, call);
      case 'eject':
        return this.#withGroups(() => this.#groups.deregister(change.units.map(targetOf), call));
      case 'readmit':
        return this.#withGroups(() => this.#groups.register(change.units.map(targetOf), call));
      case 'size':
      case 'concurrency':
        return failed('invalid', `an Auto Scaling group has no ${change.kind} to set`);
    }
  }

  async verify(change: CapacityChange, call: Call): Promise<Result<Look>> {
    const now = await this.snapshot(call);
    if (!now.ok) return now;
    if (change.kind === 'eject' || change.kind === 'readmit') {
      const states = await this.#groups.states(call);
      if (!states.ok) return states;
      const targets = new Map(now.value.units.map((unit) => [unit.id, targetOf(unit.id)]));
      return (change.kind === 'eject' ? lookEjected : lookReadmitted)(change.units, targets, states.value);
    }
    const counts = `${now.value.running} in service and ${now.value.healthy} healthy of ${now.value.desired} desired`;
    if (change.kind === 'count' && now.value.desired !== change.desired) return fail(`${counts}, ${change.desired} were asked for`);
    if (change.kind === 'replace' && now.value.units.some((unit) => unit.id === change.unit)) return fail(`${change.unit} is still there`);
    return now.value.running >= now.value.desired && now.value.healthy >= now.value.desired ? pass(counts) : notYet(counts);
  }

  async undo(before: Capacity, call: Call): Promise<Result<void>> {
    const now = await this.snapshot(call);
    if (!now.ok) return now;
    const out = new Set(before.units.filter((unit) => unit.ejected).map((unit) => unit.id));
    const back = now.value.units.filter((unit) => unit.ejected && !out.has(unit.id)).map((unit) => unit.id);
    return inOrder(
      () => this.#setCount(before, call),
      async () => (back.length > 0 ? this.apply({ kind: 'readmit', units: back }, call) : ok(undefined)),
    );
  }

  async #group(call: Call): Promise<Result<AutoScalingGroup>> {
    const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [this.#deployment.group] });
    const answer = await attempt('autoscaling:DescribeAutoScalingGroups', this.#clock, call, (options) =>
      this.#clients.autoScaling.send(command, options),
    );
    if (!answer.ok) return answer;
    const group = answer.value.AutoScalingGroups?.[0];
    return group ? ok(group) : failed('not-found', `there is no Auto Scaling group ${this.#deployment.group}`);
  }

  /** When each instance was launched, from the group's own history: asking EC2 would double the function's size. */
  #launches(call: Call): Promise<Result<Map<string, number>>> {
    const input = { AutoScalingGroupName: this.#deployment.group };
    return attempt('autoscaling:DescribeScalingActivities', this.#clock, call, async (options) => {
      const launches = new Map<string, number>();
      let pages = 0;
      for await (const page of paginateDescribeScalingActivities({ client: this.#clients.autoScaling }, input, options)) {
        for (const activity of page.Activities ?? []) {
          const instance = /^Launching a new EC2 instance: (i-\w+)/.exec(activity.Description ?? '')?.[1];
          if (instance && activity.StartTime) launches.set(instance, activity.StartTime.getTime());
        }
        if (++pages === activityPagesMax) break;
      }
      return launches;
    });
  }

  /** Floor, ceiling and desired count in one call: there is no moment in which they contradict each other. */
  async #setCount(asked: { desired: number; min?: number | undefined; max?: number | undefined }, call: Call): Promise<Result<void>> {
    const group = await this.#group(call);
    if (!group.ok) return group;
    const bounds = boundsFor(asked, { min: group.value.MinSize ?? 0, max: group.value.MaxSize ?? 0 });
    if (!bounds.ok) return bounds;
    const command = new UpdateAutoScalingGroupCommand({
      AutoScalingGroupName: this.#deployment.group,
      MinSize: bounds.value.min,
      MaxSize: bounds.value.max,
      DesiredCapacity: asked.desired,
    });
    return inOrder(() =>
      attempt('autoscaling:UpdateAutoScalingGroup', this.#clock, call, (options) => this.#clients.autoScaling.send(command, options)),
    );
  }

  async #replace(instance: string, call: Call): Promise<Result<void>> {
    const command = new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: instance, ShouldDecrementDesiredCapacity: false });
    const ended = await attempt('autoscaling:TerminateInstanceInAutoScalingGroup', this.#clock, call, (options) =>
      this.#clients.autoScaling.send(command, options),
    );
    // An instance that the group no longer has is what was asked for.
    return ended.ok || /not found|not part of|does not exist/i.test(ended.reason) ? ok(undefined) : ended;
  }

  async #withGroups(act: () => Promise<Result<void>>): Promise<Result<void>> {
    return this.#groups.exist ? act() : failed('invalid', `${this.#deployment.group} has no target group to take units out of`);
  }
}

function unitOf(instance: Instance, states: Map<string, TargetState> | null): Omit<UnitState, 'startedAt'> {
  const state = states?.get(instance.InstanceId ?? '') ?? 'out';
  const alive = instance.LifecycleState === 'InService' && instance.HealthStatus?.toLowerCase() === 'healthy';
  return {
    id: instance.InstanceId ?? '',
    zone: instance.AvailabilityZone ?? '',
    // The balancer does not look at what it sends nothing to: there the platform's own word counts.
    healthy: alive && (states === null || state === 'healthy' || state === 'out'),
    ejected: states !== null && instance.LifecycleState === 'InService' && state === 'out',
  };
}

function targetOf(instance: string): TargetDescription {
  return { Id: instance };
}
