import { rootCertificates } from 'node:tls';
import type { Network } from '../../core/ports/network.ts';
import { exchange } from './exchange.ts';
import { createLookup } from './lookup.ts';
import { createTrust } from './trust.ts';

export interface NodeNetworkOptions {
  /**
   * Certificate authorities (PEM) to trust besides those that come with Node.
   * @default none
   */
  extraAuthorities?: string[];
}

/** The network of the probe Lambda and of the live world: node:dns resolvers and real sockets. */
export function createNodeNetwork({ extraAuthorities = [] }: NodeNetworkOptions = {}): Network {
  const trust = createTrust(extraAuthorities.length === 0 ? undefined : [...rootCertificates, ...extraAuthorities]);
  return {
    lookup: createLookup(),
    exchange: (request, deadlineMs) => exchange(request, deadlineMs, trust),
  };
}
