import * as z from 'zod';
import { Dimension } from '../../model/verdict.ts';
import {
  cidr,
  dnsName,
  dnsServer,
  headerName,
  headerValue,
  hostName,
  kebabName,
  latencyLimits,
  port,
  positive,
  priorities,
  regionName,
  secretReference,
} from './leaves.ts';

export const intervalSeconds = z.strictObject({
  base: z.number().min(1).max(3600).default(30).describe('Seconds between probes in calm times.'),
  min: z.number().min(1).max(3600).default(5).describe('Seconds between probes at the quickest, after failures.'),
  max: z.number().min(1).max(3600).default(300).describe('Seconds between probes at the slowest, after many successes.'),
});

const url = z.string().describe('http:// or https:// address; {region} stands for the region of each copy.');
const method = z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).default('GET').describe('Request method.');
const headers = z
  .record(headerName, headerValue)
  .default({})
  .describe('Request headers in clear text; never a credential, which belongs in secretHeaders.');
const secretHeaders = z
  .record(headerName, secretReference)
  .default({})
  .describe('Request headers whose value is read at run time: ssm:/path, secretsmanager:name or env:NAME.');
const body = z.string().max(65_536).optional().describe('Request body, at most 64 KiB.');
const conditions = z
  .array(z.string())
  .max(20)
  .describe('What must hold, as gatus writes it: [STATUS] == 200, [BODY].status == ok, [CERTIFICATE_EXPIRATION] > 72h.');

const journeyStep = z.strictObject({
  name: kebabName.describe('Name of the request, for reasons and reports.'),
  method,
  url,
  headers,
  secretHeaders,
  body,
  conditions: conditions.default(['[STATUS] < 400']),
});

const endpointThresholds = latencyLimits.extend({
  perVantage: z
    .record(regionName, latencyLimits)
    .default({})
    .describe('Limits for single vantages: an answer from another continent is slow by nature.'),
});

/** What is said of an endpoint of whatever kind. */
export const everyEndpoint = {
  name: kebabName.describe('Name of the endpoint, unique in its service.'),
  region: regionName.optional().describe('The region this endpoint belongs to, when it belongs to exactly one.'),
  perRegion: z.boolean().default(false).describe('One copy per region of the service, with {region} replaced in url, host or queryName.'),
  dimension: Dimension.default('liveness').describe('The health dimension that this endpoint measures.'),
  weight: positive.default(1).describe('Share of this endpoint in the representative request set of its service.'),
  priority: z.enum(priorities).optional().describe('Overrides the priority of the service; critical endpoints get the strict DNS limits.'),
  conditions: conditions.default([]),
  thresholds: endpointThresholds.optional().describe('Latency limits of this endpoint; the defaults are in thresholds.latency.'),
  timeoutMs: z.int().min(100).max(60_000).default(5000).describe('Milliseconds for all phases of one probe together.'),
  intervalSeconds: intervalSeconds
    .prefault({})
    .describe('How often to probe; services with failover on are never probed more rarely than every 20 s.'),
  allowAddresses: z
    .array(cidr)
    .default([])
    .describe('CIDR blocks that may be probed although they are loopback, private, link-local or metadata addresses.'),
  dnsServers: z.array(dnsServer).default([]).describe('Resolvers to ask, as address or address:port; empty means those of the vantage.'),
  selfReport: z
    .boolean()
    .default(false)
    .describe('Only its own VPC can reach it: its region reports on itself, which never allows more than approve mode.'),
};

const httpEndpoint = z.strictObject({
  ...everyEndpoint,
  kind: z.literal('http').describe('A request over HTTP or HTTPS; the scheme of the url decides.'),
  url,
  method,
  headers,
  secretHeaders,
  body,
  redirectsMax: z.int().min(0).max(10).default(5).describe('Redirects to follow; 0 judges the redirect itself.'),
  journey: z
    .array(journeyStep)
    .max(20)
    .default([])
    .describe('Further requests that follow in order with the same cookies; the first that fails fails the endpoint.'),
});

const tcpEndpoint = z.strictObject({
  ...everyEndpoint,
  kind: z.literal('tcp').describe('A TCP connection that opens.'),
  host: hostName.describe('Host name or address; may contain {region}.'),
  port: port.describe('TCP port.'),
});

const tlsEndpoint = z.strictObject({
  ...everyEndpoint,
  kind: z.literal('tls').describe('A TLS handshake with a valid certificate.'),
  host: hostName.describe('Host name or address, also the server name asked for; may contain {region}.'),
  port: port.default(443).describe('TCP port.'),
});

const dnsEndpoint = z.strictObject({
  ...everyEndpoint,
  kind: z.literal('dns').describe('A DNS answer, judged by code, content and lookup time.'),
  dns: z
    .strictObject({
      queryName: dnsName.describe('The name to ask for; may contain {region}.'),
      queryType: z
        .enum(['A', 'AAAA', 'CNAME', 'MX', 'NS', 'TXT', 'SRV', 'SOA', 'PTR'])
        .default('A')
        .describe('The record type to ask for.'),
      expect: z.array(z.string()).optional().describe('Values of which at least one must be in the answer.'),
    })
    .describe('The question, and what must be in the answer.'),
});

export const endpoint = z.discriminatedUnion('kind', [httpEndpoint, tcpEndpoint, tlsEndpoint, dnsEndpoint]);
export type Endpoint = z.output<typeof endpoint>;
