import * as z from 'zod';
import { Capacity, CapacityChange } from './capacity.ts';
import { Target } from './target.ts';
import { Verdict } from './verdict.ts';

/**
 * A region that moves traffic asks another one that will get a part of it to make room (`prepare`), or to go back to where it was
 * (`return`). Both are idempotent and are asked again until the report proves it.
 */
export const AssistRequest = z.object({
  phase: z.enum(['prepare', 'return']),
  planId: z.string(),
  incident: z.string(),
  epoch: z.number().int().positive(),
  requester: z.string(),
  target: Target,
  change: CapacityChange,
  /** For `return`: what the journal says was there, where the region that asks had changed it itself before it died. */
  before: Capacity.optional(),
  /** The person who broke the glass for it. */
  orderedBy: z.string().optional(),
  reason: z.string(),
});
export type AssistRequest = z.infer<typeof AssistRequest>;

export const AssistReport = z.object({
  phase: z.enum(['prepare', 'return']),
  planId: z.string(),
  epoch: z.number().int().positive(),
  target: Target,
  verdict: Verdict,
  at: z.number(),
  reason: z.string(),
});
export type AssistReport = z.infer<typeof AssistReport>;
