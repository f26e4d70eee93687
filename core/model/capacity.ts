import * as z from 'zod';

export const UnitState = z.object({ id: z.string(), zone: z.string(), healthy: z.boolean(), ejected: z.boolean(), startedAt: z.number() });
export type UnitState = z.infer<typeof UnitState>;

/** What serves a target now. `saturation` is used share of what the healthy units can carry, 1 = full. */
export const Capacity = z.object({
  desired: z.number().int().nonnegative(),
  min: z.number().int().nonnegative(),
  max: z.number().int().nonnegative(),
  running: z.number().int().nonnegative(),
  healthy: z.number().int().nonnegative(),
  units: z.array(UnitState),
  saturation: z.number().nonnegative().optional(),
  size: z.object({ cpu: z.number(), memoryMiB: z.number() }).optional(),
  concurrency: z.object({ provisioned: z.number().int().nonnegative(), reserved: z.number().int().nonnegative().nullable() }).optional(),
});
export type Capacity = z.infer<typeof Capacity>;

/** An absolute change: applying it twice is applying it once. */
export const CapacityChange = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('count'),
    desired: z.number().int().nonnegative(),
    min: z.number().int().optional(),
    max: z.number().int().optional(),
  }),
  z.object({ kind: z.literal('size'), cpu: z.number().positive(), memoryMiB: z.number().positive() }),
  z.object({
    kind: z.literal('concurrency'),
    provisioned: z.number().int().nonnegative(),
    reserved: z.number().int().nonnegative().nullable(),
  }),
  /** Take the unit out, start another in its place. */
  z.object({ kind: z.literal('replace'), unit: z.string() }),
  z.object({ kind: z.literal('eject'), units: z.array(z.string()) }),
  z.object({ kind: z.literal('readmit'), units: z.array(z.string()) }),
]);
export type CapacityChange = z.infer<typeof CapacityChange>;

export const Quota = z.object({ limit: z.number(), used: z.number() });
export type Quota = z.infer<typeof Quota>;
