import * as z from 'zod';

/**
 * What a region knows about the standing of one region of one traffic group: the highest epoch seen, the incident that is open for it,
 * and whether its traffic was moved away. It outlives incidents, so that a drained region opens no second one.
 */
export const Standing = z.object({
  group: z.string(),
  region: z.string(),
  epoch: z.number().int().nonnegative(),
  incident: z.string().nullable(),
  drained: z.boolean(),
  impairedSince: z.number().nullable(),
  /** Until when nothing new is opened, after an action that did not prove itself. */
  quietUntil: z.number(),
  flaps: z.number().int().nonnegative(),
  /** Since when some outside observer, but no quorum, finds it impaired; told: people know. */
  disputed: z.object({ since: z.number(), told: z.boolean() }).nullable(),
});
export type Standing = z.infer<typeof Standing>;

export const standingKey = (group: string, region: string): string => `standing#${group}#${region}`;

export function unknownStanding(group: string, region: string): Standing {
  return { group, region, epoch: 0, incident: null, drained: false, impairedSince: null, quietUntil: 0, flaps: 0, disputed: null };
}
