import * as z from 'zod';
import { Health } from './health.ts';
import { Verdict } from './verdict.ts';

/** How far the last failed look came: no address, no connection, or an answer that was wrong or late. */
export const FailedIn = z.enum(['resolve', 'connect', 'answer']);
export type FailedIn = z.infer<typeof FailedIn>;

/**
 * How long an endpoint lately took to answer, for judging a release by what was before it: one look a minute at most, newest last, whole
 * milliseconds. Looks lie at least 55 s apart, so that the n-th before the newest is at least n times that older.
 */
export const LatelyAnswered = z.object({
  /** Of the newest. */
  at: z.number(),
  /** How many were ever remembered; those since a count are told by it. */
  count: z.number().int(),
  ms: z.array(z.number()),
});
export type LatelyAnswered = z.infer<typeof LatelyAnswered>;

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
  /** The share of its looks in which each address failed lately, faded; those that do not fail are left out, all when none does. */
  failingShares: z.record(z.string(), z.number()).optional(),
  last: Verdict,
  failedIn: FailedIn.optional(),
  certificateDays: z.number().optional(),
  /** Only of services that are deployed by us somewhere. */
  lately: LatelyAnswered.optional(),
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
