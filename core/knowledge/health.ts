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

/** What this region knows of every service in every region. */
export async function readAllHealth(ctx: StageContext): Promise<Result<ServiceState[]>> {
  const read = await queryStored(ctx.ports.store, ctx.ports.clock, storeKey.health(''), shardsMax, HealthShard);
  if (!read.ok) return read;
  const all = read.value.flatMap(({ states }) => Object.entries(states));
  return ok(all.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, state]) => state));
}

/** One write for all services of a shard; `change` gives what is new of them, or null to leave the item as it is. */
export async function updateHealth(
  ctx: StageContext,
  shard: string,
  change: (known: ReadonlyMap<string, ServiceState>) => readonly ServiceState[] | null,
): Promise<Result<unknown>> {
  return updateStored(ctx.ports.store, ctx.ports.clock, storeKey.health(shard), HealthShard, (current) => {
    const known = new Map(Object.entries(current?.states ?? {}));
    const changed = change(known);
    if (changed === null) return null;
    for (const state of changed) known.set(subjectKey(state.health.subject), state);
    // What a change of the configuration has moved to another shard must not stand in both.
    const own = [...known].filter(([, { health }]) => healthShardOf(ctx.config, health.subject.service) === shard);
    return { states: Object.fromEntries(own) };
  });
}

function keyOf({ service, region }: { service: string; region: string | undefined }): string {
  return subjectKey(region === undefined ? { service } : { service, region });
}
