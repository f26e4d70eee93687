import type { Call, Clock } from './index.ts';

/** A call that may take `ms` from now. */
export function within(clock: Clock, ms: number): Call {
  return { deadlineAt: clock.now() + ms };
}
