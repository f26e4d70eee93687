import * as z from 'zod';
import { Subject } from './subject.ts';

export const Anomaly = z.object({
  subject: Subject,
  at: z.number(),
  type: z.string(),
  severity: z.enum(['warning', 'critical']),
  confidence: z.number().min(0).max(1),
  detectors: z.array(z.object({ name: z.string(), score: z.number(), reason: z.string() })),
  reason: z.string(),
});
export type Anomaly = z.infer<typeof Anomaly>;

/** A finding with this score or more is an alarm. */
export const ALARM_SCORE = 0.5;
