import * as z from 'zod';

export const Release = z.object({
  id: z.string(),
  version: z.string(),
  at: z.number(),
  state: z.enum(['current', 'in-progress', 'previous']),
});
export type Release = z.infer<typeof Release>;
