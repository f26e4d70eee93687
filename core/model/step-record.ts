import * as z from 'zod';
import { Json } from './json.ts';
import { Verdict } from './verdict.ts';

/** One entry of the journal: what was there before, what was done, what it proved, and what undoing it proved. */
export const StepRecord = z.object({
  plan: z.string(),
  step: z.string(),
  kind: z.string(),
  /** Position in the run's journal; undo goes from the highest down. */
  order: z.number().int().nonnegative(),
  executionId: z.string(),
  epoch: z.number().int().positive(),
  state: z.enum(['intended', 'applying', 'applied', 'committed', 'failed', 'undoing', 'undone', 'frozen']),
  before: Json,
  /** What Apply answered, such as the id of a script's run. */
  result: Json.optional(),
  intentAt: z.number(),
  appliedAt: z.number().optional(),
  committedAt: z.number().optional(),
  /** The last looks of the running verification, oldest first, at most `n` of them. */
  looks: z.array(Verdict),
  verdict: Verdict.optional(),
  undo: z
    .object({
      startedAt: z.number(),
      appliedAt: z.number().optional(),
      /** The epoch under which it was accepted; a later one applies it again. */
      epoch: z.number().int().positive().optional(),
      result: Json.optional(),
      verdict: Verdict.optional(),
    })
    .optional(),
  reason: z.string(),
});
export type StepRecord = z.infer<typeof StepRecord>;
