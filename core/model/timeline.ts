import * as z from 'zod';
import { JsonObject } from './json.ts';

/** The one stream that `--json`, the page, reports and checkers read. */
export const TimelineEntry = z.object({
  at: z.number(),
  seq: z.number().int().nonnegative(),
  region: z.string(),
  kind: z.string(),
  subject: z.string(),
  data: JsonObject,
  reason: z.string(),
});
export type TimelineEntry = z.infer<typeof TimelineEntry>;
