import type { Locus } from '../../model/index.ts';
import { type Edge, pathOf, spread } from './graph.ts';
import type { RankedCause } from './rank.ts';

export interface CascadeQuestion {
  region: string;
  edges: readonly Edge[];
  /** Services of the configuration that run in the region. */
  services: readonly string[];
  /** Those of them, and AWS services there, that fail already. */
  failing: readonly string[];
  ranked: readonly RankedCause[];
}

export interface Cascade {
  /** Probability that at least one more service fails because of this. */
  risk: number;
  /** Services that may be next, likeliest first. */
  atRisk: { service: string; probability: number }[];
  /** From the cause to the likeliest next one. */
  path: string[];
  /** What fails already or is likelier than not to. */
  blastRadius: { services: string[]; share: number };
}

/** A failure of these is no failure of what a service needs: nobody falls after it. */
const spreads: ReadonlySet<Locus> = new Set<Locus>(['dependency', 'service', 'release']);

/** How far it may go from here: the spread of every candidate over the graph, weighted by the candidate's probability. */
export function judgeCascade({ region, edges, services, failing, ranked }: CascadeQuestion): Cascade {
  const next = new Map<string, number>();
  let risk = 0;
  let path: string[] = [];
  for (const { cause, locus, probability } of ranked) {
    if (!spreads.has(locus)) continue;
    const origin = cause.split('/')[0] ?? cause;
    const reached = spread(edges, [origin, ...failing]);
    const open = services.filter((name) => name !== origin && !failing.includes(name) && (reached.get(name) ?? 0) > 0);
    risk += probability * (1 - open.reduce((product, name) => product * (1 - (reached.get(name) ?? 0)), 1));
    for (const name of open) next.set(name, (next.get(name) ?? 0) + probability * (reached.get(name) ?? 0));
    if (path.length === 0 && open.length > 0) path = pathOf(edges, origin, likeliest(open, reached));
  }
  const atRisk = [...next]
    .map(([service, probability]) => ({ service, probability: Math.min(1, probability) }))
    .sort((a, b) => b.probability - a.probability || (a.service < b.service ? -1 : 1));
  return { risk: Math.min(1, risk), atRisk, path, blastRadius: blastOf(region, services, failing, atRisk, ranked) };
}

function likeliest(names: readonly string[], reached: ReadonlyMap<string, number>): string {
  return names.toSorted((a, b) => (reached.get(b) ?? 0) - (reached.get(a) ?? 0) || (a < b ? -1 : 1))[0] ?? '';
}

function blastOf(
  region: string,
  services: readonly string[],
  failing: readonly string[],
  atRisk: Cascade['atRisk'],
  ranked: readonly RankedCause[],
): Cascade['blastRadius'] {
  const whole = ranked[0]?.locus === 'region' && ranked[0].cause === region;
  const likely = new Set(atRisk.flatMap((each) => (each.probability > 0.5 ? [each.service] : [])));
  const hit = services.filter((name) => whole || failing.includes(name) || likely.has(name));
  return { services: hit.map((name) => `${name}/${region}`), share: services.length === 0 ? 0 : hit.length / services.length };
}
