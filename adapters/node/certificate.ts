import type { TLSSocket } from 'node:tls';
import type { Failure } from './failure.ts';

export interface CertificateFinding {
  /** Absent when the peer showed none. */
  expiresInMs?: number;
  failure?: Failure;
}

const dayMs = 86_400_000;

/**
 * Looks at the peer's certificate after a handshake that was let through unverified, so that a certificate that is refused is still
 * described with its numbers. Nothing has been sent to the peer at this point.
 */
export function inspectCertificate(socket: TLSSocket, serverName: string, now: number): CertificateFinding {
  const certificate = socket.getPeerCertificate();
  const validTo = Date.parse(certificate.valid_to ?? '');
  const expiresInMs = Number.isNaN(validTo) ? {} : { expiresInMs: validTo - now };
  if (socket.authorized) return expiresInMs;
  const code = String(socket.authorizationError);
  return { ...expiresInMs, failure: { kind: 'tls', reason: describe(code, certificate, serverName, now) } };
}

function describe(code: string, certificate: ReturnType<TLSSocket['getPeerCertificate']>, serverName: string, now: number): string {
  const days = (text: string) => Math.abs((Date.parse(text) - now) / dayMs).toFixed(1);
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return `certificate expired ${days(certificate.valid_to)} days ago (${certificate.valid_to})`;
    case 'CERT_NOT_YET_VALID':
      return `certificate is not valid for another ${days(certificate.valid_from)} days (${certificate.valid_from})`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `certificate is for ${namesOf(certificate)}, not for ${serverName}`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return `self-signed certificate (${code}) of ${namesOf(certificate)}, valid for ${days(certificate.valid_to)} days`;
    default:
      return `certificate of ${namesOf(certificate)} is not trusted (${code})`;
  }
}

function namesOf({ subjectaltname, subject }: ReturnType<TLSSocket['getPeerCertificate']>): string {
  return (subjectaltname ?? String(subject?.CN ?? 'nobody')).slice(0, 200);
}
