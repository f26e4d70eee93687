import type { ServiceState } from '../../model/index.ts';
import { deviatingPeers, type PeerReading } from '../detect/peers.ts';
import type { Symptom } from './symptoms.ts';

/** How the incident's region stands apart from the other regions that run the same service, in words; both need at least three regions. */
export function regionApart(service: string, region: string, symptoms: readonly Symptom[], states: readonly ServiceState[]): string[] {
  const ofService = symptoms.filter((each) => each.service === service);
  const failing = [...Map.groupBy(ofService, (each) => each.region)].map(([peer, all]) => ({
    ...{ peer, value: Math.min(...all.map((each) => each.failing)) },
  }));
  const slower = states.flatMap((state): PeerReading[] => {
    const { service: name, region: peer } = state.health.subject;
    const value = name === service ? slowdownOf(state) : null;
    return peer === undefined || value === null ? [] : [{ peer, value }];
  });
  const stands = (readings: readonly PeerReading[], least: number) =>
    deviatingPeers(readings, least).some(({ peer, deviations }) => peer === region && deviations > 0);
  const slow = slower.find(({ peer }) => peer === region)?.value ?? 1;
  return [
    stands(failing, 0.25) ? [`${service} fails in ${region} and not in its ${failing.length - 1} peers`] : [],
    stands(slower, 0.25)
      ? [`${service} takes ${slow.toFixed(1)} times as long as usual in ${region}, unlike in its ${slower.length - 1} peers`]
      : [],
  ].flat();
}

/** The last answers as a multiple of what the same endpoint took in the last hour, so that near and far regions compare. */
function slowdownOf({ endpoints }: ServiceState): number | null {
  const ratios = Object.values(endpoints).flatMap(({ lately, responseMs, last }) => {
    const usual = (lately?.ms ?? []).toSorted((a, b) => a - b)[Math.floor((lately?.ms.length ?? 0) / 2)] ?? 0;
    return usual > 0 && last === 'pass' ? [responseMs / usual] : [];
  });
  return ratios.length === 0 ? null : Math.max(...ratios);
}
