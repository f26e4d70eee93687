import type { StageContext } from '../config/stage-context.ts';
import { type Result, Switch, storeKey } from '../model/index.ts';
import { copyToPeers } from './peer-copies.ts';
import { readStored, updateStored } from './stored.ts';

export async function readSwitch(ctx: StageContext, name: string): Promise<Result<Switch | null>> {
  const read = await readStored(ctx.ports.store, ctx.ports.clock, storeKey.switch(name), Switch);
  return read.ok ? { ok: true, value: read.value.value } : read;
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
