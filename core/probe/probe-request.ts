import type { SeenEndpoint } from '../config/endpoints-seen.ts';
import type { Config, Endpoint } from '../config/schema.ts';
import { failed, ok, type ProbeHttpStep, type ProbeRequest, type Result } from '../model/index.ts';

type HttpEndpoint = Extract<Endpoint, { kind: 'http' }>;

/** Values of secrets by reference (`ssm:/path`, `secretsmanager:name`, `env:NAME`), read outside core. */
export type Secrets = ReadonlyMap<string, string>;

/** What no answer may exceed, whatever an endpoint is configured to. */
const limits = { bodyBytes: 1_048_576, headerBytes: 32_768, headers: 100, addresses: 16 };

/** An HTTP endpoint without conditions must not pass with an error page. */
const defaultHttpConditions = ['[STATUS] < 400'];

/** Every reference that `probeRequestFor` will want the value of. */
export function secretReferencesOf(endpoint: Endpoint): string[] {
  if (endpoint.kind !== 'http') return [];
  const references = [endpoint, ...endpoint.journey].flatMap(({ secretHeaders }) => Object.values(secretHeaders));
  return [...new Set(references)];
}

/**
 * What the prober needs to know about one endpoint as `vantage` sees it. Fails with `not-found` when a secret has no value: a request
 * without its credentials would only prove that the endpoint wants some.
 */
export function probeRequestFor(seen: SeenEndpoint, vantage: string, config: Config, secrets: Secrets): Result<ProbeRequest> {
  const { endpoint } = seen;
  const missing = secretReferencesOf(endpoint).filter((reference) => !secrets.has(reference));
  if (missing.length > 0) return failed('not-found', `${seen.service}/${endpoint.name}: no value for ${missing.join(', ')}`);
  const common = {
    subject: { service: seen.service, endpoint: endpoint.name, ...(seen.region === undefined ? {} : { region: seen.region }) },
    dimension: endpoint.dimension,
    dns: { types: [], servers: dnsServersFor(endpoint, vantage, config) },
    http: [],
    conditions: endpoint.conditions,
    thresholds: seen.latency,
    lookupThresholds: seen.lookup,
    timeoutMs: endpoint.timeoutMs,
    allowAddresses: endpoint.allowAddresses,
    limits: { ...limits, redirects: 0 },
  };
  switch (endpoint.kind) {
    case 'dns': {
      const { queryName, queryType, expect } = endpoint.dns;
      const dns = { types: [queryType], servers: common.dns.servers, ...(expect === undefined ? {} : { expect }) };
      return ok({ ...common, kind: 'dns', host: queryName, dns });
    }
    case 'tcp':
    case 'tls':
      return ok({ ...common, kind: endpoint.kind, host: endpoint.host, port: endpoint.port });
    case 'http':
      return httpRequest(endpoint, common, secrets);
  }
}

/** Those of the endpoint, else those of the vantage, else (empty) the system's. */
function dnsServersFor(endpoint: Endpoint, vantage: string, config: Config): string[] {
  if (endpoint.dnsServers.length > 0) return endpoint.dnsServers;
  return config.regions.find(({ name }) => name === vantage)?.dnsServers ?? [];
}

function httpRequest(endpoint: HttpEndpoint, common: Omit<ProbeRequest, 'kind' | 'host'>, secrets: Secrets): Result<ProbeRequest> {
  const url = URL.parse(endpoint.url);
  if (!url) return failed('invalid', `${JSON.stringify(endpoint.url)} is no URL`);
  const first = { ...endpoint, conditions: endpoint.conditions.length > 0 ? endpoint.conditions : defaultHttpConditions };
  return ok({
    ...common,
    kind: 'http',
    host: url.hostname,
    http: [first, ...endpoint.journey].map((step) => httpStep(step, secrets)),
    conditions: [],
    limits: { ...limits, redirects: endpoint.redirectsMax },
  });
}

type ConfiguredStep = Pick<HttpEndpoint, 'url' | 'method' | 'headers' | 'secretHeaders' | 'body' | 'conditions'>;

function httpStep({ url, method, headers, secretHeaders, body, conditions }: ConfiguredStep, secrets: Secrets): ProbeHttpStep {
  const resolved = Object.entries(secretHeaders).map(([name, reference]) => [name, secrets.get(reference) ?? '']);
  return {
    url,
    method,
    headers: { ...headers, ...Object.fromEntries(resolved) },
    ...(body === undefined ? {} : { body }),
    conditions,
  };
}

/** The known-good references of a vantage: its own, else those of `selfTest`. */
export function referenceRequestsFor(config: Config, vantage: string): { name: string; request: ProbeRequest }[] {
  const region = config.regions.find(({ name }) => name === vantage);
  const references = region?.references ?? config.selfTest.references;
  return references.map(({ name, url }) => ({ name, request: referenceRequest(name, url, region?.dnsServers ?? []) }));
}

/** Any answer at all proves the vantage's way out; how quick or how right it is says nothing about the vantage. */
function referenceRequest(name: string, url: string, servers: string[]): ProbeRequest {
  const { hostname } = new URL(url);
  const patient = { warningMs: 5000, criticalMs: 5000 };
  return {
    subject: { service: 'self-test', endpoint: name },
    dimension: 'liveness',
    kind: 'http',
    host: hostname,
    dns: { types: [], servers },
    http: [{ url, method: 'GET', headers: {}, conditions: ['[STATUS] < 500'] }],
    conditions: [],
    thresholds: patient,
    lookupThresholds: patient,
    timeoutMs: 5000,
    // An address that somebody wrote into the configuration is meant; what a name resolves to is not.
    allowAddresses: [hostname.replace(/^\[(.*)\]$/, '$1')],
    limits: { ...limits, redirects: 0 },
  };
}
