import { Resolver } from 'node:dns/promises';
import { failed, ok, type Result, type Traffic } from '../../core/model/index.ts';
import type { Call, Clock } from '../../core/ports/index.ts';

/** The part of node:dns's Resolver that is used; one is made for each server and each look, so that nothing is cached. */
export interface DnsResolver {
  setServers(servers: readonly string[]): void;
  resolve4(name: string): Promise<string[]>;
  resolve6(name: string): Promise<string[]>;
  cancel(): void;
}

/** What a name answers with for one region: addresses, or the load balancer's own name, whose addresses change. */
interface RegionAnswer {
  values: readonly string[];
  host?: string;
}

export interface AskedName {
  name: string;
  type: 'A' | 'AAAA';
  regions: Record<string, RegionAnswer>;
}

export interface AnswerParts {
  vantage: string;
  clock: Clock;
  newResolver?: (timeoutMs: number) => DnsResolver;
  /** Questions per server: weighted records answer with one region at a time. */
  asksPerServer?: number;
}

const defaultAsks = 8;
const askTimeoutMs = 2_000;

/**
 * Asks each authoritative server, none of them in between, what a group's name answers with now.
 * A region counts as answering when any server names it: traffic is off a region only when none does.
 */
export async function observeAnswers(
  parts: AnswerParts,
  group: string,
  asked: AskedName,
  nameServers: readonly string[],
  call: Call,
): Promise<Result<Traffic>> {
  const leftMs = call.deadlineAt - parts.clock.now();
  if (leftMs <= 0) return failed('timeout', `dns ${asked.name}: the deadline passed ${-leftMs} ms ago; nothing was asked`);
  const newResolver = parts.newResolver ?? ((timeout) => new Resolver({ timeout, tries: 1 }));
  const timeoutMs = Math.min(askTimeoutMs, leftMs);
  const regionOf = await addressesByRegion(() => newResolver(timeoutMs), asked);
  const servers = await Promise.all(
    nameServers.map(async (server) => {
      const found = await askServer(() => newResolver(timeoutMs), server, asked, parts.asksPerServer ?? defaultAsks);
      const regions = [...new Set(found.addresses.map((address) => regionOf.get(address) ?? `unknown:${address}`))].sort();
      return { server, regions, rcode: found.rcode };
    }),
  );
  const regions = [...new Set(servers.flatMap((server) => server.regions))].sort();
  return ok({ group, at: parts.clock.now(), vantage: parts.vantage, servers, regions });
}

/** Addresses of load balancers are looked up at the moment they are compared: they change. */
async function addressesByRegion(newResolver: () => DnsResolver, asked: AskedName): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  await Promise.all(
    Object.entries(asked.regions).map(async ([region, answer]) => {
      const addresses = answer.host === undefined ? [] : await resolve(newResolver(), answer.host, asked.type).catch(() => []);
      for (const address of [...answer.values, ...addresses]) found.set(address, region);
    }),
  );
  return found;
}

async function askServer(
  newResolver: () => DnsResolver,
  server: string,
  asked: AskedName,
  asks: number,
): Promise<{ addresses: string[]; rcode: string }> {
  const [addressOfServer] = await serverAddresses(newResolver, server).catch(() => []);
  if (addressOfServer === undefined) return { addresses: [], rcode: 'UNRESOLVED' };
  const answers = await Promise.all(Array.from({ length: asks }, () => ask(newResolver(), addressOfServer, asked)));
  const addresses = answers.flatMap((answer) => answer.addresses);
  // One lost packet of several is no verdict on the server.
  const rcode = addresses.length > 0 ? 'NOERROR' : (answers[0]?.rcode ?? 'TIMEOUT');
  return { addresses, rcode };
}

async function ask(resolver: DnsResolver, server: string, asked: AskedName): Promise<{ addresses: string[]; rcode: string }> {
  try {
    resolver.setServers([server]);
    return { addresses: await resolve(resolver, asked.name, asked.type), rcode: 'NOERROR' };
  } catch (error) {
    return { addresses: [], rcode: rcodeOf(error) };
  } finally {
    resolver.cancel();
  }
}

/** A saved server is an address, with or without a port, or a name (`ns-1.awsdns-00.org`). */
async function serverAddresses(newResolver: () => DnsResolver, server: string): Promise<string[]> {
  if (/^[\d.]+(:\d+)?$/.test(server) || server.includes('[') || server.split(':').length > 2) return [server];
  return newResolver().resolve4(server);
}

function resolve(resolver: DnsResolver, name: string, type: 'A' | 'AAAA'): Promise<string[]> {
  return type === 'A' ? resolver.resolve4(name) : resolver.resolve6(name);
}

const rcodes: Readonly<Record<string, string>> = {
  ENODATA: 'NODATA',
  ENOTFOUND: 'NXDOMAIN',
  ESERVFAIL: 'SERVFAIL',
  EREFUSED: 'REFUSED',
  ETIMEOUT: 'TIMEOUT',
  ECANCELLED: 'TIMEOUT',
  ECONNREFUSED: 'UNREACHABLE',
};

function rcodeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return rcodes[code] ?? (code || 'FAILED');
}
