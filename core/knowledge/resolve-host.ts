import ipaddr from 'ipaddr.js';
import type { DnsAnswer, Network, Rcode, RecordType } from '../ports/network.ts';
import { showMs } from './milliseconds.ts';

/** What a host name came to: every address, or why there is none. */
export interface Resolution {
  rcode: Rcode;
  addresses: string[];
  /** Absent when the host is an address already. */
  ms?: number;
  reason: string;
  /** One family answered, the other failed with more than NODATA. */
  partial: boolean;
}

const families = ['A', 'AAAA'] as const satisfies RecordType[];

/** Asks for A and AAAA at once. A host that is an address is its own answer. */
export async function resolveHost(network: Network, host: string, servers: string[], budgetMs: number): Promise<Resolution> {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (isAddress(bare)) return { rcode: 'NOERROR', addresses: [bare], reason: 'the host is an address', partial: false };
  const answers = await Promise.all(families.map((type) => network.lookup({ name: bare, type, servers }, budgetMs)));
  return combine(bare, answers);
}

/** Short forms such as 127.1 or 0x7f000001 are no addresses here: they would have to be resolved, and no DNS server knows them. */
function isAddress(host: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(host) || ipaddr.IPv6.isValid(host);
}

function combine(host: string, answers: DnsAnswer[]): Resolution {
  const ms = Math.max(...answers.map((answer) => answer.ms));
  const addresses = [...new Set(answers.flatMap((answer) => answer.records))];
  const said = families.map((type, index) => `${type} ${answers[index]?.rcode ?? 'TIMEOUT'}`).join(', ');
  const failures = answers.filter(({ rcode }) => rcode !== 'NOERROR' && rcode !== 'NODATA');
  if (addresses.length > 0) {
    const reason = `${host} has ${addresses.length} address${addresses.length === 1 ? '' : 'es'}`;
    const partial = failures.length > 0;
    return { rcode: 'NOERROR', addresses, ms, partial, reason: partial ? `${reason}, but ${said}` : reason };
  }
  const rcode = failures[0]?.rcode ?? 'NODATA';
  return { rcode, addresses, ms, partial: false, reason: `${host} does not resolve: ${said} after ${showMs(ms)}` };
}
