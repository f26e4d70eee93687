import * as z from 'zod';
import { Health } from './health.ts';
import { Verdict } from './verdict.ts';

/** How far the last failed look came: no address, no connection, or an answer that was wrong or late. */
export const FailedIn = z.enum(['resolve', 'connect', 'answer']);
export type FailedIn = z.infer<typeof FailedIn>;

/** What an observer remembers of one endpoint between samples. Counters stop at 100, so that a calm endpoint's state stands still. */
export const EndpointState = z.object({
  status: z.enum(['healthy', 'degraded', 'unhealthy', 'unknown']),
  failures: z.number().int().nonnegative(),
  successes: z.number().int().nonnegative(),
  at: z.number(),
  responseMs: z.number(),
  weight: z.number(),
  dimension: z.string(),
  /** Addresses that failed at the last look while others passed. */
  sickAddresses: z.array(z.string()),
  addresses: z.number().int().nonnegative(),
  last: Verdict,
  failedIn: FailedIn.optional(),
  certificateDays: z.number().optional(),
  reason: z.string(),
});
export type EndpointState = z.infer<typeof EndpointState>;

/** What this observer remembers of one service in one region. */
export const ServiceState = z.object({
  health: Health,
  /** When `health.status` last changed. */
  since: z.number(),
  endpoints: z.record(z.string(), EndpointState),
});
export type ServiceState = z.infer<typeof ServiceState>;
