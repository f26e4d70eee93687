import { type Fence, failed, ok, type Result } from '../../core/model/index.ts';
import type { Call, Clock } from '../../core/ports/index.ts';
import { failure } from './failure.ts';

/** What every SDK call gets as its second argument. */
export interface SendOptions {
  abortSignal: AbortSignal;
}

/** What our clock and that of another region or account may differ by. */
const clockSkewMs = 2_000;

/** A write that would have less time than this is not started: it would end as an unknown. */
const shortestWriteMs = 500;

/**
 * Runs one call to AWS within the caller's deadline and turns whatever it throws into a Result.
 * Nothing is sent after the deadline. `timeout` says that the outcome is unknown, not that nothing happened.
 */
export async function attempt<T>(
  operation: string,
  clock: Clock,
  call: Call,
  send: (options: SendOptions) => Promise<T>,
): Promise<Result<T>> {
  const leftMs = call.deadlineAt - clock.now();
  if (leftMs <= 0) return failed('timeout', `${operation}: the deadline passed ${-leftMs} ms ago; nothing was sent`);
  const abortSignal = AbortSignal.timeout(leftMs);
  try {
    return ok(await send({ abortSignal }));
  } catch (error) {
    if (!abortSignal.aborted) return failure(operation, error);
    return failure(operation, new Error(`no answer within ${leftMs} ms; the outcome is unknown`, { cause: error }), 'timeout');
  }
}

/**
 * The call, cut so that it ends before the lease does: a write starts only if what is left of the lease
 * exceeds the client timeout plus clock skew (DESIGN §2). `superseded` when too little is left.
 */
export function withinLease(fence: Fence, clock: Clock, call: Call): Result<Call> {
  const leaseEndsAt = fence.leaseUntil - clockSkewMs;
  const leftMs = leaseEndsAt - clock.now();
  if (leftMs < shortestWriteMs)
    return failed(
      'superseded',
      `the lease of epoch ${fence.epoch} has ${leftMs} ms left after clock skew; a write needs ${shortestWriteMs}`,
    );
  return ok({ deadlineAt: Math.min(call.deadlineAt, leaseEndsAt) });
}

/** Runs steps in order and stops at the first that fails. */
export async function inOrder(...steps: (() => Promise<Result<unknown>>)[]): Promise<Result<void>> {
  for (const step of steps) {
    const result = await step();
    if (!result.ok) return result;
  }
  return ok(undefined);
}

/** Full jitter: uniform in [0, min(cap, base · 2^attempt)). https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
export function fullJitterMs(attemptNumber: number, random: number, baseMs = 50, capMs = 2_000): number {
  return random * Math.min(capMs, baseMs * 2 ** attemptNumber);
}
