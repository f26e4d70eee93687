import { regionsOfGroup } from './derive.ts';
import type { Config } from './schema.ts';

/** Arithmetic of votes (DESIGN §2). N is the number of configured regions, each of which observes and votes. */

/** Observers that must agree before a region counts as impaired: ⌊N/2⌋ + 1. */
export function quorumOf(regions: number): number {
  return Math.floor(regions / 2) + 1;
}

/** A child check under the calculated check of one region: a peer's vote, or the region's own heartbeat. */
export type VoteChild = { kind: 'vote'; voter: string } | { kind: 'heartbeat'; voter: string };

/**
 * Children of the calculated check of `subject`: one per peer. With two regions there is only one peer, whose word alone
 * is no quorum, so the region's own heartbeat is the second child. A single region has nobody to vote.
 */
export function voteChildren(regions: string[], subject: string): VoteChild[] {
  const votes = regions.filter((region) => region !== subject).map((voter): VoteChild => ({ kind: 'vote', voter }));
  return regions.length === 2 ? [...votes, { kind: 'heartbeat', voter: subject }] : votes;
}

/**
 * Healthy children that keep a region in: peers − quorum + 1, so that a quorum of drain votes takes it out.
 * 3 → 1 of 2, 4 → 1 of 3, 5 → 2 of 4. Two regions: 1 of vote and heartbeat, so that both must be gone.
 */
export function healthThreshold(regions: number): number {
  if (regions < 2) throw new RangeError(`a health threshold needs at least two regions, got ${regions}`);
  if (regions === 2) return 1;
  const peers = regions - 1;
  return peers - quorumOf(regions) + 1;
}

/** How many children each calculated check has. */
export function childrenOf(regions: number): number {
  return regions === 2 ? 2 : regions - 1;
}

/** Health checks that one traffic group needs in one of its regions: the children and the calculated check over them. */
export function healthChecksPerRegion(regions: number): number {
  return regions < 2 ? 0 : childrenOf(regions) + 1;
}

/** Route 53 health checks that the whole file costs. */
export function healthCheckCount(config: Config): number {
  const perRegion = healthChecksPerRegion(config.regions.length);
  return config.trafficGroups.reduce((sum, group) => sum + regionsOfGroup(config, group.name).length * perRegion, 0);
}
