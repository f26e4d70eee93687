import * as z from 'zod';

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
  severity: z.enum(['warning', 'critical']),
  /** Of the surest of them. */
  confidence: z.number().min(0).max(1),
  since: z.number(),
  reason: z.string(),
});
export type AnomalyNews = z.infer<typeof AnomalyNews>;
