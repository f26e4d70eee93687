import { regionsOfService } from '../../core/config/derive.ts';
import { catalogueEndpoints } from '../../core/config/endpoints-seen.ts';
import type { Config, Deployment, Endpoint, Service, TrafficGroup } from '../../core/config/schema.ts';
import { type Layout, mappedIpv6 } from './layout.ts';

export interface LiveConfigOptions {
  layout: Layout;
  carrier: TrafficGroup['carrier'];
  ipv6: boolean;
}

export interface LiveConfig {
  config: Config;
  /** Host names of endpoints and catalogue, and the IPv4 address that each has; records of traffic groups are not among them. */
  names: Map<string, string>;
  zones: string[];
}

/** Seconds. Resolvers hold an answer this long; what clients lose to caches in your world is your TTL more. */
const ttlSeconds = 1;
/** Seconds a proven move is watched. */
const bakeSeconds = 20;
/** All regions and servers share this machine's processors: a lookup of 100 ms tells of its other work, not of a DNS server. */
const lookupLimits = { warningMs: 500, criticalMs: 1000 };
/** A laptop runs fewer units than a region. */
const unitsShare = 0.5;
const allowAddresses = ['127.0.0.0/8', '::ffff:7f00:0/104'];

/**
 * The shipped configuration on this machine: same regions, services, names, intervals and thresholds (but for lookups); addresses are loopback, requests
 * go over HTTP to the live ports, half the units run, and the first region of each group has all its traffic while it is well.
 */
export function liveConfigOf(shipped: Config, options: LiveConfigOptions): LiveConfig {
  const { layout } = options;
  const dnsServers = layout.nameServers.map((address) => `${address}:${layout.ports.dns}`);
  const references = layout.references.map((address, index) => ({
    name: `reference-${index + 1}`,
    url: `http://${address}:${layout.ports.references}/`,
  }));
  const config: Config = {
    ...shipped,
    mode: 'act',
    regions: shipped.regions.map((region) => ({ name: region.name, references, dnsServers })),
    services: shipped.services.map((service) => liveService(service, layout)),
    trafficGroups: shipped.trafficGroups.map((group) => liveGroup(shipped, group, options)),
    awsEndpoints: shipped.awsEndpoints.map((entry) => ({ ...entry, kinds: ['dns'] })),
    thresholds: { ...shipped.thresholds, latency: { ...shipped.thresholds.latency, dns: lookupLimits, dnsCritical: lookupLimits } },
    policies: { ...shipped.policies, bakeSeconds: Math.min(shipped.policies.bakeSeconds, bakeSeconds) },
  };
  const names = namesOf(config, layout);
  return { config, names, zones: zonesOf(config, names) };
}

function liveService(service: Service, layout: Layout): Service {
  return {
    ...service,
    endpoints: service.endpoints.map((endpoint) => liveEndpoint(endpoint, layout)),
    deployments: Object.fromEntries(Object.entries(service.deployments).map(([region, each]) => [region, liveDeployment(each)])),
  };
}

function liveEndpoint(endpoint: Endpoint, { ports }: Layout): Endpoint {
  // There is no certificate on loopback that anybody would trust.
  const conditions = (of: string[]) => of.filter((condition) => !condition.includes('CERTIFICATE'));
  const common = { allowAddresses, conditions: conditions(endpoint.conditions) };
  switch (endpoint.kind) {
    case 'http': {
      const journey = endpoint.journey.map((step) => ({
        ...step,
        url: liveUrl(step.url, ports.services),
        conditions: conditions(step.conditions),
      }));
      return { ...endpoint, ...common, url: liveUrl(endpoint.url, ports.services), journey };
    }
    case 'tcp':
      return { ...endpoint, ...common, port: ports.services };
    case 'tls':
      return { ...endpoint, ...common, kind: 'tcp', port: ports.services };
    case 'dns':
      return { ...endpoint, ...common };
  }
}

function liveUrl(url: string, port: number): string {
  return url.replace(/^https?:\/\/([^/:?#]+)(:\d+)?/, (_, host: string) => `http://${host}:${port}`);
}

function liveDeployment(deployment: Deployment): Deployment {
  const fewer = (units: number) => Math.ceil(units * unitsShare);
  const { minUnits, baselineUnits, maxUnits, database: _, ...rest } = deployment;
  return { ...rest, minUnits: fewer(minUnits), baselineUnits: fewer(baselineUnits), maxUnits: fewer(maxUnits) };
}

function liveGroup(config: Config, group: TrafficGroup, { layout, carrier, ipv6 }: LiveConfigOptions): TrafficGroup {
  const service = config.services.find((each) => each.trafficGroup === group.name);
  if (service === undefined) return group;
  const regions = config.regions.map(({ name }) => name).filter((name) => group.records.some((record) => name in record.regions));
  const types = ipv6 ? (['A', 'AAAA'] as const) : (['A'] as const);
  const names = [...new Set(group.records.map((record) => record.name))];
  const records = names.flatMap((name) =>
    types.map((type): TrafficGroup['records'][number] => ({
      name,
      type,
      routing: 'weighted',
      regions: Object.fromEntries(
        regions.map((region, index) => {
          const address = layout.front(service.name, region);
          return [region, { values: [type === 'A' ? address : mappedIpv6(address)], weight: index === 0 ? 1 : 0 }];
        }),
      ),
    })),
  );
  const { cloudFront: _, ...rest } = group;
  return { ...rest, carrier, ttlSeconds, records, zone: { ...group.zone, nameServers: layout.nameServers } };
}

function namesOf(config: Config, layout: Layout): Map<string, string> {
  const names = new Map<string, string>();
  const moving = new Set(config.trafficGroups.flatMap((group) => group.records.map((record) => record.name)));
  for (const service of config.services) {
    const regions = regionsOfService(config, service);
    for (const endpoint of service.endpoints) {
      const copies = endpoint.region !== undefined ? [endpoint.region] : endpoint.perRegion ? regions : regions.slice(0, 1);
      for (const region of copies) {
        for (const host of hostsOf(endpoint)) {
          const name = host.replaceAll('{region}', region).toLowerCase();
          if (!moving.has(name)) names.set(name, layout.front(service.name, region));
        }
      }
    }
  }
  for (const { name: region } of config.regions) {
    for (const { service, endpoint } of catalogueEndpoints(config, region))
      for (const host of hostsOf(endpoint)) names.set(host, layout.aws(service.replace(/^aws-/, ''), region));
  }
  return names;
}

function hostsOf(endpoint: Endpoint): string[] {
  switch (endpoint.kind) {
    case 'http':
      return [endpoint.url, ...endpoint.journey.map((step) => step.url)].map((url) => /^http:\/\/([^/:?#]+)/.exec(url)?.[1] ?? url);
    case 'tcp':
    case 'tls':
      return [endpoint.host];
    case 'dns':
      return [endpoint.dns.queryName];
  }
}

/** The zones of the groups, and for every other name its last two labels. */
function zonesOf(config: Config, names: ReadonlyMap<string, string>): string[] {
  const zones = new Set(config.trafficGroups.map((group) => group.zone.name.toLowerCase()));
  for (const name of names.keys())
    if (![...zones].some((zone) => name === zone || name.endsWith(`.${zone}`))) zones.add(name.split('.').slice(-2).join('.'));
  return [...zones];
}
