import * as z from 'zod';

/** A machine's input and state: ids and small facts. */
export const MachineInput = z.object({
  incidentId: z.string(),
  planId: z.string(),
  epoch: z.number().int().positive(),
  attempt: z.number().int().positive(),
});
export type MachineInput = z.infer<typeof MachineInput>;

export const StepOperation = z.enum(['intent', 'apply', 'verify', 'commit', 'undo', 'verifyUndo']);
export type StepOperation = z.infer<typeof StepOperation>;

export const StepTask = z.object({
  executionId: z.string(),
  planId: z.string(),
  stepId: z.string(),
  epoch: z.number().int().positive(),
  operation: StepOperation,
});
export type StepTask = z.infer<typeof StepTask>;

/** Machines branch on `code` alone. */
export const StepCode = z.enum(['ok', 'pass', 'fail', 'inconclusive', 'refused', 'superseded']);
export type StepCode = z.infer<typeof StepCode>;

export const StepReply = z.object({ code: StepCode, retryable: z.boolean(), reason: z.string() });
export type StepReply = z.infer<typeof StepReply>;
