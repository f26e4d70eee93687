import { RegisterTaskDefinitionCommand, type Service, StopTaskCommand, type Task, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import type { TargetDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TaskSize } from '../../core/model/index.ts';
import { type Capacity, type CapacityChange, failed, ok, type Quota, type Result, type UnitState } from '../../core/model/index.ts';
import type { Call, Clock, Look } from '../../core/ports/index.ts';
import { attempt, inOrder } from './attempt.ts';
import type { DeploymentCapacity } from './capacity-control.ts';
import type { CapacityClients, EcsDeployment } from './deployment.ts';
import { EcsReader } from './ecs-reader.ts';
import { fail, notYet, pass } from './looks.ts';
import { fargateQuota } from './quotas.ts';
import { readSaturation } from './saturation.ts';
import { boundsFor, readBounds, type ScalableResource, type ScalingBounds, writeBounds } from './scaling-floor.ts';
import { lookEjected, lookReadmitted, TargetGroups, type TargetState } from './target-groups.ts';
import { fittingSize, resized, sizeOf } from './task-size.ts';

/** Capacity of one ECS service; its units are tasks, named by the last part of their ARN. */
export class EcsCapacity implements DeploymentCapacity {
  readonly #deployment: EcsDeployment;
  readonly #clients: CapacityClients;
  readonly #clock: Clock;
  readonly #reader: EcsReader;
  readonly #groups: TargetGroups;
  readonly #scalable: ScalableResource;

  constructor(deployment: EcsDeployment, clients: CapacityClients, clock: Clock) {
    this.#deployment = deployment;
    this.#clients = clients;
    this.#clock = clock;
    this.#reader = new EcsReader(deployment, clients.ecs, clock);
    this.#groups = new TargetGroups(clients.elb, deployment.targetGroups, clock);
    this.#scalable = {
      namespace: 'ecs',
      resourceId: `service/${deployment.cluster}/${deployment.service}`,
      dimension: 'ecs:service:DesiredCount',
    };
  }

  async snapshot(call: Call): Promise<Result<Capacity>> {
    const service = await this.#reader.service(call);
    if (!service.ok) return service;
    const tasks = await this.#reader.tasks(call);
    if (!tasks.ok) return tasks;
    const states = await this.#groups.states(call);
    if (!states.ok) return states;
    const bounds = await this.#bounds(call);
    if (!bounds.ok) return bounds;
    const definition = await this.#reader.taskDefinition(service.value.taskDefinition ?? '', call);
    if (!definition.ok) return definition;
    const size = sizeOf(definition.value.definition);
    const saturation = await readSaturation(this.#clients.cloudWatch, this.#deployment, this.#clock, call);
    const units = tasks.value.map((task) => unitOf(task, this.#groups.exist ? states.value : null));
    return ok({
      desired: service.value.desiredCount ?? 0,
      min: bounds.value?.min ?? this.#deployment.minUnits,
      max: bounds.value?.max ?? this.#deployment.maxUnits,
      running: service.value.runningCount ?? 0,
      healthy: units.filter((unit) => unit.healthy && !unit.ejected).length,
      units,
      ...(saturation !== undefined && { saturation }),
      ...(size && { size }),
    });
  }

  async quota(call: Call): Promise<Result<Quota>> {
    const service = await this.#reader.service(call);
    if (!service.ok) return service;
    const definition = await this.#reader.taskDefinition(service.value.taskDefinition ?? '', call);
    if (!definition.ok) return definition;
    const cpu = sizeOf(definition.value.definition)?.cpu;
    // Tasks on EC2 are bounded by their instances, whose group has a quota of its own.
    if (service.value.launchType === 'EC2' || cpu === undefined) {
      return ok({ limit: this.#deployment.maxUnits, used: service.value.desiredCount ?? 0 });
    }
    return fargateQuota(this.#clients, cpu / 1024, this.#clock, call);
  }

  async apply(change: CapacityChange, call: Call): Promise<Result<void>> {
    switch (change.kind) {
      case 'count':
        return this.#setCount(change, call);
      case 'size':
        return this.#setSize(change, call);
      case 'replace':
        return this.#stop(change.unit, call);
      case 'eject':
        return this.#withTargets(change.units, call, (targets) => this.#groups.deregister(targets, call));
      case 'readmit':
        return this.#withTargets(change.units, call, (targets) => this.#groups.register(targets, call));
      case 'concurrency':
        return failed('invalid', `${this.#deployment.service} is an ECS service; it has no concurrency to set`);
    }
  }

  async verify(change: CapacityChange, call: Call): Promise<Result<Look>> {
    if (change.kind === 'eject' || change.kind === 'readmit') return this.#lookTargets(change, call);
    const service = await this.#reader.service(call);
    if (!service.ok) return service;
    if (change.kind === 'size') return this.#lookSize(service.value, change, call);
    const now = await this.snapshot(call);
    if (!now.ok) return now;
    if (change.kind === 'count' && now.value.desired !== change.desired) {
      return fail(`${now.value.desired} are desired, ${change.desired} were asked for`);
    }
    if (change.kind === 'replace' && now.value.units.some((unit) => unit.id === change.unit)) return fail(`${change.unit} still runs`);
    return lookSteady(service.value, now.value);
  }

  async undo(before: Capacity, call: Call): Promise<Result<void>> {
    const now = await this.snapshot(call);
    if (!now.ok) return now;
    const out = new Set(before.units.filter((unit) => unit.ejected).map((unit) => unit.id));
    const back = now.value.units.filter((unit) => unit.ejected && !out.has(unit.id)).map((unit) => unit.id);
    const { size } = before;
    return inOrder(
      async () => (size ? this.#setSize(size, call) : ok(undefined)),
      () => this.#setCount(before, call),
      async () => (back.length > 0 ? this.apply({ kind: 'readmit', units: back }, call) : ok(undefined)),
    );
  }

  #bounds(call: Call): Promise<Result<ScalingBounds | null>> {
    return readBounds(this.#clients.applicationAutoScaling, this.#scalable, this.#clock, call);
  }

  /** Floor and ceiling first: with the old ones, Application Auto Scaling would take the new count back. */
  async #setCount(asked: { desired: number; min?: number | undefined; max?: number | undefined }, call: Call): Promise<Result<void>> {
    const bounds = await this.#bounds(call);
    if (!bounds.ok) return bounds;
    const { minUnits: min, maxUnits: max } = this.#deployment;
    const next = boundsFor(asked, bounds.value ?? { min, max });
    if (!next.ok) return next;
    const client = this.#clients.applicationAutoScaling;
    return inOrder(
      async () => (bounds.value ? writeBounds(client, this.#scalable, next.value, this.#clock, call) : ok(undefined)),
      () => this.#update({ desiredCount: asked.desired }, call),
    );
  }

  async #setSize(asked: TaskSize, call: Call): Promise<Result<void>> {
    const service = await this.#reader.service(call);
    if (!service.ok) return service;
    const current = await this.#reader.taskDefinition(service.value.taskDefinition ?? '', call);
    if (!current.ok) return current;
    const { definition, tags } = current.value;
    const size = fittingSize(definition, asked);
    if (!size) return failed('invalid', `no Fargate size has ${asked.cpu} CPU units and ${asked.memoryMiB} MiB`);
    if (isSize(sizeOf(definition), size)) return ok(undefined);
    const command = new RegisterTaskDefinitionCommand(resized(definition, tags, size));
    const registered = await attempt('ecs:RegisterTaskDefinition', this.#clock, call, (options) =>
      this.#clients.ecs.send(command, options),
    );
    if (!registered.ok) return registered;
    return inOrder(() => this.#update({ taskDefinition: registered.value.taskDefinition?.taskDefinitionArn }, call));
  }

  #update(change: { desiredCount?: number; taskDefinition?: string | undefined }, call: Call): Promise<Result<unknown>> {
    const { cluster, service } = this.#deployment;
    const command = new UpdateServiceCommand({ cluster, service, ...change });
    return attempt('ecs:UpdateService', this.#clock, call, (options) => this.#clients.ecs.send(command, options));
  }

  /** The service's own scheduler starts another in its place. A task that is gone already is what was asked for. */
  async #stop(task: string, call: Call): Promise<Result<void>> {
    const command = new StopTaskCommand({ cluster: this.#deployment.cluster, task, reason: 'evenkeel replaces it' });
    const stopped = await attempt('ecs:StopTask', this.#clock, call, (options) => this.#clients.ecs.send(command, options));
    if (stopped.ok || /not found|is not in/i.test(stopped.reason)) return ok(undefined);
    return stopped;
  }

  async #withTargets(
    units: readonly string[],
    call: Call,
    act: (targets: TargetDescription[]) => Promise<Result<void>>,
  ): Promise<Result<void>> {
    if (!this.#groups.exist) return failed('invalid', `${this.#deployment.service} has no target group to take units out of`);
    const targets = await this.#targets(call);
    if (!targets.ok) return targets;
    return act(units.flatMap((unit) => targets.value.get(unit) ?? []));
  }

  async #lookTargets(change: { kind: 'eject' | 'readmit'; units: string[] }, call: Call): Promise<Result<Look>> {
    const targets = await this.#targets(call);
    if (!targets.ok) return targets;
    const states = await this.#groups.states(call);
    if (!states.ok) return states;
    const look = change.kind === 'eject' ? lookEjected : lookReadmitted;
    return look(change.units, targets.value, states.value);
  }

  async #lookSize(service: Service, asked: TaskSize, call: Call): Promise<Result<Look>> {
    const current = await this.#reader.taskDefinition(service.taskDefinition ?? '', call);
    if (!current.ok) return current;
    const size = sizeOf(current.value.definition);
    if (!size || size.cpu < asked.cpu || size.memoryMiB < asked.memoryMiB) {
      return fail(`tasks have ${size?.cpu} CPU units and ${size?.memoryMiB} MiB`);
    }
    const now = await this.snapshot(call);
    return now.ok ? lookSteady(service, now.value) : now;
  }

  /** Target id and port of every task: its own address (awsvpc) and the port that the service balances. */
  async #targets(call: Call): Promise<Result<Map<string, TargetDescription>>> {
    const service = await this.#reader.service(call);
    if (!service.ok) return service;
    const tasks = await this.#reader.tasks(call);
    if (!tasks.ok) return tasks;
    const Port = service.value.loadBalancers?.[0]?.containerPort;
    const entries = tasks.value.flatMap((task): [string, TargetDescription][] => {
      const Id = addressOf(task);
      return Id === undefined ? [] : [[unitId(task), { Id, ...(Port !== undefined && { Port }) }]];
    });
    return ok(new Map(entries));
  }
}

/** Steady: one deployment, completed, with as many running and healthy tasks as desired. A failed roll-out is a fail. */
function lookSteady(service: Service, now: Capacity): Result<Look> {
  const primary = service.deployments?.find((deployment) => deployment.status === 'PRIMARY');
  if (primary?.rolloutState === 'FAILED') return fail(`ECS gave the roll-out up: ${primary.rolloutStateReason ?? 'no reason given'}`);
  const counts = `${now.running} running and ${now.healthy} healthy of ${now.desired} desired`;
  if ((service.deployments?.length ?? 0) > 1) return notYet(`the roll-out goes on: ${counts}`);
  return now.running >= now.desired && now.healthy >= now.desired ? pass(counts) : notYet(counts);
}

function unitOf(task: Task, states: Map<string, TargetState> | null): UnitState {
  const state = states?.get(addressOf(task) ?? '') ?? 'out';
  const alive = task.lastStatus === 'RUNNING' && task.healthStatus !== 'UNHEALTHY';
  return {
    id: unitId(task),
    zone: task.availabilityZone ?? '',
    // The balancer does not look at what it sends nothing to: there the platform's own word counts.
    healthy: alive && (states === null || state === 'healthy' || state === 'out'),
    ejected: states !== null && task.lastStatus === 'RUNNING' && state === 'out',
    startedAt: task.startedAt?.getTime() ?? task.createdAt?.getTime() ?? 0,
  };
}

function unitId(task: Task): string {
  return task.taskArn?.split('/').at(-1) ?? '';
}

function addressOf(task: Task): string | undefined {
  const details = task.attachments?.flatMap((attachment) => attachment.details ?? []) ?? [];
  return details.find((detail) => detail.name === 'privateIPv4Address')?.value;
}

function isSize(a: TaskSize | undefined, b: TaskSize): boolean {
  return a?.cpu === b.cpu && a.memoryMiB === b.memoryMiB;
}
