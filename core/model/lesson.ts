import * as z from 'zod';

/** What past outcomes of one action for one alert came to. */
export const Lesson = z.object({
  action: z.string(),
  alert: z.string(),
  attempts: z.number().int().nonnegative(),
  successes: z.number().int().nonnegative(),
  meanSeconds: z.number().nonnegative(),
  lastAt: z.number(),
  /** The plans that were counted last, so that an outcome that is told twice is learned once. */
  plans: z.array(z.string()).optional(),
});
export type Lesson = z.infer<typeof Lesson>;

/** How often things break in one region, and how long they stay broken. Seconds; null: nothing has happened yet. */
export const Reliability = z.object({
  region: z.string(),
  from: z.number(),
  to: z.number(),
  incidents: z.number().int().nonnegative(),
  mttdSeconds: z.number().nullable(),
  mttrSeconds: z.number().nullable(),
  mtbfSeconds: z.number().nullable(),
  /** MTBF / (MTBF + MTTR), 0..1. */
  availability: z.number().min(0).max(1).nullable(),
  /** Failures an hour: 1 / MTBF. */
  failuresPerHour: z.number().nullable(),
});
export type Reliability = z.infer<typeof Reliability>;
