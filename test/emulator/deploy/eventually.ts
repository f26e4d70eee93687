import type { StageContext } from '../context.ts';

/** Looks twice a second until there is something to see; throws with the emulator's last words when there is nothing in time. */
export async function eventually<T>(context: StageContext, what: string, withinMs: number, look: () => Promise<T | undefined>): Promise<T> {
  const until = context.clock.now() + withinMs;
  while (context.clock.now() < until) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await context.clock.sleep(500);
  }
  throw new Error(`not within ${withinMs} ms: ${what}\nthe emulator's last words: ${context.emulator.log().slice(-2_000)}`);
}
