import type { StageContext } from '../config/stage-context.ts';
import { failed, type Item, type Json, ok, type Result } from '../model/index.ts';
import type { Store } from '../ports/index.ts';
import { within } from '../ports/within.ts';
import { putStored, storeCallMs } from './stored.ts';

/** The peers' tables that may be written to: all but those of regions that must not be touched. */
export function livePeers(ctx: StageContext, avoid: readonly string[]): [string, Store][] {
  return Object.entries(ctx.ports.peerStores).filter(([region]) => !avoid.includes(region));
}

/** Copies an item to every live peer's table; ok when at least one took it, or when there is no peer to take it. `keeps`: what is
 * stored there knows more, and stays. */
export async function copyToPeers<T>(
  ctx: StageContext,
  key: string,
  value: T,
  avoid: readonly string[],
  keeps: (stored: Json) => boolean = () => false,
): Promise<Result<void>> {
  const peers = livePeers(ctx, avoid);
  const results = await Promise.all(peers.map(([, store]) => overwrite(ctx, store, key, value, keeps)));
  if (peers.length === 0 || results.some((result) => result.ok)) return ok(undefined);
  return failed('unavailable', `no peer's table took the copy of ${key} (${peers.map(([region]) => region).join(', ')} asked)`);
}

async function overwrite<T>(
  ctx: StageContext,
  store: Store,
  key: string,
  value: T,
  keeps: (stored: Json) => boolean,
): Promise<Result<Item>> {
  const read = await store.get(key, within(ctx.ports.clock, storeCallMs));
  if (!read.ok) return read;
  if (read.value !== null && keeps(read.value.body)) return ok(read.value);
  return putStored(store, ctx.ports.clock, key, value, read.value?.version ?? 0);
}
