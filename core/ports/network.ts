import type { PhasesMs } from '../model/index.ts';

/** Record types a probe may ask for. */
export type RecordType = 'A' | 'AAAA' | 'CNAME' | 'MX' | 'NS' | 'TXT' | 'SRV' | 'SOA' | 'PTR';

/**
 * What a question to the DNS came to. NODATA (the name exists, not with this type) has the response code NOERROR on the wire; it is kept
 * apart here because an emptied record is an outage. UNREACHABLE: no server could be asked at all.
 */
export type Rcode = 'NOERROR' | 'NODATA' | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED' | 'FORMERR' | 'NOTIMP' | 'TIMEOUT' | 'UNREACHABLE';

export interface DnsQuestion {
  name: string;
  type: RecordType;
  /** `address` or `address:port`; the system's servers when empty. */
  servers: string[];
}

export interface DnsAnswer {
  rcode: Rcode;
  ms: number;
  /** One text per record: an address, a name, or the record's fields separated by spaces. */
  records: string[];
}

interface ExchangeLimits {
  bodyBytes: number;
  headerBytes: number;
  headers: number;
}

/** One connection to one address: bare TCP, with a TLS handshake, with an HTTP request, or both. */
export interface ExchangeRequest {
  /** An IP address, never a name: what was checked is what is connected to. */
  address: string;
  port: number;
  /** The name for SNI and for the certificate; an IP address when the URL has one. */
  tls?: { serverName: string };
  http?: { method: string; path: string; headers: Record<string, string>; body?: string; limits: ExchangeLimits };
}

/**
 * Why an exchange failed. `no-route` is an address that this machine cannot send to, `observer` a fault of this machine itself (no file
 * descriptors, no ports, a request that cannot be written): neither says anything about the endpoint.
 */
export type ExchangeFailure = 'refused' | 'reset' | 'timeout' | 'unreachable' | 'no-route' | 'tls' | 'protocol' | 'limit' | 'observer';

export interface HttpResponse {
  status: number;
  location?: string;
  /** The `Set-Cookie` lines. */
  setCookie: string[];
  body: string;
}

export interface ExchangeOutcome {
  /** The phases that were reached; the one that failed holds the time spent in it. */
  phasesMs: PhasesMs;
  /** Milliseconds until the peer's certificate expires, negative once it has; present when one was seen. */
  certificateExpiresInMs?: number;
  response?: HttpResponse;
  failure?: { kind: ExchangeFailure; reason: string };
}

/** Sockets and DNS, without any judgement: the prober in core/probe decides what to ask and what the answers mean. Never throws. */
export interface Network {
  lookup(question: DnsQuestion, deadlineMs: number): Promise<DnsAnswer>;
  exchange(request: ExchangeRequest, deadlineMs: number): Promise<ExchangeOutcome>;
}
