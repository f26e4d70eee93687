import type { Clock } from '../../core/ports/index.ts';

/** SNS delivers within a second; Lambda delivers again after one and two minutes what its function threw back. */
const waitsMs = [400, 60_000, 120_000];
/** SNS goes on for 23 days while the function cannot be invoked at all. */
const downMs = 60_000;

/**
 * One message of a topic on its way to a function that subscribes to it. After the third failure it is a dead letter: nobody delivers it
 * again.
 * @param invoke whether the function did what it had to; null: it could not be invoked
 */
export async function deliverFromTopic(clock: Pick<Clock, 'sleep'>, invoke: () => Promise<boolean | null>): Promise<void> {
  for (const waitMs of waitsMs) {
    await clock.sleep(waitMs);
    let done = await invoke();
    while (done === null) {
      await clock.sleep(downMs);
      done = await invoke();
    }
    if (done) return;
  }
}
