import type { Hand } from './hand.ts';

/** What a shell says of a program that Ctrl-C has ended: 128 and the number of the signal. */
export const interruptedCode = 130;

/**
 * Ctrl-C ends long work early: the crew is dismissed and `signal` aborts, so that what was done so far can be told. A second one ends the
 * program at once.
 */
export function interruptible<Request>(crew: readonly Hand<Request>[]): { signal: AbortSignal; over: () => void } {
  const controller = new AbortController();
  const end = () => {
    controller.abort();
    for (const hand of crew) void hand.dismiss();
  };
  process.once('SIGINT', end);
  return { signal: controller.signal, over: () => void process.off('SIGINT', end) };
}

/** The answer, or null when the work was ended before it came. */
export async function unlessEnded<Reply>(asked: Promise<Reply>, signal: AbortSignal): Promise<Reply | null> {
  return asked.catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
}
