import type { PhasesMs, ProbeRequest, Sample } from '../../core/model/index.ts';
import { responseTimeMs } from '../../core/model/index.ts';
import type { Clock, Ids, Prober } from '../../core/ports/index.ts';
import {
  type ConditionsHeld,
  checkConditions,
  type Judgement,
  judgeAnswer,
  judgeFailure,
  statusOfLatency,
} from '../../core/probe/judge.ts';
import { roundTripMs } from './distance.ts';
import type { SeededRandom } from './random.ts';
import type { Front, ServiceRegion } from './service-region.ts';
import { awsName } from './weather.ts';
import type { World } from './world.ts';

/** Chosen: medians of a lookup and of an AWS API's own work; deviations of their logarithms. */
const lookup = { medianMs: 6, sigma: 0.4 };
const awsServiceMs = 12;
const internetMs = 20;
const answerSigma = 0.35;
const dayHours = 24;

/** A probe that takes at least this long really waits; quicker ones are over within the slot for all that anybody can tell. */
const waitsFromMs = 1_000;

/** What one request asks for, worked out once. */
interface Question {
  kind: 'service' | 'name' | 'aws' | 'internet';
  service: string;
  region: string;
  endpoint: string;
  encrypted: boolean;
  method: string;
  requests: number;
  /** Conditions that a well answer of the world can still fail: those about time, certificate and code. */
  open: string[];
}

interface Parts {
  world: World;
  clock: Clock;
  ids: Ids;
  random: SeededRandom;
}

const allHeld: ConditionsHeld = { failed: [] };

type Draft = Pick<Sample, 'address' | 'phasesMs' | 'rcode' | 'certificateDays'> & Judgement;

/**
 * Samples as the prober of core/probe would take them, drawn from the state of the world instead of from sockets. What a well answer
 * holds is taken to satisfy its conditions; times, certificates, codes and failures are judged by the same functions.
 */
export class SimulatedProber implements Prober {
  readonly #world: World;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #random: SeededRandom;
  readonly #questions = new WeakMap<ProbeRequest, Question>();
  readonly #waits = new Map<number, Promise<void>>();

  constructor({ world, clock, ids, random }: Parts) {
    this.#world = world;
    this.#clock = clock;
    this.#ids = ids;
    this.#random = random;
  }

  async probe(request: ProbeRequest, vantage: string, deadlineMs: number): Promise<Sample[]> {
    const at = this.#clock.now();
    this.#world.advance(at);
    const drafts = this.#look(request, vantage, at, Math.min(request.timeoutMs, deadlineMs));
    let longestMs = 0;
    const samples: Sample[] = [];
    const { subject, dimension } = request;
    for (const { phasesMs, verdict, status, reason, address, rcode, certificateDays } of drafts) {
      longestMs = Math.max(longestMs, responseTimeMs(phasesMs));
      const sample: Sample = { id: this.#ids.next('sample'), at, vantage, subject, dimension, phasesMs, verdict, status, reason };
      if (address !== undefined) sample.address = address;
      if (rcode !== undefined) sample.rcode = rcode;
      if (certificateDays !== undefined) sample.certificateDays = certificateDays;
      samples.push(sample);
    }
    if (longestMs >= waitsFromMs) await this.#wait(Math.round(at + longestMs));
    return samples;
  }

  #look(request: ProbeRequest, vantage: string, at: number, budgetMs: number): Draft[] {
    const question = this.#questionOf(request);
    const broken = this.#world.weather.of('observer-broken').find((fault) => fault.where.region === vantage);
    if (broken !== undefined && !(broken.with.referencesAnswer && question.kind === 'internet'))
      return [silent(budgetMs, `no answer within ${budgetMs} ms`)];
    switch (question.kind) {
      case 'service':
        return this.#lookAtService(request, question, question.region, vantage, budgetMs);
      case 'name':
        return this.#lookAtName(request, question, vantage, at, budgetMs);
      case 'aws':
        return [this.#lookAtAws(request, question, vantage, budgetMs)];
      case 'internet':
        return [
          this.#world.weather.unreachable(vantage)
            ? silent(budgetMs, `no answer within ${budgetMs} ms`)
            : this.#answer(request, question, '192.0.2.1', internetMs, internetMs),
        ];
    }
  }

  #lookAtService(request: ProbeRequest, question: Question, region: string, vantage: string, budgetMs: number): Draft[] {
    const here = this.#world.services.get(`${question.service}/${region}`);
    if (here === undefined) return [this.#unresolved(request, 'NXDOMAIN', budgetMs)];
    const { weather } = this.#world;
    const { rcode } = weather.aws(question.service, region);
    if (rcode !== null) return [this.#unresolved(request, rcode, budgetMs)];
    if (request.kind === 'dns') return [this.#resolved(request, here.fronts[0]?.address ?? '')];
    const cut = weather.severed(vantage, region);
    const drafts: Draft[] = [];
    for (const front of here.answeredFronts()) {
      if (drafts.length >= request.limits.addresses) break;
      drafts.push(
        cut
          ? silent(budgetMs, `no answer within ${budgetMs} ms`, front.address)
          : this.#lookAtFront(request, question, here, front, vantage, budgetMs),
      );
    }
    return drafts;
  }

  /** A name that is answered with one of several regions: whichever the resolver got. */
  #lookAtName(request: ProbeRequest, question: Question, vantage: string, at: number, budgetMs: number): Draft[] {
    const group = this.#world.config.trafficGroups.find((each) => each.records.some((record) => record.name === request.host));
    const shares = group === undefined ? new Map<string, number>() : this.#world.answered(group.name, at, vantage);
    let draw = this.#random.next();
    for (const [region, share] of shares) {
      draw -= share;
      if (draw < 0) return this.#lookAtService(request, question, region, vantage, budgetMs);
    }
    return [this.#unresolved(request, 'NXDOMAIN', budgetMs)];
  }

  #lookAtFront(request: ProbeRequest, question: Question, here: ServiceRegion, front: Front, vantage: string, budgetMs: number): Draft {
    const { address } = front;
    if (front.state === 'dead') return silent(budgetMs, `no answer within ${budgetMs} ms`, address);
    if (front.state === 'refusing')
      return {
        address,
        phasesMs: { resolve: this.#lookupMs() },
        rcode: 'NOERROR',
        ...judgeFailure({ kind: 'refused', reason: `connection to ${address} refused` }),
      };
    const { serving } = here;
    if (question.encrypted && serving.certificateDays <= 0)
      return {
        address,
        phasesMs: { resolve: this.#lookupMs() },
        rcode: 'NOERROR',
        certificateDays: serving.certificateDays,
        ...judgeFailure({
          kind: 'tls',
          reason: `the certificate of ${address} ended ${Math.round(-serving.certificateDays * dayHours)} h ago`,
        }),
      };
    const well = request.kind !== 'http' || !this.#fails(here, question, front);
    const draft = this.#answer(
      request,
      question,
      address,
      roundTripMs(vantage, here.region),
      serving.serviceMs * question.requests,
      well,
      serving.certificateDays,
    );
    return responseTimeMs(draft.phasesMs) > budgetMs ? silent(budgetMs, `no answer within ${budgetMs} ms`, address) : draft;
  }

  #fails(here: ServiceRegion, question: Question, front: Front): boolean {
    const shares = [here.serving.errorShare, front.errorShare, here.endpointErrors.get(question.endpoint) ?? 0];
    const well = shares.reduce((product, share) => product * (1 - share), 1);
    // A draw only when chance decides: then other faults do not change what the rest of the world sees.
    return well < 1 && (well <= 0 || this.#random.next() >= well);
  }

  #lookAtAws(request: ProbeRequest, question: Question, vantage: string, budgetMs: number): Draft {
    const { service, region } = question;
    const trouble = this.#world.weather.aws(service, region);
    if (trouble.rcode !== null) return this.#unresolved(request, trouble.rcode, budgetMs);
    if (request.kind === 'dns') return this.#resolved(request, '198.18.0.1');
    if (this.#world.weather.severed(vantage, region)) return silent(budgetMs, `no answer within ${budgetMs} ms`, '198.18.0.1');
    const well = trouble.downShare === 0 || (trouble.downShare < 1 && this.#random.next() >= trouble.downShare);
    const lateMs = trouble.late !== null && this.#random.next() < trouble.late.share ? trouble.late.seconds * 1000 : 0;
    const draft = this.#answer(request, question, '198.18.0.1', roundTripMs(vantage, region), awsServiceMs + lateMs, well);
    return responseTimeMs(draft.phasesMs) > budgetMs ? silent(budgetMs, `no answer within ${budgetMs} ms`, '198.18.0.1') : draft;
  }

  /** An answer that came: 200, or 503 when it is not well. */
  #answer(
    request: ProbeRequest,
    question: Question,
    address: string,
    roundTrip: number,
    serviceMs: number,
    well = true,
    certificateDays?: number,
  ): Draft {
    const resolve = this.#lookupMs();
    const phasesMs: PhasesMs = { resolve, connect: roundTrip };
    if (question.encrypted) phasesMs.tls = roundTrip;
    if (request.kind === 'http') phasesMs.firstByte = roundTrip * question.requests + this.#random.lognormal(serviceMs, answerSigma);
    const ms = responseTimeMs(phasesMs);
    const status = well ? 200 : 503;
    const told =
      request.kind === 'http'
        ? `${question.method} answered ${status} in ${ms.toFixed(0)} ms`
        : `${request.kind} to ${address} in ${ms.toFixed(0)} ms`;
    const judgement = well
      ? judgeAnswer(request, told, ms, this.#held(question, status, ms, address, certificateDays), {
          ...{ rcode: 'NOERROR', addresses: [], ms: resolve, reason: '', partial: false },
        })
      : ({ verdict: 'fail', status: 'critical', reason: `${told}: [STATUS] (503) == 200` } as const);
    const draft: Draft = {
      address,
      phasesMs,
      rcode: 'NOERROR',
      verdict: judgement.verdict,
      status: judgement.status,
      reason: judgement.reason,
    };
    if (certificateDays !== undefined && question.encrypted) draft.certificateDays = certificateDays;
    return draft;
  }

  #held({ open }: Question, status: number, ms: number, address: string, certificateDays: number | undefined): ConditionsHeld {
    if (open.length === 0) return allHeld;
    return checkConditions(open, {
      ...{ connected: true, status, responseTimeMs: ms, ip: address, dnsRcode: 'NOERROR' },
      ...(certificateDays === undefined ? {} : { certificateExpirationMs: certificateDays * 86_400_000 }),
    });
  }

  #resolved(request: ProbeRequest, address: string): Draft {
    const resolve = this.#lookupMs();
    const status = statusOfLatency(resolve, request.lookupThresholds);
    const reason = `${request.host} ${request.dns.types.join('/')}: NOERROR ${address} in ${resolve.toFixed(0)} ms`;
    return { phasesMs: { resolve }, rcode: 'NOERROR', verdict: status === 'critical' ? 'fail' : 'pass', status, reason };
  }

  #unresolved(request: ProbeRequest, rcode: string, budgetMs: number): Draft {
    const resolve = rcode === 'TIMEOUT' ? budgetMs : this.#lookupMs();
    const reason = `${request.host} does not resolve: ${rcode} after ${resolve.toFixed(0)} ms`;
    return { phasesMs: { resolve }, rcode, ...judgeFailure({ kind: 'dns', reason }) };
  }

  #lookupMs(): number {
    return this.#random.lognormal(lookup.medianMs, lookup.sigma);
  }

  /** Probes of one slot that end together wait together. */
  #wait(until: number): Promise<void> {
    const key = Math.ceil(until / 100) * 100;
    let wait = this.#waits.get(key);
    if (wait === undefined) {
      wait = this.#clock.sleep(key - this.#clock.now()).then(() => void this.#waits.delete(key));
      this.#waits.set(key, wait);
    }
    return wait;
  }

  #questionOf(request: ProbeRequest): Question {
    const known = this.#questions.get(request);
    if (known !== undefined) return known;
    const question = readQuestion(request, this.#world);
    this.#questions.set(request, question);
    return question;
  }
}

function readQuestion(request: ProbeRequest, world: World): Question {
  const { service, region, endpoint } = request.subject;
  const [first] = request.http;
  const known = world.config.services.some((each) => each.name === service);
  const aws = world.config.awsEndpoints.some((each) => each.service === awsName(service)) && service !== awsName(service);
  const kind = known ? (region === undefined ? 'name' : 'service') : aws ? 'aws' : 'internet';
  const conditions = [...request.conditions, ...request.http.flatMap((step) => step.conditions)];
  return {
    kind,
    service: aws ? awsName(service) : service,
    region: region ?? '',
    endpoint: endpoint ?? '',
    encrypted: request.kind === 'tls' || (first?.url.startsWith('https:') ?? false),
    method: first?.method ?? 'GET',
    requests: Math.max(1, request.http.length),
    open: conditions.filter((condition) => /\[(RESPONSE_TIME|CERTIFICATE_EXPIRATION|DNS_RCODE)\]/i.test(condition)),
  };
}

function silent(ms: number, reason: string, address?: string): Draft {
  return { ...(address === undefined ? {} : { address }), phasesMs: { connect: ms }, ...judgeFailure({ kind: 'timeout', reason }) };
}
