import * as z from 'zod';
import { Action } from './plan.ts';
import { StepRecord } from './step-record.ts';
import { Target } from './target.ts';

export const OutcomeState = z.enum(['verified', 'undone', 'escalated', 'refused']);
export type OutcomeState = z.infer<typeof OutcomeState>;

export const Outcome = z.object({
  planId: z.string(),
  incidentId: z.string(),
  action: Action,
  alert: z.string(),
  target: Target,
  /** Under which the run ended. */
  epoch: z.number().int().positive(),
  steps: z.array(StepRecord),
  state: OutcomeState,
  startedAt: z.number(),
  endedAt: z.number(),
  /** Regions that telling of it must not call; absent: none. */
  avoid: z.array(z.string()).optional(),
  reason: z.string(),
});
export type Outcome = z.infer<typeof Outcome>;
