import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Ids, Random } from '../../../core/ports/index.ts';

/** Real time: an emulator has no other. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await sleep(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
  },
};

export const randomIds: Ids = { next: (kind) => `${kind}-${randomUUID()}` };
export const mathRandom: Random = { next: () => Math.random() };

/** The time part of every contract harness. */
export const realTime = { now: () => Date.now(), advance: (ms: number) => systemClock.sleep(ms) };

/** A name that no other case uses: the emulator's world is never emptied. */
export function freshName(kind: string): string {
  return `${kind}-${randomUUID().slice(0, 8)}`;
}
