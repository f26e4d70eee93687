import type { AnomalyKind, Observation } from '../../model/index.ts';
import { deviatingPeers, type PeerReading } from '../detect/peers.ts';

/**
 * The one observer whose detectors hold something against a service, while those of all its peers, who have looked and see it well, do not;
 * null: none, or fewer than three can say. `seen`: what has been heard lately of observers that trust themselves.
 */
export function oddObserver(
  seen: readonly Observation[],
  { service, region, group, kind }: { service: string; region: string; group: string; kind: AnomalyKind },
): string | null {
  const readings = seen.flatMap(({ observer, anomalies, views }): PeerReading[] => {
    const holds = anomalies?.some((each) => each.service === service && each.region === region && each.kind === kind) === true;
    const isWell = views.some((each) => each.group === group && each.region === region && each.status === 'healthy');
    return holds ? [{ peer: observer, value: 1 }] : isWell ? [{ peer: observer, value: 0 }] : [];
  });
  const odd = deviatingPeers(readings).filter(({ deviations }) => deviations > 0);
  return odd.length === 1 ? (odd[0]?.peer ?? null) : null;
}
