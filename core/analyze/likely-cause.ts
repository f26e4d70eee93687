import { dependenciesOf } from '../config/derive.ts';
import type { Service } from '../config/schema.ts';
import type { Locus, ServiceState } from '../model/index.ts';

export interface LikelyCause {
  cause: string;
  locus: Locus;
}

/** The plain rule: a hard dependency that is unhealthy in the same region and was so no later than the service itself is the cause. */
export function likelyCause(services: readonly Service[], region: string, states: readonly ServiceState[]): LikelyCause {
  const stateOf = (service: string) =>
    states.find((state) => state.health.subject.service === service && state.health.subject.region === region);
  for (const service of services) {
    for (const { service: name } of dependenciesOf(service).filter((each) => each.hard)) {
      const state = stateOf(name);
      if (state?.health.status === 'unhealthy') return { cause: `${name} in ${region}: ${state.health.reason}`, locus: 'dependency' };
    }
  }
  const sick = states.filter((state) => state.health.subject.region === region && state.health.status === 'unhealthy');
  const all = states.filter((state) => state.health.subject.region === region);
  if (all.length > 1 && sick.length * 2 > all.length)
    return { cause: `${sick.length} of ${all.length} services in ${region} are unhealthy`, locus: 'region' };
  const own = services.flatMap((service) => stateOf(service.name) ?? []).find((state) => state.health.status === 'unhealthy');
  const known = own ?? services.flatMap((service) => stateOf(service.name) ?? [])[0];
  return {
    cause: known === undefined ? `no observation of ${region}` : `${known.health.subject.service} in ${region}: ${known.health.reason}`,
    locus: services.length > 1 ? 'region' : 'service',
  };
}
