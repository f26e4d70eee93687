import type { Service } from '../config/schema.ts';
import type { Dimension, EndpointState, Health, HealthState, Subject } from '../model/index.ts';

const worth: Record<HealthState, number | null> = { healthy: 1, degraded: 0.5, unhealthy: 0, unknown: null };
const unhealthyBelow = 0.5;

/**
 * Health of one service in one region as one observer sees it. Each dimension is the weighted share of its well endpoints
 * (`score`, 0..1); a dimension under one half is what the configuration says its failure means. Endpoints without a verdict count nowhere.
 */
export function serviceHealth(
  subject: Subject,
  endpoints: Record<string, EndpointState>,
  at: number,
  dimensions?: Service['dimensions'],
): Health {
  const known = Object.entries(endpoints).filter(([, state]) => state.status !== 'unknown');
  if (known.length === 0)
    return { subject, at, status: 'unknown', score: 0, dimensions: {}, reason: 'no endpoint has a verdict yet', evidence: [] };
  const byDimension: Partial<Record<Dimension, HealthState>> = {};
  let status: HealthState = 'healthy';
  for (const [, first] of known) {
    const dimension = first.dimension as Dimension;
    if (byDimension[dimension] !== undefined) continue;
    const score = weightedScore(known, dimension);
    byDimension[dimension] = score < unhealthyBelow ? 'unhealthy' : score < 1 ? 'degraded' : 'healthy';
    if (score < unhealthyBelow) status = worse(status, dimensions?.[dimension].onFailure ?? 'unhealthy');
    else if (score < 1) status = worse(status, 'degraded');
  }
  const score = weightedScore(known);
  const sick = known.filter(([, state]) => state.status !== 'healthy');
  const evidence = sick.slice(0, 5).map(([name, state]) => `${name}: ${state.status}, ${state.reason}`);
  const reason =
    sick.length === 0
      ? `all ${known.length} endpoints healthy`
      : `${sick.length} of ${known.length} endpoints not healthy (score ${score.toFixed(2)}): ${evidence[0] ?? ''}`;
  return { subject, at, status, score, dimensions: byDimension, reason, evidence };
}

function weightedScore(known: readonly (readonly [string, EndpointState])[], dimension?: Dimension): number {
  let total = 0;
  let well = 0;
  for (const [, state] of known) {
    const value = worth[state.status];
    if (value === null || (dimension !== undefined && state.dimension !== dimension)) continue;
    total += state.weight;
    well += state.weight * value;
  }
  return total === 0 ? 0 : well / total;
}

const rank: Record<HealthState, number> = { unknown: 0, healthy: 1, degraded: 2, unhealthy: 3 };

export function worse(a: HealthState, b: HealthState): HealthState {
  return rank[a] >= rank[b] ? a : b;
}
