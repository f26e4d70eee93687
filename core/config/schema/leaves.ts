import * as z from 'zod';

/** Leaves that several parts of the configuration share: names, regions, durations, references to secrets. */

export const kebabName = z
  .string()
  .max(40, 'is longer than 40 characters')
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'is not a kebab-case name (small letters, digits, single dashes)');

export const regionName = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is not the name of an AWS region');

export const accountId = z.string().regex(/^\d{12}$/, 'is not an AWS account id of twelve digits');

export const cidr = z.union([z.cidrv4(), z.cidrv6()], { error: 'is not a CIDR block' });

export const share = z.number().min(0).max(1);

export const positive = z.number().positive();

export const count = z.int().min(0);

/** Where a secret lives. The configuration holds the place, never the value. */
export const secretReference = z
  .string()
  .regex(/^(ssm:\/[\w./-]+|secretsmanager:[\w/+=.@-]+|env:[A-Z_][A-Z0-9_]*)$/, 'is not a reference to a secret');

/** A header name as RFC 9110 allows it. */
export const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is not a header name');

/** One printable line: a header value with a line break would be a second header. */
export const headerValue = z.string().regex(/^[^\r\n\0]*$/, 'holds a line break');

export const hostName = z
  .string()
  .max(253, 'is longer than 253 characters')
  .regex(/^[^\s/:?#@]+$|^[0-9a-fA-F:]+$/, 'is not a host name or an address');

export const dnsName = z
  .string()
  .max(253, 'is longer than 253 characters')
  .regex(/^(?!-)[\w*{}-]{1,63}(\.[\w{}-]{1,63})*\.?$/, 'is not a DNS name');

/** A resolver: an address, with a port when it is not 53. */
export const dnsServer = z
  .string()
  .regex(/^(\d{1,3}(\.\d{1,3}){3}(:\d{1,5})?|[0-9a-fA-F:]+|\[[0-9a-fA-F:]+\](:\d{1,5})?)$/, 'is not an address of a DNS server')
  .refine((server) => Number(/^(?:[\d.]+|\[.+\]):(\d+)$/.exec(server)?.[1] ?? 53) <= 65_535, 'has a port above 65535');

/** An authoritative server: a name or an address, and behind an address a port when it is not 53. */
export const nameServer = z.union([hostName, dnsServer], { error: 'is not a host name, an address or an address with a port up to 65535' });

export const port = z.int().min(1).max(65_535);

export const priorities = ['critical', 'normal'] as const;

/** The latency above which an answer is a warning, and above which it is critical. */
export const latencyLimits = z.strictObject({
  warningMs: positive.describe('Milliseconds above which an answer counts as a warning.'),
  criticalMs: positive.describe('Milliseconds above which an answer counts as critical; not below warningMs.'),
});
export type LatencyLimits = z.output<typeof latencyLimits>;
