import * as z from 'zod';

/** What the authoritative servers answer for a traffic group now, seen from one vantage. */
export const Traffic = z.object({
  group: z.string(),
  at: z.number(),
  vantage: z.string(),
  /** One entry per server asked: the regions whose values it answers with, or why it gave none. */
  servers: z.array(z.object({ server: z.string(), regions: z.array(z.string()), rcode: z.string() })),
  /** Regions that every answering server names or may name; empty when none answered. */
  regions: z.array(z.string()),
});
export type Traffic = z.infer<typeof Traffic>;

/** Weights of a group's records by region, with a token that changes whenever anybody changes them. */
export const WeightSet = z.object({ group: z.string(), weights: z.record(z.string(), z.number().int().nonnegative()), token: z.string() });
export type WeightSet = z.infer<typeof WeightSet>;

/** Regions whose origins a group's distribution has, the preferred one first. `token` changes whenever anybody changes the distribution. */
export const OriginOrder = z.object({ group: z.string(), order: z.array(z.string()).length(2), deployed: z.boolean(), token: z.string() });
export type OriginOrder = z.infer<typeof OriginOrder>;
