import * as z from 'zod';

export const MetricDatum = z.object({
  name: z.string(),
  dimensions: z.record(z.string(), z.string()),
  at: z.number(),
  value: z.number(),
  unit: z.enum(['Count', 'Percent', 'Milliseconds', 'Seconds', 'Bytes', 'None']),
});
export type MetricDatum = z.infer<typeof MetricDatum>;

export const MetricQuery = z.object({
  namespace: z.string(),
  name: z.string(),
  dimensions: z.record(z.string(), z.string()),
  statistic: z.string(),
  periodSeconds: z.number().int().positive(),
  from: z.number(),
  to: z.number(),
});
export type MetricQuery = z.infer<typeof MetricQuery>;

/** Points oldest first; a period without data has no point. */
export const Series = z.object({ label: z.string(), points: z.array(z.object({ at: z.number(), value: z.number() })) });
export type Series = z.infer<typeof Series>;
