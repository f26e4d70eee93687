import { Resolver } from 'node:dns/promises';
import type { DnsAnswer, DnsQuestion, Network, Rcode } from '../../core/ports/network.ts';

/** node:dns names for what a server said, or that none did. */
const rcodes: Record<string, Rcode> = {
  ENODATA: 'NODATA',
  ENOTFOUND: 'NXDOMAIN',
  ESERVFAIL: 'SERVFAIL',
  EREFUSED: 'REFUSED',
  EFORMERR: 'FORMERR',
  EBADNAME: 'FORMERR',
  ENOTIMP: 'NOTIMP',
  // An answer that cannot be read is a server that fails.
  EBADRESP: 'SERVFAIL',
  ETIMEOUT: 'TIMEOUT',
};

/** Makers of resolvers may come with ever new timeouts; the oldest resolver goes first. */
const resolversMax = 128;

export function createLookup(): Network['lookup'] {
  const resolvers = new Map<string, Resolver>();
  return async (question, deadlineMs) => {
    const start = performance.now();
    const elapsed = () => performance.now() - start;
    if (deadlineMs <= 0) return { rcode: 'TIMEOUT', ms: 0, records: [] };
    try {
      const resolver = resolverFor(resolvers, question.servers, deadlineMs);
      const records = await within(deadlineMs, ask(resolver, question));
      if (records === undefined) return { rcode: 'TIMEOUT', ms: elapsed(), records: [] };
      return { rcode: records.length > 0 ? 'NOERROR' : 'NODATA', ms: elapsed(), records };
    } catch (error) {
      return { rcode: rcodes[codeOf(error)] ?? 'UNREACHABLE', ms: elapsed(), records: [] };
    }
  };
}

/**
 * Two tries, since UDP loses packets: c-ares doubles the time of the second, so a third of the deadline each fills it. Resolvers are shared
 * by servers and time, rounded so that there are few of them.
 */
function resolverFor(resolvers: Map<string, Resolver>, servers: string[], deadlineMs: number): Resolver {
  const timeout = Math.max(50, Math.ceil(deadlineMs / 3 / 50) * 50);
  const key = `${servers.join(' ')} ${timeout}`;
  const known = resolvers.get(key);
  if (known) return known;
  const resolver = new Resolver({ timeout, tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  const oldest = resolvers.keys().next();
  if (resolvers.size >= resolversMax && !oldest.done) resolvers.delete(oldest.value);
  resolvers.set(key, resolver);
  return resolver;
}

async function ask(resolver: Resolver, { name, type }: DnsQuestion): Promise<DnsAnswer['records']> {
  switch (type) {
    case 'A':
      return resolver.resolve4(name);
    case 'AAAA':
      return resolver.resolve6(name);
    case 'CNAME':
      return resolver.resolveCname(name);
    case 'NS':
      return resolver.resolveNs(name);
    case 'PTR':
      return resolver.resolvePtr(name);
    case 'TXT':
      return (await resolver.resolveTxt(name)).map((parts) => parts.join(''));
    case 'MX':
      return (await resolver.resolveMx(name)).map(({ priority, exchange }) => `${priority} ${exchange}`);
    case 'SRV':
      return (await resolver.resolveSrv(name)).map((record) => `${record.priority} ${record.weight} ${record.port} ${record.name}`);
    case 'SOA': {
      const soa = await resolver.resolveSoa(name);
      return [`${soa.nsname} ${soa.hostmaster} ${soa.serial} ${soa.refresh} ${soa.retry} ${soa.expire} ${soa.minttl}`];
    }
  }
}

/** `undefined` when the time is over first; the late answer is dropped. */
function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
