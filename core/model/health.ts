import * as z from 'zod';
import { Subject } from './subject.ts';
import { Dimension } from './verdict.ts';

export const HealthState = z.enum(['healthy', 'degraded', 'unhealthy', 'unknown']);
export type HealthState = z.infer<typeof HealthState>;

/** What one observer believes about a subject. `score` is 0 (dead) to 1 (well). */
export const Health = z.object({
  subject: Subject,
  at: z.number(),
  status: HealthState,
  score: z.number().min(0).max(1),
  dimensions: z.partialRecord(Dimension, HealthState),
  reason: z.string(),
  evidence: z.array(z.string()),
});
export type Health = z.infer<typeof Health>;
