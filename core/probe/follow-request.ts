import { decideAddress } from '../knowledge/address-policy.ts';
import { addPhases } from '../knowledge/milliseconds.ts';
import { resolveHost } from '../knowledge/resolve-host.ts';
import type { PhasesMs, ProbeHttpStep, ProbeRequest } from '../model/index.ts';
import { responseTimeMs } from '../model/index.ts';
import type { ExchangeFailure, ExchangeOutcome, Network } from '../ports/network.ts';
import { type CookieJar, cookieHeader, storeCookies } from './cookies.ts';

/** Besides what the network reports: an address that may not be connected to, a redirect that is not followed, a name without address. */
export type ProbeFailure = ExchangeFailure | 'address' | 'redirect' | 'dns';

export interface FollowedRequest {
  phasesMs: PhasesMs;
  certificateExpiresInMs?: number;
  status?: number;
  body?: string;
  failure?: { kind: ProbeFailure; reason: string };
}

/** Where a journey stands: the address under test, its host, the cookies so far. */
export interface Journey {
  network: Network;
  request: ProbeRequest;
  host: string;
  address: string;
  cookies: CookieJar;
}

interface Hop {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body?: string;
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/**
 * One request with its redirects, within `budgetMs`. Requests to the host under test go to the address under test; any other host is
 * resolved and checked anew, and what was checked is what is connected to.
 */
export async function followRequest(journey: Journey, step: ProbeHttpStep, budgetMs: number): Promise<FollowedRequest> {
  const { redirects } = journey.request.limits;
  const url = URL.parse(step.url);
  if (!url) return { phasesMs: {}, failure: { kind: 'observer', reason: `${JSON.stringify(step.url)} is no URL` } };
  let hop: Hop = { url, method: step.method, headers: step.headers, ...(step.body === undefined ? {} : { body: step.body }) };
  let phasesMs: PhasesMs = {};
  for (let count = 0; ; count++) {
    const outcome = await exchangeHop(journey, hop, budgetMs - responseTimeMs(phasesMs));
    phasesMs = addPhases(phasesMs, outcome.phasesMs);
    const soFar = { ...outcome, phasesMs };
    const location = redirectOf(outcome);
    if (location === undefined || redirects === 0) return soFar;
    if (count === redirects) return failed(soFar, `more than ${redirects} redirects, the last one to ${showUrl(location)}`);
    const next = nextHop(hop, outcome.status ?? 0, location);
    if ('refusal' in next) return failed(soFar, next.refusal);
    hop = next;
  }
}

function failed(soFar: FollowedRequest, reason: string): FollowedRequest {
  return { ...soFar, failure: { kind: 'redirect', reason } };
}

type HopOutcome = FollowedRequest & { location?: string };

async function exchangeHop(journey: Journey, hop: Hop, budgetMs: number): Promise<HopOutcome> {
  const destination = await destinationOf(journey, hop.url, budgetMs);
  if ('failure' in destination) return destination;
  const { network, request, cookies } = journey;
  const resolveMs = destination.phasesMs.resolve ?? 0;
  const { bodyBytes, headerBytes, headers: headersMax } = request.limits;
  const outcome = await network.exchange(
    {
      address: destination.address,
      port: portOf(hop.url),
      ...(hop.url.protocol === 'https:' ? { tls: { serverName: hostOf(hop.url) } } : {}),
      http: {
        method: hop.method,
        path: hop.url.pathname + hop.url.search,
        headers: headersOf(hop, cookies),
        ...(hop.body === undefined ? {} : { body: hop.body }),
        limits: { bodyBytes, headerBytes, headers: headersMax },
      },
    },
    budgetMs - resolveMs,
  );
  storeCookies(cookies, hop.url, outcome.response?.setCookie ?? []);
  return flatten(outcome, destination.phasesMs);
}

function flatten(outcome: ExchangeOutcome, before: PhasesMs): HopOutcome {
  const { response, phasesMs, ...rest } = outcome;
  return {
    ...rest,
    phasesMs: addPhases(before, phasesMs),
    ...(response ? { status: response.status, body: response.body } : {}),
    ...(response?.location === undefined ? {} : { location: response.location }),
  };
}

type Destination = { address: string; phasesMs: PhasesMs } | { failure: { kind: ProbeFailure; reason: string }; phasesMs: PhasesMs };

async function destinationOf(journey: Journey, url: URL, budgetMs: number): Promise<Destination> {
  if (url.hostname === journey.host) return { address: journey.address, phasesMs: {} };
  const { dns, allowAddresses } = journey.request;
  const resolution = await resolveHost(journey.network, url.hostname, dns.servers, budgetMs / 2);
  const phasesMs: PhasesMs = resolution.ms === undefined ? {} : { resolve: resolution.ms };
  if (resolution.addresses.length === 0) return { failure: { kind: 'dns', reason: resolution.reason }, phasesMs };
  const decisions = resolution.addresses.map((address) => ({ address, decision: decideAddress(address, allowAddresses) }));
  // One answer that points inwards spoils the name: a redirect must not be able to pick among good and bad addresses.
  const refused = decisions.flatMap(({ decision }) => (decision.allowed ? [] : [decision.reason]));
  const [first] = decisions;
  if (refused.length > 0 || !first) return { failure: { kind: 'address', reason: `${url.hostname}: ${refused.join('; ')}` }, phasesMs };
  return { address: first.address, phasesMs };
}

function redirectOf(outcome: HopOutcome): string | undefined {
  return !outcome.failure && redirectStatuses.has(outcome.status ?? 0) ? outcome.location : undefined;
}

/** What a browser would send next, except that nothing configured leaves the origin it was configured for. */
function nextHop(hop: Hop, status: number, location: string): Hop | { refusal: string } {
  const url = URL.parse(location, hop.url.href);
  if (!url) return { refusal: `redirect to ${JSON.stringify(location.slice(0, 100))}, which is no URL` };
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { refusal: `redirect to ${url.protocol} is not followed` };
  const becomesGet = status === 303 ? hop.method !== 'HEAD' : (status === 301 || status === 302) && hop.method === 'POST';
  const method = becomesGet ? 'GET' : hop.method;
  const body = becomesGet ? undefined : hop.body;
  if (url.origin === hop.url.origin) return { url, method, headers: hop.headers, ...(body === undefined ? {} : { body }) };
  if (body !== undefined) return { refusal: `redirect would send the request body to ${url.origin}` };
  return { url, method, headers: {} };
}

/** Names are lower case, so that a configured header replaces ours. */
function headersOf(hop: Hop, cookies: CookieJar): Record<string, string> {
  const cookie = cookieHeader(cookies, hop.url);
  const configured = Object.fromEntries(Object.entries(hop.headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    host: hop.url.host,
    'user-agent': 'evenkeel',
    accept: '*/*',
    // A compressed body would have to be unpacked, and a small one may unpack to gigabytes.
    'accept-encoding': 'identity',
    ...(cookie === undefined ? {} : { cookie }),
    ...configured,
  };
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Without its query, which may hold a secret. */
function showUrl(location: string): string {
  return (location.split('?')[0] ?? '').slice(0, 100);
}
