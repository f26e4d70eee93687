import * as z from 'zod';
import { Subject } from './subject.ts';
import { Dimension } from './verdict.ts';

/** A response time above `warningMs` is a warning, above `criticalMs` critical. */
export const LatencyThresholds = z.object({ warningMs: z.number().positive(), criticalMs: z.number().positive() });
export type LatencyThresholds = z.infer<typeof LatencyThresholds>;

/** One request of an HTTP probe; a journey is several of them in order. Secrets are already resolved into `headers`. */
export const ProbeHttpStep = z.object({
  url: z.string(),
  method: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string().optional(),
  conditions: z.array(z.string()),
});
export type ProbeHttpStep = z.infer<typeof ProbeHttpStep>;

/**
 * Everything the prober needs to know about one endpoint, seen from one vantage; made by core/probe from the configuration.
 * DNS goes to `dnsServers` (`address` or `address:port`), or to the system's when empty.
 */
export const ProbeRequest = z.object({
  subject: Subject,
  dimension: Dimension,
  kind: z.enum(['dns', 'tcp', 'tls', 'http']),
  /** Host to resolve and connect to (dns: the name that is asked for; http: taken from the first step's URL). */
  host: z.string(),
  port: z.number().int().min(1).max(65535).optional(),
  dns: z.object({
    types: z.array(z.enum(['A', 'AAAA', 'CNAME', 'MX', 'NS', 'TXT', 'SRV', 'SOA', 'PTR'])),
    servers: z.array(z.string()),
    expect: z.array(z.string()).optional(),
  }),
  http: z.array(ProbeHttpStep),
  /** Conditions of kinds dns, tcp and tls. */
  conditions: z.array(z.string()),
  thresholds: LatencyThresholds,
  lookupThresholds: LatencyThresholds,
  timeoutMs: z.number().int().positive(),
  /** CIDR blocks that may be connected to although they are loopback, link-local, private or mapped. */
  allowAddresses: z.array(z.string()),
  limits: z.object({
    bodyBytes: z.number().int().positive(),
    headerBytes: z.number().int().positive(),
    headers: z.number().int().positive(),
    redirects: z.number().int().nonnegative(),
    addresses: z.number().int().positive(),
  }),
});
export type ProbeRequest = z.infer<typeof ProbeRequest>;
