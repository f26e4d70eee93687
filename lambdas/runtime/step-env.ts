import * as z from 'zod';
import { commonEnv, journalEnv, senderEnv } from './env.ts';

/** Apply, verify and undo differ in rights, not in what they have to know. */
export const StepEnv = z.object({
  ...commonEnv,
  ...senderEnv,
  ...journalEnv,
  /** `weights`: the functions of graceful shifts, the only ones whose role may change record weights. */
  REACH: z.enum(['data-plane', 'weights']),
});
