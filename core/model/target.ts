import * as z from 'zod';

/** What an action acts on. A failover's target is the traffic group in the region that is drained. */
export const Target = z.object({
  service: z.string(),
  region: z.string(),
  group: z.string().optional(),
  zone: z.string().optional(),
  unit: z.string().optional(),
});
export type Target = z.infer<typeof Target>;

/** The key of a target's lease, freeze and budget: group or service, then region. Units and zones share their service's. */
export function targetKey(target: Target): string {
  return target.group === undefined ? `${target.service}/${target.region}` : `group:${target.group}/${target.region}`;
}
