import type { ProbeRequest } from '../../../core/model/index.ts';
import type { DnsAnswer, DnsQuestion, ExchangeOutcome, ExchangeRequest, HttpResponse, Network } from '../../../core/ports/network.ts';
import { createProber } from '../../../core/probe/prober.ts';

/** A network that answers from functions and notes what it was asked. */
export interface ScriptedNetwork extends Network {
  questions: DnsQuestion[];
  exchanges: (ExchangeRequest & { deadlineMs: number })[];
}

export interface Script {
  lookup?: (question: DnsQuestion) => Partial<DnsAnswer>;
  exchange?: (request: ExchangeRequest, index: number) => Partial<ExchangeOutcome>;
}

export function scriptedNetwork({ lookup = () => ({ rcode: 'NODATA' }), exchange = () => respond() }: Script): ScriptedNetwork {
  const questions: DnsQuestion[] = [];
  const exchanges: ScriptedNetwork['exchanges'] = [];
  return {
    questions,
    exchanges,
    lookup: async (question) => {
      questions.push(question);
      const answer = lookup(question);
      return { rcode: answer.records?.length ? 'NOERROR' : 'NODATA', ms: 1, records: [], ...answer };
    },
    exchange: async (request, deadlineMs) => {
      exchanges.push({ ...request, deadlineMs });
      return { phasesMs: { connect: 1, firstByte: 2, transfer: 1 }, ...exchange(request, exchanges.length - 1) };
    },
  };
}

export function respond(response: Partial<HttpResponse> = {}): Partial<ExchangeOutcome> {
  return { response: { status: 200, setCookie: [], body: '', ...response } };
}

/** A names → addresses function for `lookup`, both families from one list. */
export function zone(names: Record<string, string[]>): (question: DnsQuestion) => Partial<DnsAnswer> {
  return ({ name, type }) => {
    const known = names[name];
    if (!known) return { rcode: 'NXDOMAIN' };
    return { records: known.filter((address) => address.includes(':') === (type === 'AAAA')) };
  };
}

export function proberOver(network: Network) {
  let id = 0;
  return createProber({ network, clock: { now: () => 1000, sleep: async () => undefined }, ids: { next: (kind) => `${kind}-${++id}` } });
}

export function httpProbe(url: string, more: Partial<ProbeRequest> & { conditions?: string[] } = {}): ProbeRequest {
  const { conditions = ['[STATUS] == 200'], ...rest } = more;
  return {
    subject: { service: 'checkout', endpoint: 'health', region: 'eu-west-1' },
    dimension: 'liveness',
    kind: 'http',
    host: new URL(url).hostname,
    dns: { types: [], servers: [] },
    http: [{ url, method: 'GET', headers: {}, conditions }],
    conditions: [],
    thresholds: { warningMs: 300, criticalMs: 1000 },
    lookupThresholds: { warningMs: 100, criticalMs: 200 },
    timeoutMs: 2000,
    allowAddresses: [],
    limits: { bodyBytes: 10_000, headerBytes: 16_384, headers: 100, redirects: 3, addresses: 4 },
    ...rest,
  };
}

export function dnsProbe(name: string, more: Partial<ProbeRequest> = {}): ProbeRequest {
  return {
    ...httpProbe('http://unused.test'),
    kind: 'dns',
    host: name,
    dns: { types: ['A'], servers: [] },
    http: [],
    thresholds: { warningMs: 100, criticalMs: 200 },
    ...more,
  };
}
