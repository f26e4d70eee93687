import * as z from 'zod';

/** What a statement is about; every further field narrows it. */
export const Subject = z.object({
  service: z.string(),
  region: z.string().optional(),
  endpoint: z.string().optional(),
  unit: z.string().optional(),
});
export type Subject = z.infer<typeof Subject>;

/** One string per subject, usable as a key: `service/region/endpoint/unit`, absent parts as `-`, trailing ones dropped. */
export function subjectKey({ service, region = '-', endpoint = '-', unit = '-' }: Subject): string {
  if (unit !== '-') return `${service}/${region}/${endpoint}/${unit}`;
  if (endpoint !== '-') return `${service}/${region}/${endpoint}`;
  return region === '-' ? service : `${service}/${region}`;
}
