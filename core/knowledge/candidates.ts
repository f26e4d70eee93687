import type { Observation } from '../model/index.ts';

export interface Candidate {
  region: string;
  score: number;
  responseMs: number;
  reason: string;
}

/**
 * Regions that may take the traffic of `group` over from `from`, best first: health score, then response time, then name, each averaged
 * over the fresh observers outside the candidate and the impaired region. A candidate must itself be heard, must not abstain, and must be
 * seen as serving by more than half of those observers.
 */
export function rankCandidates(
  group: string,
  from: string,
  allowed: readonly string[],
  observations: readonly Observation[],
  now: number,
  stalenessSeconds: number,
): Candidate[] {
  const fresh = observations.filter((seen) => now - seen.at <= stalenessSeconds * 1000);
  const candidates: Candidate[] = [];
  for (const region of allowed.filter((name) => name !== from)) {
    const own = fresh.find((seen) => seen.observer === region);
    if (own === undefined || own.abstains) continue;
    const outside = fresh.filter((seen) => seen.observer !== region && seen.observer !== from && !seen.abstains);
    const views = (outside.length > 0 ? outside : [own]).flatMap((seen) =>
      seen.views.filter((view) => view.group === group && view.region === region),
    );
    const known = views.filter((view) => view.status !== 'unknown');
    const serving = known.filter((view) => view.status !== 'unhealthy');
    if (known.length === 0 || serving.length * 2 <= known.length) continue;
    const score = serving.reduce((sum, view) => sum + view.score, 0) / known.length;
    const responseMs = serving.reduce((sum, view) => sum + view.responseMs, 0) / serving.length;
    candidates.push({
      region,
      score,
      responseMs,
      reason: `score ${score.toFixed(2)}, ${Math.round(responseMs)} ms, seen by ${known.length}`,
    });
  }
  return candidates.sort(
    (a, b) =>
      Math.round(b.score * 100) - Math.round(a.score * 100) ||
      Math.round(a.responseMs / 10) - Math.round(b.responseMs / 10) ||
      (a.region < b.region ? -1 : 1),
  );
}
