import * as z from 'zod';
import { healthShardOf } from '../config/health-shards.ts';
import type { StageContext } from '../config/stage-context.ts';
import { ok, type Result, ServiceState, storeKey, subjectKey } from '../model/index.ts';
import { queryStored, readStored, updateStored } from './stored.ts';

/** What one observer knows of the services of one shard, in the order of their keys. A list: records of dozens of keys are slow to change. */
export const HealthShard = z.object({ states: z.array(ServiceState) });

const shardsMax = 200;

/** What this region knows of one service, in one region or of its global name; null when it was never judged. */
export async function readHealth(ctx: StageContext, service: string, region: string | undefined): Promise<Result<ServiceState | null>> {
  const shard = healthShardOf(ctx.config, service);
  const read = await readStored(ctx.ports.store, ctx.ports.clock, storeKey.health(shard), HealthShard);
  return read.ok ? ok(stateOf(read.value.value?.states ?? [], service, region)) : read;
}

/** What this region knows of every service in every region, in the order of their keys within a shard. */
export async function readAllHealth(ctx: StageContext): Promise<Result<ServiceState[]>> {
  const read = await queryStored(ctx.ports.store, ctx.ports.clock, storeKey.health(''), shardsMax, HealthShard);
  if (!read.ok) return read;
  const all: ServiceState[] = [];
  for (const { states } of read.value) for (const state of states) all.push(state);
  return ok(all);
}

export function stateOf(states: readonly ServiceState[], service: string, region: string | undefined): ServiceState | null {
  return states.find(({ health: { subject } }) => subject.service === service && subject.region === region) ?? null;
}

/** One write for all services of a shard; `change` gives what is new of them, or null to leave the item as it is. */
export async function updateHealth(
  ctx: StageContext,
  shard: string,
  change: (known: readonly ServiceState[]) => readonly ServiceState[] | null,
): Promise<Result<unknown>> {
  // What a change of the configuration has moved to another shard goes: it must not stand in both.
  const isOwn = ({ health }: ServiceState) => healthShardOf(ctx.config, health.subject.service) === shard;
  return updateStored(ctx.ports.store, ctx.ports.clock, storeKey.health(shard), HealthShard, (current) => {
    const known = current?.states ?? [];
    const changed = change(known);
    if (changed === null) return null;
    const states = known.filter(isOwn);
    const seen = states.length;
    for (const state of changed) {
      const { service, region } = state.health.subject;
      const place = states.findIndex(({ health: { subject } }) => subject.service === service && subject.region === region);
      if (place < 0) states.push(state);
      else states[place] = state;
    }
    return { states: states.length === seen ? states : states.sort(byKey) };
  });
}

const keyOf = ({ health }: ServiceState): string => subjectKey(health.subject);

function byKey(one: ServiceState, other: ServiceState): number {
  return keyOf(one) < keyOf(other) ? -1 : 1;
}
