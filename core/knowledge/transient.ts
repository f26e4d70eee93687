import type { StageContext } from '../config/stage-context.ts';
import type { Result } from '../model/index.ts';

const firstWaitMs = 500;
const waitMsMax = 4_000;

/**
 * Tries again after throttles and server errors, at most `attempts` times, waiting a random share of an exponentially growing bound
 * (full jitter), and not past `until` (epoch ms). A denied, invalid or superseded call is answered at once. The call must be idempotent, for
 * a time-out may have had its effect; `isSafe` names the failures of a call that is not.
 */
export async function retryTransient<T>(
  ctx: StageContext,
  call: () => Promise<Result<T>>,
  {
    attempts = 3,
    until = Infinity,
    isSafe = () => true,
  }: { attempts?: number; until?: number; isSafe?: (failure: { code: string }) => boolean } = {},
): Promise<Result<T>> {
  const { clock, random } = ctx.ports;
  for (let attempt = 1; ; attempt += 1) {
    const result = await call();
    if (result.ok || !result.retryable || attempt >= attempts || !isSafe(result)) return result;
    const wait = random.next() * Math.min(waitMsMax, firstWaitMs * 2 ** (attempt - 1));
    if (clock.now() + wait >= until) return result;
    await clock.sleep(wait);
  }
}
