import * as z from 'zod';
import { Subject } from './subject.ts';

export const Locus = z.enum(['unit', 'zone', 'service', 'region', 'observer', 'release', 'dependency']);
export type Locus = z.infer<typeof Locus>;

export const IncidentState = z.enum(['open', 'acting', 'proving', 'resolved', 'escalated']);
export type IncidentState = z.infer<typeof IncidentState>;

/** One cause, one incident. `region` is where it is worked on; `group` is set when a traffic group's region is impaired. */
export const Incident = z.object({
  id: z.string(),
  epoch: z.number().int().positive(),
  subject: Subject,
  group: z.string().optional(),
  region: z.string(),
  alert: z.string(),
  cause: z.string(),
  locus: Locus,
  severity: z.enum(['warning', 'critical']),
  state: IncidentState,
  /** How many plans were made for it. */
  attempt: z.number().int().nonnegative(),
  /** What was tried: regions for a failover, `level/action` for a playbook. */
  tried: z.array(z.string()),
  /** The person who ordered it, where no machine found it. */
  orderedBy: z.string().optional(),
  /** When the first symptom was seen, where that is known. */
  onsetAt: z.number().optional(),
  openedAt: z.number(),
  deadlineAt: z.number(),
  /** When it came into its present state; absent: it was opened so. */
  changedAt: z.number().optional(),
  resolvedAt: z.number().optional(),
  /** Since when nothing was wrong any more, where a calm while was waited for before it counted as resolved. */
  overAt: z.number().optional(),
  /** Measures of the service that moved together before, and no longer did when it opened; absent: none. */
  broken: z.array(z.object({ a: z.string(), b: z.string(), reason: z.string() })).optional(),
  reason: z.string(),
});
export type Incident = z.infer<typeof Incident>;

export function isOpen(incident: Incident): boolean {
  return incident.state === 'open' || incident.state === 'acting' || incident.state === 'proving';
}
