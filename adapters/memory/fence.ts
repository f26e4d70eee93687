import { type Fence, failed, type Result } from '../../core/model/index.ts';
import type { Clock } from '../../core/ports/index.ts';

/** The highest epoch that wrote, by target key. */
export type SeenEpochs = Record<string, number>;

/** Lets the holder of the newest epoch through while its lease holds, and remembers the epoch; anybody else is `superseded`. */
export function refusedByFence(seen: SeenEpochs, target: string, fence: Fence, clock: Clock): Result<never> | null {
  const newest = seen[target] ?? 0;
  if (fence.epoch < newest) return failed('superseded', `epoch ${fence.epoch} was superseded by ${newest} on ${target}`);
  const now = clock.now();
  if (now >= fence.leaseUntil) return failed('superseded', `the lease on ${target} ended ${now - fence.leaseUntil} ms ago`);
  seen[target] = fence.epoch;
  return null;
}
