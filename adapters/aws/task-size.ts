import type { ContainerDefinition, RegisterTaskDefinitionCommandInput, Tag, TaskDefinition } from '@aws-sdk/client-ecs';
import { fargateSizeFor, type TaskSize } from '../../core/model/index.ts';

export function sizeOf(definition: TaskDefinition): TaskSize | undefined {
  if (definition.cpu === undefined || definition.memory === undefined) return undefined;
  return { cpu: Number(definition.cpu), memoryMiB: Number(definition.memory) };
}

/** The size that will really run: Fargate knows only some, EC2 takes any. */
export function fittingSize(definition: TaskDefinition, asked: TaskSize): TaskSize | null {
  return definition.requiresCompatibilities?.includes('FARGATE') ? fargateSizeFor(asked) : asked;
}

/**
 * The next revision: everything as it was but the size. Containers keep their shares of the task,
 * for one with a hard limit of its own would see nothing of the larger task.
 */
export function resized(definition: TaskDefinition, tags: readonly Tag[], size: TaskSize): RegisterTaskDefinitionCommandInput {
  const before = sizeOf(definition);
  const cpuFactor = before ? size.cpu / before.cpu : 1;
  const memoryFactor = before ? size.memoryMiB / before.memoryMiB : 1;
  // What ECS adds when it registers cannot be sent back.
  const {
    taskDefinitionArn: _arn,
    revision: _revision,
    status: _status,
    requiresAttributes: _attributes,
    compatibilities: _compatibilities,
    registeredAt: _at,
    registeredBy: _by,
    deregisteredAt: _gone,
    deleteRequestedAt: _deleted,
    ...kept
  } = definition;
  return {
    ...kept,
    family: definition.family,
    containerDefinitions: (definition.containerDefinitions ?? []).map((container) => scaled(container, cpuFactor, memoryFactor)),
    cpu: String(size.cpu),
    memory: String(size.memoryMiB),
    // ECS refuses an empty list.
    ...(tags.length > 0 && { tags: [...tags] }),
  };
}

function scaled(container: ContainerDefinition, cpuFactor: number, memoryFactor: number): ContainerDefinition {
  return {
    ...container,
    ...(container.cpu && { cpu: Math.floor(container.cpu * cpuFactor) }),
    ...(container.memory && { memory: Math.floor(container.memory * memoryFactor) }),
    ...(container.memoryReservation && { memoryReservation: Math.floor(container.memoryReservation * memoryFactor) }),
  };
}
