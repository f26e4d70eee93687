import * as z from 'zod';

export const DatabaseStatus = z.object({
  id: z.string(),
  kind: z.enum(['aurora-global', 'dynamodb-global', 'rds']),
  writer: z.string(),
  members: z.array(z.object({ region: z.string(), status: z.enum(['available', 'unavailable', 'switching']), lagSeconds: z.number() })),
});
export type DatabaseStatus = z.infer<typeof DatabaseStatus>;
