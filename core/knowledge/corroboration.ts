import { type AnomalyKind, type AnomalyNews, type Observation, wholeRegion } from '../model/index.ts';

/** What several voices hold against a service of a region, or its forest against a region. */
export interface Corroborated {
  severity: AnomalyNews['severity'];
  confidence: number;
  reason: string;
}

/** Confidence of all voices together below which nothing is opened. */
export const sufficientConfidence = 0.8;
/** More endpoints than this of one observer add nothing: they share its way to them. */
const endpointsMax = 3;

export interface CorroborationQuestion {
  service: string;
  region: string;
  kind: AnomalyKind;
  observations: readonly Observation[];
  now: number;
  stalenessSeconds: number;
}

/**
 * An anomaly counts when at least two observers or two endpoints show it and all voices together, as noisy-or, are sure enough; one alone
 * is on the timeline and no more. A systemic one speaks of many endpoints by itself. An observer that finds most regions odd at once is the
 * odd one. Null: not corroborated.
 */
export function corroborated(question: CorroborationQuestion): Corroborated | null {
  const { kind, region, observations, now, stalenessSeconds } = question;
  const service = kind === 'systemic' ? wholeRegion : question.service;
  const voices = observations
    .filter((seen) => !seen.abstains && now - seen.at <= stalenessSeconds * 1000 && !isOdd(seen, kind))
    .flatMap(({ observer, anomalies }) =>
      (anomalies ?? [])
        .filter((each) => each.service === service && each.region === region && each.kind === kind)
        .map((each) => ({ observer, ...each })),
    );
  const endpoints = Math.max(0, ...voices.map((each) => each.endpoints));
  const [first] = voices.toSorted((a, b) => b.confidence - a.confidence);
  if (first === undefined || (kind !== 'systemic' && voices.length < 2 && endpoints < 2)) return null;
  const confidence = 1 - voices.reduce((doubt, each) => doubt * (1 - each.confidence) ** Math.min(each.endpoints, endpointsMax), 1);
  if (kind !== 'systemic' && confidence < sufficientConfidence) return null;
  return {
    severity: voices.some((each) => each.severity === 'critical') ? 'critical' : 'warning',
    confidence,
    reason: `${voices.map((each) => each.observer).join(', ')} (${kind === 'systemic' ? '' : `${endpoints} ${endpoints === 1 ? 'endpoint' : 'endpoints'}, `}confidence ${confidence.toFixed(2)} together): ${first.reason}`,
  };
}

function isOdd({ anomalies, views }: Observation, kind: AnomalyKind): boolean {
  const odd = new Set((anomalies ?? []).flatMap((each) => (each.kind === kind ? [each.region] : [])));
  const looked = new Set([...views.map((view) => view.region), ...odd]);
  return odd.size > 1 && odd.size * 2 > looked.size;
}
