import { healthShardOf } from '../../core/config/health-shards.ts';
import type { Config } from '../../core/config/schema.ts';
import { calmWatch, canaryFailuresInRow, type WatchedRelease, type WatchState, watchKey } from '../../core/knowledge/watch-state.ts';
import { type EndpointState, type HealthState, type Observation, type ServiceState, storeKey } from '../../core/model/index.ts';
import type { SharedState } from '../host/shared-state.ts';
import type { World } from '../world/world.ts';
import { writeItem } from './seed-items.ts';

const hourMs = 3_600_000;

/**
 * Stands in for probes and analysis of all regions: what each region would have found by now is written where the stages would have kept
 * it. A trial asks what machines make of it, not how it came about; and a thousand trials have no time for probes.
 */
export class Observer {
  readonly #config: Config;
  readonly #world: World;
  readonly #shared: SharedState;
  readonly #since = new Map<string, { status: HealthState; at: number }>();

  constructor(config: Config, world: World, shared: SharedState) {
    this.#config = config;
    this.#world = world;
    this.#shared = shared;
  }

  /** One slot of one region. */
  look(observer: string, at: number): void {
    this.#world.advance(at);
    const observation = this.#observationOf(observer, at);
    for (const { name } of this.#config.regions) {
      const store = this.#shared.stores.get(name);
      if (store === undefined || this.#world.weather.cut(observer, name)) continue;
      writeItem(store, storeKey.observation(observer), observation);
    }
    const own = this.#shared.stores.get(observer);
    if (own === undefined) return;
    const services = [...this.#world.services.values()];
    for (const [shard, members] of Map.groupBy(services, ({ service }) => healthShardOf(this.#config, service.name))) {
      const states = members.map(({ service: { name }, region }) => this.#serviceState(observer, name, region, at));
      writeItem(own, storeKey.health(shard), { states });
    }
    writeItem(own, watchKey, { ...calmWatch, releases: this.#canaries(observer, at) });
  }

  #observationOf(observer: string, at: number): Observation {
    const abstains = this.#world.weather.unreachable(observer);
    const views = this.#config.trafficGroups.flatMap((group) =>
      this.#config.regions.map(({ name: region }) => {
        const services = this.#config.services.filter((service) => service.trafficGroup === group.name);
        const sick = services.some((service) => this.#statusOf(observer, service.name, region) === 'unhealthy');
        const status = sick ? ('unhealthy' as const) : ('healthy' as const);
        const since = this.#sinceWhen(`${observer} ${group.name} ${region}`, status, at);
        return { group: group.name, region, status, score: sick ? 0 : 1, responseMs: 50, since, reason: `${region} is ${status}` };
      }),
    );
    const traffic = Object.fromEntries(
      this.#config.trafficGroups.map(({ name }) => [name, this.#world.nameServers(name, at)[0]?.regions ?? []]),
    );
    return { observer, at, abstains, views: abstains ? [] : views, traffic: abstains ? {} : traffic, reason: 'observed' };
  }

  #statusOf(observer: string, service: string, region: string): HealthState {
    if (this.#world.weather.severed(observer, region)) return 'unhealthy';
    return (this.#world.service(service, region)?.failingShare() ?? 0) >= 0.5 ? 'unhealthy' : 'healthy';
  }

  #sinceWhen(key: string, status: HealthState, at: number): number {
    const known = this.#since.get(key);
    if (known?.status === status) return known.at;
    const since = known === undefined ? at - hourMs : at;
    this.#since.set(key, { status, at: since });
    return since;
  }

  /** What the canary judge would say by now of the releases that aliases of the region give to a share of their callers. */
  #canaries(region: string, at: number): WatchState['releases'] {
    return Object.fromEntries(
      this.#config.services.flatMap(({ name }) => {
        const released = this.#world.releases.services[`${name}/${region}`];
        const { canary, share } = released?.alias ?? { canary: null, share: 0 };
        if (canary === null) return [];
        const verdict = this.#statusOf(region, name, region) === 'unhealthy' ? ('fail' as const) : ('pass' as const);
        const known: WatchedRelease = {
          ...{ service: name, id: canary, version: canary, at, state: 'watched', incident: null, held: null, replaced: null },
          ...{ share, shareSince: at, against: null, before: {} },
          canary: { verdict, alert: 'error-rate', failed: verdict === 'fail' ? canaryFailuresInRow : 0, reason: 'observed' },
        };
        return [[name, known]];
      }),
    );
  }

  #serviceState(observer: string, service: string, region: string, at: number): ServiceState {
    const status = this.#statusOf(observer, service, region);
    const fronts = this.#world.service(service, region)?.answeredFronts() ?? [];
    const endpoint: EndpointState = {
      status,
      failures: status === 'unhealthy' ? 3 : 0,
      successes: status === 'unhealthy' ? 0 : 3,
      at,
      responseMs: 50,
      weight: 1,
      dimension: 'liveness',
      sickAddresses: fronts.filter((front) => front.errorShare > 0).map((front) => front.address),
      addresses: fronts.length,
      last: status === 'unhealthy' ? 'fail' : 'pass',
      reason: `${service} is ${status}`,
    };
    const score = status === 'unhealthy' ? 0 : 1;
    const health = { subject: { service, region }, at, status, score, dimensions: {}, reason: endpoint.reason, evidence: [] };
    return { health, endpoints: { health: endpoint }, since: this.#sinceWhen(`${observer} ${service}/${region}`, status, at) };
  }
}
