import * as z from 'zod';

/** A voter's word on one region of a traffic group. `subject` is the region. */
export const Vote = z.object({
  voter: z.string(),
  subject: z.string(),
  group: z.string(),
  epoch: z.number().int().nonnegative(),
  drain: z.boolean(),
  at: z.number(),
  reason: z.string(),
});
export type Vote = z.infer<typeof Vote>;

/**
 * Asks the voters for something about one region of a group: `grant` claims the epoch before anything is done,
 * `drain` asks for the vote itself. `undo` steps and failback send a withdrawal instead.
 */
export const DrainRequest = z.object({
  phase: z.enum(['grant', 'drain']),
  incident: z.string(),
  group: z.string(),
  subject: z.string(),
  epoch: z.number().int().positive(),
  requester: z.string(),
  /** A person who breaks the glass: the voter then does not ask its own view. */
  by: z.string().optional(),
  reason: z.string(),
});
export type DrainRequest = z.infer<typeof DrainRequest>;

export const DrainReply = z.object({
  phase: z.enum(['grant', 'drain']),
  incident: z.string(),
  group: z.string(),
  subject: z.string(),
  epoch: z.number().int().positive(),
  voter: z.string(),
  granted: z.boolean(),
  reason: z.string(),
});
export type DrainReply = z.infer<typeof DrainReply>;

export const DrainWithdrawal = z.object({
  /** Failback: the claim stays, so that the vote can be asked for again if the returned traffic does not prove itself. */
  keepClaim: z.boolean().optional(),
  incident: z.string(),
  group: z.string(),
  subject: z.string(),
  epoch: z.number().int().positive(),
  requester: z.string(),
  reason: z.string(),
});
export type DrainWithdrawal = z.infer<typeof DrainWithdrawal>;
