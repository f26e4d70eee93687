import type { StageContext } from '../config/stage-context.ts';
import type { Result } from '../model/index.ts';

const attemptsMax = 3;
const firstWaitMs = 500;
const waitMsMax = 4_000;

/**
 * Tries again after throttles and server errors, at most three times, waiting a random share of an exponentially growing bound
 * (full jitter). A denied, invalid or superseded call is answered at once. The call must be idempotent, for
 * a time-out may have had its effect; `isSafe` names the failures of a call that is not.
 */
export async function retryTransient<T>(
  ctx: StageContext,
  call: () => Promise<Result<T>>,
  isSafe: (failure: { code: string }) => boolean = () => true,
): Promise<Result<T>> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await call();
    if (result.ok || !result.retryable || attempt >= attemptsMax || !isSafe(result)) return result;
    const bound = Math.min(waitMsMax, firstWaitMs * 2 ** (attempt - 1));
    await ctx.ports.clock.sleep(ctx.ports.random.next() * bound);
  }
}
