export type Routing =
  | { kind: 'weighted'; weight: number }
  | { kind: 'latency' }
  | { kind: 'failover'; role: 'primary' | 'secondary' }
  | { kind: 'multivalue' };

/** One record set of a name. Aliases never evaluate their target's health: votes alone decide. */
export interface RecordSet {
  name: string;
  type: 'A' | 'AAAA';
  setId: string;
  region: string;
  routing: Routing;
  target: { values: string[] } | { alias: string; evaluateTargetHealth: false };
  ttlSeconds: number;
  /** The health check that takes this set out of the answers; none: always in. */
  checkId?: string;
}

export interface Choice {
  set: RecordSet;
  /** Share of the answers that hold this set; all shares of one answer sum to 1. */
  share: number;
}

export interface Answer {
  rcode: 'NOERROR' | 'NXDOMAIN' | 'NODATA';
  ttlSeconds: number;
  /** Multivalue: one answer holds all choices together. Otherwise each answer holds one, drawn by `share`. */
  together: boolean;
  choices: Choice[];
  /** Every set was unhealthy, so all were taken for healthy. */
  failedOpen: boolean;
}

/** "Route 53 responds to DNS queries with up to eight healthy records" (multivalue answer routing). */
const multivalueMax = 8;

export interface RoutingInput {
  sets: readonly RecordSet[];
  healthy: (set: RecordSet) => boolean;
  /** Round trip in ms from the resolver to a region, for latency routing; undefined: resolvers are everywhere alike. */
  distanceMs?: ((region: string) => number) | undefined;
}

/** What an authoritative server answers from the sets of one name and type. Source: Developer Guide, "How Route 53 chooses records when health checking is configured". */
export function route({ sets, healthy, distanceMs }: RoutingInput): Answer {
  const first = sets[0];
  if (first === undefined) return { rcode: 'NXDOMAIN', ttlSeconds: 0, together: false, choices: [], failedOpen: false };
  const well = sets.filter(healthy);
  const failedOpen = well.length === 0;
  const candidates = failedOpen ? sets : well;
  const together = first.routing.kind === 'multivalue';
  return { rcode: 'NOERROR', ttlSeconds: first.ttlSeconds, together, choices: choose(candidates, distanceMs), failedOpen };
}

function choose(candidates: readonly RecordSet[], distanceMs: RoutingInput['distanceMs']): Choice[] {
  switch (candidates[0]?.routing.kind) {
    case 'weighted':
      return byWeight(candidates);
    case 'latency':
      return distanceMs === undefined ? evenly(candidates) : evenly([nearest(candidates, distanceMs)]);
    case 'failover':
      return evenly([active(candidates)]);
    default:
      return evenly(candidates.slice(0, multivalueMax));
  }
}

/** Sets of weight 0 are answered only when no other healthy set is left; then all alike. */
function byWeight(candidates: readonly RecordSet[]): Choice[] {
  const total = candidates.reduce((sum, set) => sum + weightOf(set), 0);
  if (total === 0) return evenly(candidates);
  return candidates.filter((set) => weightOf(set) > 0).map((set) => ({ set, share: weightOf(set) / total }));
}

function weightOf(set: RecordSet): number {
  return set.routing.kind === 'weighted' ? set.routing.weight : 0;
}

function nearest(candidates: readonly RecordSet[], distanceMs: (region: string) => number): RecordSet {
  return candidates.reduce((best, set) => (distanceMs(set.region) < distanceMs(best.region) ? set : best));
}

/** The primary while it is healthy, else the secondary; when neither is, the primary again. */
function active(candidates: readonly RecordSet[]): RecordSet {
  return candidates.reduce((best, set) => (set.routing.kind === 'failover' && set.routing.role === 'primary' ? set : best));
}

function evenly(sets: readonly RecordSet[]): Choice[] {
  return sets.map((set) => ({ set, share: 1 / sets.length }));
}
