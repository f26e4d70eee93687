import { type Fence, failed, type Result } from '../../core/model/index.ts';
import type { Call, Clock, Store } from '../../core/ports/index.ts';
import { withinLease } from './attempt.ts';

/** Writers with the same target race at most this often before one of them is told to come again. */
const triesMax = 5;

/**
 * Lets a write through while its lease holds and no higher epoch has written to the target. The highest epoch is kept
 * in the Store, for executors are functions that share no memory; it is read consistently right before the write.
 */
export class FenceGuard {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The call cut to the lease, or `superseded`. */
  async admit(target: string, fence: Fence, call: Call): Promise<Result<Call>> {
    const within = withinLease(fence, this.#clock, call);
    if (!within.ok) return within;
    const key = `fence#${target}`;
    for (let tries = 0; tries < triesMax; tries++) {
      const stored = await this.#store.get(key, within.value);
      if (!stored.ok) return stored;
      const newest = Number(stored.value?.body ?? 0);
      if (newest > fence.epoch) return failed('superseded', `epoch ${fence.epoch} was superseded by ${newest} on ${target}`);
      if (newest === fence.epoch) return within;
      const raised = await this.#store.put({ key, body: fence.epoch }, stored.value?.version ?? 0, within.value);
      if (raised.ok) return within;
      if (raised.code !== 'conflict') return raised;
    }
    return failed('throttled', `${target}: ${triesMax} other writers came first`);
  }
}
