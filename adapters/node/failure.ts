import type { ExchangeFailure } from '../../core/ports/network.ts';
import type { Phase } from './phase-watch.ts';

export interface Failure {
  kind: ExchangeFailure;
  reason: string;
}

const kindByCode: Record<string, ExchangeFailure> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ECONNABORTED: 'reset',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETUNREACH: 'no-route',
  ENETDOWN: 'no-route',
  EAFNOSUPPORT: 'no-route',
  EADDRNOTAVAIL: 'no-route',
  EMFILE: 'observer',
  ENFILE: 'observer',
  ENOBUFS: 'observer',
  ENOMEM: 'observer',
  EPERM: 'observer',
  EACCES: 'observer',
  HPE_HEADER_OVERFLOW: 'limit',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'limit',
};

const saidByKind: Partial<Record<ExchangeFailure, string>> = {
  refused: 'connection refused',
  reset: 'connection reset',
  unreachable: 'host unreachable',
  'no-route': 'no route from this vantage',
};

const whileIn: Record<Phase, string> = {
  connect: 'while connecting',
  tls: 'in the TLS handshake',
  firstByte: 'while waiting for the first byte',
  transfer: 'while reading the answer',
};

export function timedOut(phase: Phase, deadlineMs: number, bytesRead: number): Failure {
  const read = bytesRead > 0 ? `, ${bytesRead} bytes read` : '';
  return { kind: 'timeout', reason: `timed out after ${Math.round(deadlineMs)} ms ${whileIn[phase]}${read}` };
}

/** The peer closed the connection without an error and before its answer was whole. */
export function closedEarly(phase: Phase): Failure {
  return { kind: 'reset', reason: `connection closed ${whileIn[phase]}` };
}

export function failureOf(error: unknown, phase: Phase): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : String(error);
  const kind = kindByCode[code] ?? kindByPrefix(code, phase);
  return { kind, reason: `${saidByKind[kind] ?? firstLine(message)} ${whileIn[phase]}${code === '' ? '' : ` (${code})`}` };
}

function kindByPrefix(code: string, phase: Phase): ExchangeFailure {
  if (code.startsWith('HPE_')) return 'protocol';
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) return 'tls';
  return phase === 'tls' ? 'tls' : 'protocol';
}

/** OpenSSL puts its file names and line numbers into the message. */
function firstLine(message: string): string {
  const line = message.split('\n')[0] ?? '';
  const openssl = /:([^:]+):[^:]*\.c:\d+:?/.exec(line);
  return (openssl?.[1] ?? line).trim().slice(0, 200);
}
