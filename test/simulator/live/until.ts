import { vi } from 'vitest';

/** Waits for real processes and sockets to get there; fails after `seconds`. */
export async function until(there: () => boolean | Promise<boolean>, seconds = 15): Promise<void> {
  await vi.waitFor(
    async () => {
      if (!(await there())) throw new Error(`it did not come to that within ${seconds} s`);
    },
    { timeout: seconds * 1000, interval: 50 },
  );
}
