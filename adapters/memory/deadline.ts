import { failed, type Result } from '../../core/model/index.ts';
import type { Call, Clock } from '../../core/ports/index.ts';

/** The failure of a call that came after its own deadline; null when there is time left. */
export function overdue(clock: Clock, call: Call): Result<never> | null {
  return clock.now() >= call.deadlineAt ? timedOut(call) : null;
}

/** Waits for the deadline and fails: what the caller of something silent sees. */
export async function silence(clock: Clock, call: Call): Promise<Result<never>> {
  await clock.sleep(Math.max(0, call.deadlineAt - clock.now()));
  return timedOut(call);
}

function timedOut(call: Call): Result<never> {
  return failed('timeout', `no answer before the deadline ${call.deadlineAt}`);
}
