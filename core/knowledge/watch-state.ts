import * as z from 'zod';
import { storeKey, Verdict } from '../model/index.ts';
import { FailureWindow } from './failure-windows.ts';

/** One condition of the catalogue that holds: since when, whether it was raised, and what became of it. */
export const Alarm = z.object({
  alert: z.string(),
  service: z.string(),
  unit: z.string().optional(),
  locus: z.enum(['unit', 'zone', 'service', 'region', 'dependency', 'release']),
  /** Where the reading says it; else that of the alert. */
  severity: z.enum(['warning', 'critical']).optional(),
  since: z.number(),
  /** The last time that a reading showed it. */
  seenAt: z.number(),
  /** When it had held for its duration; null: not yet. */
  raisedAt: z.number().nullable(),
  /** The incident that it opened or that it belongs to; null: none, `held` says why. */
  incident: z.string().nullable(),
  held: z.string().nullable(),
  reason: z.string(),
});
export type Alarm = z.infer<typeof Alarm>;

/** One release that is watched, or was. `given-up`: taking it back did not help or was not possible. */
export const WatchedRelease = z.object({
  service: z.string(),
  id: z.string(),
  version: z.string(),
  at: z.number(),
  state: z.enum(['watched', 'failing', 'stable', 'given-up']),
  incident: z.string().nullable(),
  /** Why it failed and yet opened no incident; null: nothing holds it. */
  held: z.string().nullable().default(null),
  /** What served before it: when that serves again, nothing new has come. */
  replaced: z.string().nullable().default(null),
  /** Of the callers, 0..1, and since when it was seen to be that; below 1 it is compared with `against`, which the others get. */
  share: z.number().default(1),
  shareSince: z.number().default(0),
  against: z.string().nullable().default(null),
  /** How the endpoints of the service answered before it, by `<region>/<endpoint>`, and how many looks there were when that was noted. */
  before: z.record(z.string(), z.object({ count: z.number().int(), ms: z.array(z.number()) })).default({}),
  /** The last word of the canary judge; null: none yet. */
  canary: z
    .object({
      verdict: Verdict,
      alert: z.enum(['error-rate', 'latency']),
      /** Failed this many times in a row. */
      failed: z.number().int(),
      reason: z.string(),
    })
    .nullable()
    .default(null),
});
export type WatchedRelease = z.infer<typeof WatchedRelease>;

/** One unlucky look at noise is no failure: the canary judge has to fail a release this often in a row, a minute apart. */
export const canaryFailuresInRow = 3;

const eventsMax = 100;

/** What a region remembers of its own services between two looks, for alerts and releases. One item in its own table. */
export const WatchState = z.object({
  windows: z.record(z.string(), FailureWindow),
  /** By `alert|service|unit`. */
  alarms: z.record(z.string(), Alarm),
  /** By service. */
  releases: z.record(z.string(), WatchedRelease),
  /** Crashes and failed deployments of the last ten minutes. */
  events: z
    .array(z.object({ event: z.enum(['unit-crashed', 'deployment-failed']), service: z.string(), at: z.number(), id: z.string() }))
    .max(eventsMax),
  /** By signal key: since when a metric that had data has none, and whether people know. */
  silent: z.record(z.string(), z.object({ since: z.number(), told: z.boolean() })),
  /** By service: the share of errors that the application itself measures while it is above its limit, and since when. */
  errorRates: z.record(z.string(), z.object({ since: z.number(), at: z.number(), share: z.number() })).default({}),
  /** Signals that had data when they were last read. */
  speaking: z.array(z.string()),
  /** The zone in which no unit of any service is healthy, while every other has one that is. */
  darkZone: z.string().optional(),
  /** The highest epoch given to an incident of a service here. */
  epochs: z.record(z.string(), z.number().int()),
});
export type WatchState = z.infer<typeof WatchState>;

export const watchKey = storeKey.detector('watch');

export const calmWatch: WatchState = {
  windows: {},
  alarms: {},
  releases: {},
  events: [],
  silent: {},
  errorRates: {},
  speaking: [],
  epochs: {},
};

export const alarmKey = (alert: string, service: string, unit?: string): string =>
  [alert, service, ...(unit === undefined ? [] : [unit])].join('|');
