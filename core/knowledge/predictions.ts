import * as z from 'zod';

/** What is foreseen for one service in one region: learn writes it once an hour, `op status` shows it. */
export const Prediction = z.object({
  service: z.string(),
  region: z.string(),
  at: z.number(),
  /** Since when it is watched. */
  since: z.number(),
  /** Probability of at least one failure, with an 80 % interval. */
  horizons: z.array(z.object({ horizon: z.enum(['1h', '24h', '7d']), probability: z.number(), low: z.number(), high: z.number() })),
  /** Median with an 80 % interval. */
  secondsToFailure: z.object({ median: z.number(), low: z.number(), high: z.number() }),
  /** What runs out within sight, and how soon at the earliest. */
  supplies: z.array(z.object({ supply: z.string(), seconds: z.number(), secondsLow: z.number(), reason: z.string() })),
  /** Times of the week, hours from Monday 00:00 UTC, in which failures are clearly more frequent. */
  periods: z.array(z.object({ fromHour: z.number(), toHour: z.number(), ratio: z.number(), reason: z.string() })),
  /** Measures that have moved upwards without any limit being near, in words; each makes a failure likelier. */
  drifts: z.array(z.string()).default([]),
  /** What was used of the quota of units, and how much is allowed. */
  quota: z.array(z.object({ at: z.number(), used: z.number(), limit: z.number() })),
  /** When people were last told of a supply. */
  told: z.record(z.string(), z.number()),
  reason: z.string(),
});
export type Prediction = z.infer<typeof Prediction>;

export const predictionKey = (service: string, region: string): string => `prediction#${service}/${region}`;
