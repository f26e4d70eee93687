import type { StageContext } from '../config/stage-context.ts';
import { freezeSwitch, type Result, Switch, storeKey, type Target, targetKey } from '../model/index.ts';
import { copyToPeers, livePeers } from './peer-copies.ts';
import { readStored, updateStored } from './stored.ts';

export async function readSwitch(ctx: StageContext, name: string): Promise<Result<Switch | null>> {
  const read = await readStored(ctx.ports.store, ctx.ports.clock, storeKey.switch(name), Switch);
  return read.ok ? { ok: true, value: read.value.value } : read;
}

/**
 * The last word on a target's freeze that any table has. Of traffic the peers are asked as well: a region that was left alone as impaired
 * has not been told that it is frozen. Peers that do not answer are passed over.
 */
export async function readFreeze(ctx: StageContext, target: Target, avoid: readonly string[]): Promise<Result<Switch | null>> {
  const name = freezeSwitch(targetKey(target));
  const own = await readSwitch(ctx, name);
  if (!own.ok || own.value?.on === true || target.group === undefined) return own;
  const peers = await Promise.all(
    livePeers(ctx, avoid).map(([, peer]) => readStored(peer, ctx.ports.clock, storeKey.switch(name), Switch)),
  );
  const words = peers.flatMap((peer) => (peer.ok && peer.value.value !== null ? [peer.value.value] : []));
  return { ok: true, value: words.reduce((last, word) => (last === null || word.at > last.at ? word : last), own.value) };
}

/** Sets a switch here; of two words about it the later one stands. Answers whether it changed. */
export async function keepSwitch(ctx: StageContext, name: string, word: Switch): Promise<Result<boolean>> {
  let changed = false;
  const kept = await updateStored(ctx.ports.store, ctx.ports.clock, storeKey.switch(name), Switch, (current): Switch | null => {
    changed = current?.on !== word.on;
    return current !== null && current.at > word.at ? null : word;
  });
  if (!kept.ok) return kept;
  if (changed)
    ctx.ports.trace.record({
      kind: 'SwitchChanged',
      subject: name,
      data: { name, on: word.on, by: word.by },
      reason: word.reason,
    });
  return { ok: true, value: changed };
}

/** Sets a switch here and at every peer that can be reached. */
export async function setSwitch(ctx: StageContext, name: string, word: Switch): Promise<Result<boolean>> {
  const kept = await keepSwitch(ctx, name, word);
  if (kept.ok) await copyToPeers(ctx, storeKey.switch(name), word, []);
  return kept;
}
