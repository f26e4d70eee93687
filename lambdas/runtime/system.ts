import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Ids, Random } from '../../core/ports/index.ts';

/** Time, ids and chance of a real machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal && { signal }).catch(() => undefined),
};

export const systemIds: Ids = { next: (kind) => `${kind}-${randomUUID()}` };

export const systemRandom: Random = { next: () => Math.random() };
