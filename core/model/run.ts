import * as z from 'zod';
import { Action } from './plan.ts';
import { Target } from './target.ts';

/** One execution of a plan: who holds it, under which epoch, and how it stands. */
export const Run = z.object({
  planId: z.string(),
  incidentId: z.string(),
  action: Action,
  target: Target,
  epoch: z.number().int().positive(),
  /** The region whose machines execute it. */
  holder: z.string(),
  executionId: z.string(),
  state: z.enum(['running', 'undoing', 'verified', 'undone', 'escalated', 'refused']),
  /** The region that is impaired: nothing in the act path calls into it. */
  avoid: z.array(z.string()),
  startedAt: z.number(),
  leaseUntil: z.number(),
  endedAt: z.number().optional(),
  /** The outcome has gone to peers, lessons and the own region; a sweeper publishes that of a run that ended without it. */
  published: z.boolean().optional(),
  reason: z.string(),
});
export type Run = z.infer<typeof Run>;

export function isRunning(run: Pick<Run, 'state'>): boolean {
  return run.state === 'running' || run.state === 'undoing';
}
