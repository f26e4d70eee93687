import * as z from 'zod';

/** Who may write: the epoch that was claimed and until when the claim holds. */
export const Fence = z.object({ epoch: z.number().int().positive(), leaseUntil: z.number() });
export type Fence = z.infer<typeof Fence>;

export const Lease = z.object({ key: z.string(), epoch: z.number().int().positive(), holder: z.string(), until: z.number() });
export type Lease = z.infer<typeof Lease>;
