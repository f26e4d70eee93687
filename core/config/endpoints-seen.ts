import { awsServiceName, regionNames, regionsOfService } from './derive.ts';
import { endpoint as endpointSchema } from './schema/endpoint.ts';
import type { AwsEndpoint, Config, Endpoint, LatencyLimits, Service } from './schema.ts';

/** An endpoint as one vantage sees it: {region} replaced, limits and interval settled. */
export interface SeenEndpoint {
  service: string;
  endpoint: Endpoint;
  /** The region that the endpoint speaks for; absent for a global name. */
  region?: string;
  priority: 'critical' | 'normal';
  /** Limits of the whole answer (kind dns: the same as `lookup`). */
  latency: LatencyLimits;
  /** Limits of the name lookup. */
  lookup: LatencyLimits;
}

/** Endpoints of a service with failover on are never probed more rarely than this (DESIGN §2). */
const failoverIntervalSecondsMax = 20;

/** Everything that `vantage` probes: every region probes every region's endpoints, and only its own self-reports. */
export function endpointsSeenFrom(config: Config, vantage: string): SeenEndpoint[] {
  const ours = config.services.flatMap((service) => copiesOf(config, service).map((copy) => seen(config, service, copy, vantage)));
  const catalogue = regionNames(config).flatMap((region) => catalogueSeen(config, region, vantage));
  return [...ours, ...catalogue].filter(({ endpoint, region }) => !endpoint.selfReport || region === undefined || region === vantage);
}

/** Where a probe stands: most have one outside any VPC; one with `vpcProbe` has a second one inside it. */
export type ProbePlace = 'outside' | 'vpc';

/** What one probe of a vantage takes: the self-reports are the inner one's where there is one, the rest is the outer one's. */
export function endpointsProbed(config: Config, vantage: string, place: ProbePlace): SeenEndpoint[] {
  const seen = endpointsSeenFrom(config, vantage);
  const divided = config.regions.find(({ name }) => name === vantage)?.vpcProbe !== undefined;
  if (place === 'outside' && !divided) return seen;
  return seen.filter(({ endpoint }) => endpoint.selfReport === (place === 'vpc'));
}

/** The AWS services of the catalogue in one region, as pseudo-services `aws-dynamodb`, `aws-sts` … with dns and https endpoints. */
export function catalogueEndpoints(config: Config, region: string): { service: string; region: string; endpoint: Endpoint }[] {
  return config.awsEndpoints.flatMap((entry) =>
    entry.kinds.map((kind) => ({ service: awsServiceName(entry.service), region, endpoint: awsEndpointOf(entry, kind, region) })),
  );
}

function catalogueSeen(config: Config, region: string, vantage: string): SeenEndpoint[] {
  return catalogueEndpoints(config, region).map(({ service, endpoint }) => {
    const priority = endpoint.priority ?? 'normal';
    return {
      service,
      endpoint,
      region,
      priority,
      latency: latencyOf(config, endpoint, priority, vantage),
      lookup: lookupOf(config, priority),
    };
  });
}

interface Copy {
  endpoint: Endpoint;
  region?: string;
}

function copiesOf(config: Config, service: Service): Copy[] {
  return service.endpoints.flatMap((endpoint): Copy[] => {
    if (endpoint.region !== undefined) return [{ endpoint: inRegion(endpoint, endpoint.region), region: endpoint.region }];
    if (!endpoint.perRegion) return [{ endpoint }];
    return regionsOfService(config, service).map((region) => ({ endpoint: inRegion(endpoint, region), region }));
  });
}

function seen(config: Config, service: Service, copy: Copy, vantage: string): SeenEndpoint {
  const priority = copy.endpoint.priority ?? service.priority;
  return {
    ...copy,
    endpoint: service.failover ? inFailoverPace(copy.endpoint) : copy.endpoint,
    service: service.name,
    priority,
    latency: latencyOf(config, copy.endpoint, priority, vantage),
    lookup: lookupOf(config, priority),
  };
}

/** The same endpoint, never probed more rarely than a service with failover on must be. */
export function inFailoverPace(endpoint: Endpoint): Endpoint {
  const { base, min, max } = endpoint.intervalSeconds;
  const most = failoverIntervalSecondsMax;
  return { ...endpoint, intervalSeconds: { base: Math.min(base, most), min: Math.min(min, most), max: Math.min(max, most) } };
}

function lookupOf(config: Config, priority: SeenEndpoint['priority']): LatencyLimits {
  return priority === 'critical' ? config.thresholds.latency.dnsCritical : config.thresholds.latency.dns;
}

function latencyOf(config: Config, endpoint: Endpoint, priority: SeenEndpoint['priority'], vantage: string): LatencyLimits {
  if (endpoint.thresholds) {
    const { warningMs, criticalMs, perVantage } = endpoint.thresholds;
    return perVantage[vantage] ?? { warningMs, criticalMs };
  }
  if (endpoint.kind === 'dns') return lookupOf(config, priority);
  return endpoint.kind === 'http' ? config.thresholds.latency.http : config.thresholds.latency.connect;
}

/** Replaces {region} in whatever names a place: url, journey, host, queryName. */
function inRegion(endpoint: Endpoint, region: string): Endpoint {
  const fill = (text: string) => text.replaceAll('{region}', region);
  switch (endpoint.kind) {
    case 'http':
      return { ...endpoint, url: fill(endpoint.url), journey: endpoint.journey.map((step) => ({ ...step, url: fill(step.url) })) };
    case 'tcp':
    case 'tls':
      return { ...endpoint, host: fill(endpoint.host) };
    case 'dns':
      return { ...endpoint, dns: { ...endpoint.dns, queryName: fill(endpoint.dns.queryName) } };
  }
}

/** Where the regional name is not the short name. */
const hostPrefix: Record<string, string> = {
  elb: 'elasticloadbalancing',
  cloudwatch: 'monitoring',
  eventbridge: 'events',
  stepfunctions: 'states',
};

type AwsKind = AwsEndpoint['kinds'][number];

const known = new WeakMap<AwsEndpoint, Map<string, Endpoint>>();

/** Probes are planned anew every few minutes, and an endpoint of the catalogue is what it was. */
function awsEndpointOf(entry: AwsEndpoint, kind: AwsKind, region: string): Endpoint {
  const made = known.get(entry) ?? new Map<string, Endpoint>();
  known.set(entry, made);
  const endpoint = made.get(`${kind} ${region}`) ?? makeAwsEndpoint(entry, kind, region);
  made.set(`${kind} ${region}`, endpoint);
  return endpoint;
}

function makeAwsEndpoint(entry: AwsEndpoint, kind: AwsKind, region: string): Endpoint {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const host = (entry.host ?? `${hostPrefix[entry.service] ?? entry.service}.{region}.${suffix}`).replaceAll('{region}', region);
  const common = { name: kind, region, priority: entry.priority, allowAddresses: entry.allowAddresses };
  if (kind === 'dns') return endpointSchema.parse({ ...common, kind: 'dns', dns: { queryName: host } });
  // Unsigned requests are answered with redirects and client errors; only a server error says that the service is sick.
  return endpointSchema.parse({ ...common, kind: 'http', url: `https://${host}/`, redirectsMax: 0, conditions: ['[STATUS] < 500'] });
}
