import type { MemoryTrafficParts } from '../../adapters/memory/traffic-control.ts';
import type { Config } from '../../core/config/schema.ts';
import type { Route53 } from '../world/route53.ts';
import type { LiveClock } from './clock.ts';

/** The record sets as the weights adapter sees them; answers and votes go over sockets here. */
export function recordsOf(config: Config, route53: Route53, clock: LiveClock): MemoryTrafficParts['world'] {
  let changes = 0;
  const weighted = (group: string) =>
    (config.trafficGroups.find((each) => each.name === group)?.records ?? [])
      .flatMap((record) => [...route53.recordSets(record.name, record.type)])
      .filter((set) => set.routing.kind === 'weighted');
  return {
    answers: () => [],
    castVote: () => {},
    origins: () => undefined,
    setOrigins: () => {},
    weights(group) {
      const sets = weighted(group);
      if (sets.length === 0) return undefined;
      const weights = Object.fromEntries(sets.map((set) => [set.region, set.routing.kind === 'weighted' ? set.routing.weight : 0]));
      return { weights, token: String(changes) };
    },
    setWeights(group, weights) {
      const upserts = weighted(group).map((set) => ({
        action: 'UPSERT' as const,
        set: { ...set, routing: { kind: 'weighted' as const, weight: weights[set.region] ?? 0 } },
      }));
      if (route53.changeRecordSets(upserts, clock.now()).ok) changes++;
    },
  };
}
