import * as z from 'zod';
import { Json } from './json.ts';

/** One stored item. `version` starts at 1 and grows by one with each write; `expiresAt` (epoch ms) lets it age out. */
export const Item = z.object({ key: z.string(), version: z.number().int().positive(), expiresAt: z.number().optional(), body: Json });
export type Item = z.infer<typeof Item>;

/** The keys of DESIGN's store; each begins with the item's family, so that a prefix query lists one family. */
export const storeKey = {
  incident: (id: string) => `incident#${id}`,
  /** A stream: the store numbers its entries. A family of its own, see ADR 0003. */
  timeline: (incident: string) => `timeline#${incident}`,
  plan: (id: string) => `plan#${id}`,
  run: (planId: string) => `run#${planId}`,
  step: (planId: string, stepId: string) => `step#${planId}#${stepId}`,
  lease: (target: string) => `lease#${target}`,
  vote: (group: string, subject: string) => `vote#${group}#${subject}`,
  /** Which region of a group a voter is about to give its word for. */
  turn: (group: string) => `turn#${group}`,
  grant: (group: string, subject: string, voter: string) => `grant#${group}#${subject}#${voter}`,
  /** One item for many services (core/config/health-shards.ts), and one for each observer: both are read together, in one partition. */
  health: (shard: string) => `health#states#${shard}`,
  observation: (observer: string) => `observation#seen#${observer}`,
  detector: (series: string) => `detector#${series}`,
  lesson: (action: string, alert: string) => `lesson#${action}#${alert}`,
  switch: (name: string) => `switch#${name}`,
  breaker: (target: string, action: string) => `breaker#${target}#${action}`,
  approval: (token: string) => `approval#${token}`,
  /** Which token a plan was put to people under. */
  approvalOf: (planId: string) => `asked#${planId}`,
  /** That people have the note of this id. */
  told: (note: string) => `told#${note}`,
  probe: (vantage: string) => `probe#${vantage}`,
} as const;

/**
 * Families that nobody lists by their first segment alone. What the slots write is among them: the index that such lists are read from
 * would double what each write costs.
 */
const unlistedFamilies: readonly string[] = ['health', 'observation', 'probe', 'detector', 'timeline', 'step'];

/** Whether a query may ask for all items of a family. */
export function isListed(family: string): boolean {
  return !unlistedFamilies.includes(family);
}
