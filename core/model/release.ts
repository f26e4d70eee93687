import * as z from 'zod';

export const Release = z.object({
  id: z.string(),
  version: z.string(),
  at: z.number(),
  state: z.enum(['current', 'in-progress', 'previous']),
  /** Of the callers, 0..1, while an alias divides them; absent: the platform replaces units, or all get it. */
  share: z.number().optional(),
});
export type Release = z.infer<typeof Release>;

/** How an alias divides its callers: a share of them gets `canary`, the others `stable`. `token` changes with every change. */
export const ReleaseSplit = z.object({ stable: z.string(), canary: z.string().nullable(), share: z.number(), token: z.string() });
export type ReleaseSplit = z.infer<typeof ReleaseSplit>;
