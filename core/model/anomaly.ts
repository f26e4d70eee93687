import * as z from 'zod';
import { Subject } from './subject.ts';

const severity = z.enum(['warning', 'critical']);
const confidence = z.number().min(0).max(1);

export const Anomaly = z.object({
  subject: Subject,
  at: z.number(),
  type: z.string(),
  severity,
  confidence,
  detectors: z.array(z.object({ name: z.string(), score: z.number(), reason: z.string() })),
  reason: z.string(),
});
export type Anomaly = z.infer<typeof Anomaly>;

/** A finding with this score or more is an alarm. */
export const ALARM_SCORE = 0.5;

/** `systemic`: many rows of a region are a little odd at once, though no endpoint need stand out. */
export const AnomalyKind = z.enum(['errors', 'latency', 'systemic']);
export type AnomalyKind = z.infer<typeof AnomalyKind>;

/** The service of what is held against a region as a whole. */
export const wholeRegion = '*';

/** What the detectors of one observer hold against a service in a region now. */
export const AnomalyNews = z.object({
  service: z.string(),
  region: z.string(),
  kind: AnomalyKind,
  /** How many of its endpoints show it. */
  endpoints: z.number().int().positive(),
  severity,
  /** Of the surest of them. */
  confidence,
  since: z.number(),
  reason: z.string(),
});
export type AnomalyNews = z.infer<typeof AnomalyNews>;
