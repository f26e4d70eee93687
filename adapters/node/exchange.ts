import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { ExchangeOutcome, ExchangeRequest } from '../../core/ports/network.ts';
import { inspectCertificate } from './certificate.ts';
import { closedEarly, type Failure, failureOf, timedOut } from './failure.ts';
import { sendRequest } from './http-request.ts';
import { startPhaseWatch } from './phase-watch.ts';
import type { Trust } from './trust.ts';

/**
 * One fresh connection, used once: a kept-alive one would hide that connecting has begun to fail. The deadline covers all phases; when it
 * is over, and on every other end, the socket is destroyed.
 */
export function exchange(request: ExchangeRequest, deadlineMs: number, trust: Trust): Promise<ExchangeOutcome> {
  if (isIP(request.address) === 0) return refuse(`${JSON.stringify(request.address)} is no IP address`);
  if (deadlineMs <= 0) return Promise.resolve({ phasesMs: {}, failure: { kind: 'timeout', reason: 'no time was left to connect' } });
  return new Promise((resolve) => {
    const watch = startPhaseWatch('connect');
    const socket = open(request, trust);
    let certificate: Pick<ExchangeOutcome, 'certificateExpiresInMs'> = {};
    let settled = false;
    const finish = (outcome: Pick<ExchangeOutcome, 'response' | 'failure'>) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      socket.destroy();
      resolve({ phasesMs: watch.stop(), ...certificate, ...outcome });
    };
    const fail = (failure: Failure) => finish({ failure });
    const timer = setTimeout(() => fail(timedOut(watch.current(), deadlineMs, socket.bytesRead)), deadlineMs);

    // The error listener stays: a socket may fail once more after it was destroyed.
    socket.on('error', (error) => fail(failureOf(error, watch.current())));
    socket.on('close', () => fail(closedEarly(watch.current())));
    socket.once('connect', () => (request.tls ? watch.enter('tls') : proceed()));
    socket.once('secureConnect', () => {
      if (!(socket instanceof TLSSocket)) return;
      const { expiresInMs, failure } = inspectCertificate(socket, request.tls?.serverName ?? '', Date.now());
      if (expiresInMs !== undefined) certificate = { certificateExpiresInMs: expiresInMs };
      if (failure) fail(failure);
      else proceed();
    });

    function proceed(): void {
      if (!request.http) {
        finish({});
        return;
      }
      watch.enter('firstByte');
      sendRequest(socket, request.http, {
        firstByte: () => watch.enter('transfer'),
        answered: (response) => finish({ response }),
        failed: (cause) => fail(cause instanceof Error ? failureOf(cause, watch.current()) : cause),
      });
    }
  });
}

function refuse(reason: string): Promise<ExchangeOutcome> {
  return Promise.resolve({ phasesMs: {}, failure: { kind: 'observer', reason } });
}

function open({ address, port, tls, http }: ExchangeRequest, trust: Trust): Socket {
  if (!tls) return connectTcp({ host: address, port, noDelay: true });
  return connectTls({
    host: address,
    port,
    secureContext: trust.context(),
    // SNI carries names only; without one the certificate is checked against the address.
    ...(isIP(tls.serverName) === 0 ? { servername: tls.serverName } : {}),
    ...(http ? { ALPNProtocols: ['http/1.1'] } : {}),
    // Verified all the same, and judged by inspectCertificate before anything is sent.
    rejectUnauthorized: false,
  });
}
