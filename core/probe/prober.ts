import { decideAddress } from '../knowledge/address-policy.ts';
import { addPhases, showPhases } from '../knowledge/milliseconds.ts';
import { type Resolution, resolveHost } from '../knowledge/resolve-host.ts';
import { type PhasesMs, type ProbeRequest, responseTimeMs, type Sample } from '../model/index.ts';
import type { Clock, Ids, Prober } from '../ports/index.ts';
import type { Network } from '../ports/network.ts';
import type { ConditionFacts } from './conditions/placeholder.ts';
import { type FollowedRequest, followRequest, type Journey } from './follow-request.ts';
import { checkConditions, type Judgement, judgeAnswer, judgeFailure } from './judge.ts';
import { probeDns } from './probe-dns.ts';

interface Parts {
  network: Network;
  clock: Clock;
  ids: Ids;
}

type Finding = Pick<Sample, 'address' | 'phasesMs' | 'rcode' | 'certificateDays'> & { judgement: Judgement };

const dayMs = 86_400_000;

/** The prober of every world: the same questions and judgements over real sockets (adapters/node) and over a simulated network. */
export function createProber({ network, clock, ids }: Parts): Prober {
  return {
    async probe(request, vantage, deadlineMs) {
      const at = clock.now();
      const findings = await findingsOf(network, request, Math.min(request.timeoutMs, deadlineMs));
      return findings.map(({ judgement, ...finding }) => ({
        id: ids.next('sample'),
        at,
        vantage,
        subject: request.subject,
        dimension: request.dimension,
        ...finding,
        ...judgement,
      }));
    },
  };
}

/** One finding per address; a name without addresses is one finding, too. All of it shares one budget of time. */
async function findingsOf(network: Network, request: ProbeRequest, budgetMs: number): Promise<Finding[]> {
  if (request.kind === 'dns') {
    const { judgement, rcode, ms } = await probeDns(network, request, budgetMs);
    return [{ judgement, rcode, phasesMs: { resolve: ms } }];
  }
  // Half the time at most is for the lookup, so that a silent AAAA server leaves enough to try the A addresses.
  const resolution = await resolveHost(network, request.host, request.dns.servers, budgetMs / 2);
  const phasesMs: PhasesMs = resolution.ms === undefined ? {} : { resolve: resolution.ms };
  const rcode = resolution.ms === undefined ? {} : { rcode: resolution.rcode };
  if (resolution.addresses.length === 0) {
    return [{ judgement: judgeFailure({ kind: 'dns', reason: resolution.reason }), phasesMs, ...rcode }];
  }
  const probed = resolution.addresses.slice(0, request.limits.addresses);
  const findings = await Promise.all(probed.map((address) => probeAddress(network, request, address, resolution, budgetMs)));
  return findings.map((finding) => ({ ...finding, ...rcode }));
}

async function probeAddress(
  network: Network,
  request: ProbeRequest,
  address: string,
  resolution: Resolution,
  budgetMs: number,
): Promise<Finding> {
  const lookup: PhasesMs = resolution.ms === undefined ? {} : { resolve: resolution.ms };
  const decision = decideAddress(address, request.allowAddresses);
  if (!decision.allowed) return { address, phasesMs: lookup, judgement: judgeFailure({ kind: 'address', reason: decision.reason }) };
  if (request.kind === 'http') {
    const journey = { network, request, host: hostUnderTest(request), address, cookies: new Map() };
    return { address, ...(await probeHttp(journey, resolution, lookup, budgetMs)) };
  }
  return { address, ...(await probeConnection(network, request, address, resolution, lookup, budgetMs)) };
}

/** As URL writes it, so that the two can be compared: an IPv6 address stands in brackets there. */
function hostUnderTest(request: ProbeRequest): string {
  return URL.parse(request.http[0]?.url ?? '')?.hostname ?? request.host;
}

async function probeConnection(
  network: Network,
  request: ProbeRequest,
  address: string,
  resolution: Resolution,
  lookup: PhasesMs,
  budgetMs: number,
): Promise<Omit<Finding, 'address'>> {
  const port = request.port ?? 443;
  const tls = request.kind === 'tls' ? { tls: { serverName: request.host } } : {};
  const outcome = await network.exchange({ address, port, ...tls }, budgetMs - (lookup.resolve ?? 0));
  const phasesMs = addPhases(lookup, outcome.phasesMs);
  const certificate = certificateOf(outcome);
  // A condition on [CONNECTED] judges the connection itself: `[CONNECTED] == false` proves that a port is closed.
  const connectionIsJudged =
    request.kind === 'tcp' && request.conditions.some((condition) => condition.toUpperCase().includes('[CONNECTED]'));
  const { failure } = outcome;
  if (failure && !(connectionIsJudged && failure.kind !== 'no-route' && failure.kind !== 'observer')) {
    return { judgement: judgeFailure(failure), phasesMs, ...certificate };
  }
  const facts = { ...factsOf(address, resolution, phasesMs, outcome.certificateExpiresInMs), connected: failure === undefined };
  const told = failure?.reason ?? `${request.kind} to ${address} port ${port} in ${showPhases(phasesMs)}`;
  const held = checkConditions(request.conditions, facts);
  return { judgement: judgeAnswer(request, told, responseTimeMs(phasesMs), held, resolution), phasesMs, ...certificate };
}

/** The requests of a journey in order, with the same cookies; the first that fails ends it. */
async function probeHttp(journey: Journey, resolution: Resolution, lookup: PhasesMs, budgetMs: number): Promise<Omit<Finding, 'address'>> {
  const { request, address } = journey;
  let phasesMs = lookup;
  let certificate: Pick<Sample, 'certificateDays'> = {};
  const told: string[] = [];
  for (const [index, step] of request.http.entries()) {
    const answer = await followRequest(journey, step, budgetMs - responseTimeMs(phasesMs));
    const stepPhases = index === 0 ? addPhases(lookup, answer.phasesMs) : answer.phasesMs;
    phasesMs = addPhases(phasesMs, answer.phasesMs);
    certificate = { ...certificate, ...certificateOf(answer) };
    const name = request.http.length > 1 ? `request ${index + 1} of ${request.http.length}: ` : '';
    if (answer.failure) {
      const { kind, reason } = answer.failure;
      return { judgement: judgeFailure({ kind, reason: name + reason }), phasesMs, ...certificate };
    }
    told.push(`${step.method} answered ${answer.status}`);
    const held = checkConditions(step.conditions, httpFacts(address, resolution, stepPhases, answer));
    if (held.failed.length > 0) {
      return {
        judgement: judgeAnswer(request, `${name}${told.at(-1)}`, responseTimeMs(stepPhases), held, resolution),
        phasesMs,
        ...certificate,
      };
    }
  }
  const summary = `${told.join(', ')} in ${showPhases(phasesMs)}`;
  return { judgement: judgeAnswer(request, summary, responseTimeMs(phasesMs), { failed: [] }, resolution), phasesMs, ...certificate };
}

function httpFacts(address: string, resolution: Resolution, phasesMs: PhasesMs, answer: FollowedRequest): ConditionFacts {
  return {
    ...factsOf(address, resolution, phasesMs, answer.certificateExpiresInMs),
    connected: true,
    status: answer.status ?? 0,
    body: answer.body ?? '',
  };
}

function factsOf(address: string, resolution: Resolution, phasesMs: PhasesMs, certificateExpirationMs?: number): ConditionFacts {
  return {
    ip: address,
    dnsRcode: resolution.rcode,
    responseTimeMs: responseTimeMs(phasesMs),
    ...(certificateExpirationMs === undefined ? {} : { certificateExpirationMs }),
  };
}

function certificateOf({ certificateExpiresInMs }: { certificateExpiresInMs?: number }): Pick<Sample, 'certificateDays'> {
  return certificateExpiresInMs === undefined ? {} : { certificateDays: certificateExpiresInMs / dayMs };
}
