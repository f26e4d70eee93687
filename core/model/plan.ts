import * as z from 'zod';
import { JsonObject } from './json.ts';
import { Target } from './target.ts';

/** The actions evenkeel knows; each has a state machine of its name. */
export const Action = z.enum(['failover', 'failback', 'shift', 'scale', 'restart', 'rollback', 'rollout', 'script']);
export type Action = z.infer<typeof Action>;

/**
 * When a step counts as proven: `k` of the last `n` looks pass before `deadlineSeconds` after Apply,
 * seen from at least `vantages` places.
 */
export const Verification = z.object({
  k: z.number().int().positive(),
  n: z.number().int().positive(),
  deadlineSeconds: z.number().positive(),
  vantages: z.number().int().positive(),
});
export type Verification = z.infer<typeof Verification>;

/** One step of a plan. `undo` is itself a step, whose Apply gets the before-state; null: nothing to undo (a pure check). */
export interface Step {
  id: string;
  kind: string;
  args: JsonObject;
  verify: Verification;
  undo: Step | null;
  irreversible: boolean;
}
export const Step: z.ZodType<Step> = z.object({
  id: z.string(),
  kind: z.string(),
  args: JsonObject,
  verify: Verification,
  get undo(): z.ZodNullable<z.ZodType<Step>> {
    return z.nullable(Step);
  },
  irreversible: z.boolean(),
});

export const PolicyDecision = z.object({ name: z.string(), allowed: z.boolean(), reason: z.string() });
export type PolicyDecision = z.infer<typeof PolicyDecision>;

/** The level of a run that follows a proven one, beside the levels of playbooks and `ordered`. */
export const followUpLevel = 'follow-up';

export const Plan = z.object({
  id: z.string(),
  version: z.number().int().positive(),
  incident: z.string(),
  action: Action,
  target: Target,
  level: z.string(),
  attempt: z.number().int().positive(),
  steps: z.array(Step),
  policies: z.array(PolicyDecision),
  /** Regions that may take the run over, in order. */
  successors: z.array(z.string()),
  createdAt: z.number(),
  createdEpoch: z.number().int().positive(),
  /** The person who broke the glass for it: kill and pause do not hold it back. */
  orderedBy: z.string().optional(),
  reason: z.string(),
});
export type Plan = z.infer<typeof Plan>;
