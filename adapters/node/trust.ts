import { createSecureContext, type SecureContext } from 'node:tls';

/** One TLS context for all handshakes: reading the root certificates costs more than a handshake. */
export interface Trust {
  context(): SecureContext;
}

/** Made at the first handshake, since a process that probes no TLS should not pay for it. */
export function createTrust(authorities: string[] | undefined): Trust {
  let context: SecureContext | undefined;
  return {
    context: () => {
      context ??= createSecureContext(authorities === undefined ? {} : { ca: authorities });
      return context;
    },
  };
}
