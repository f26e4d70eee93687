import * as z from 'zod';
import { healthShardOf } from '../config/health-shards.ts';
import type { StageContext } from '../config/stage-context.ts';
import { ok, type Result, ServiceState, storeKey, subjectKey } from '../model/index.ts';
import { queryStored, readStored, updateStored } from './stored.ts';

/** What one observer knows of the services of one shard, by service and region. */
export const HealthShard = z.object({ states: z.record(z.string(), ServiceState) });

const shardsMax = 200;

/** What this region knows of one service, in one region or of its global name; null when it was never judged. */
export async function readHealth(ctx: StageContext, service: string, region: string | undefined): Promise<Result<ServiceState | null>> {
  const shard = healthShardOf(ctx.config, service);
  const read = await readStored(ctx.ports.store, ctx.ports.clock, storeKey.health(shard), HealthShard);
  return read.ok ? ok(read.value.value?.states[keyOf({ service, region })] ?? null) : read;
}

/** What this region knows of every service in every region, in the order of their keys within a shard. */
export async function readAllHealth(ctx: StageContext): Promise<Result<ServiceState[]>> {
  const read = await queryStored(ctx.ports.store, ctx.ports.clock, storeKey.health(''), shardsMax, HealthShard);
  return read.ok ? ok(read.value.flatMap(({ states }) => Object.values(states))) : read;
}

type States = Readonly<Record<string, ServiceState>>;

/** One write for all services of a shard; `change` gives what is new of them, or null to leave the item as it is. */
export async function updateHealth(
  ctx: StageContext,
  shard: string,
  change: (known: States) => readonly ServiceState[] | null,
): Promise<Result<unknown>> {
  return updateStored(ctx.ports.store, ctx.ports.clock, storeKey.health(shard), HealthShard, (current) => {
    const known = current?.states ?? {};
    const changed = change(known);
    if (changed === null) return null;
    const states = { ...known };
    for (const state of changed) states[subjectKey(state.health.subject)] = state;
    return { states: settled(ctx, shard, states) };
  });
}

/** In the order of their keys, and without what a change of the configuration has moved to another shard: it must not stand in both. */
function settled(ctx: StageContext, shard: string, states: States): States {
  const keys = Object.keys(states);
  const isOwn = (key: string) => healthShardOf(ctx.config, states[key]?.health.subject.service ?? '') === shard;
  if (keys.every((key, index) => isOwn(key) && (keys[index - 1] ?? '') < key)) return states;
  return Object.fromEntries(
    Object.entries(states)
      .filter(([key]) => isOwn(key))
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

function keyOf({ service, region }: { service: string; region: string | undefined }): string {
  return subjectKey(region === undefined ? { service } : { service, region });
}
