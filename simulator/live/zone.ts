import type { Answer } from 'dns-packet';
import type { Choice, Route53, Answer as RoutedAnswer } from '../world/route53.ts';
import { type AnswerDns, type DnsReply, failure } from './dns-server.ts';
import { mappedIpv6 } from './layout.ts';

/** What a name does instead of answering: as `dns` faults of the scenarios. */
export type DnsFault = 'nodata' | 'nxdomain' | 'servfail' | 'refused' | 'timeout';

export interface ZoneParts {
  zones: readonly string[];
  /** IPv4 address of every name that never moves. */
  names: ReadonlyMap<string, string>;
  /** Names that move with their traffic group. */
  moving: ReadonlySet<string>;
  route53: Pick<Route53, 'answer'>;
  ipv6: boolean;
  now: () => number;
  /** Uniform in [0, 1). */
  random: () => number;
  faultOf: (name: string) => DnsFault | null;
}

/** Names that never move may be held this long, and that a name does not exist. */
const stillTtlSeconds = 5;

/** Answers as the authoritative servers of the live world: moving names as Route 53 evaluates them, the others from a list. */
export function zoneAnswers(parts: ZoneParts): AnswerDns {
  return ({ name, type }) => {
    const zone = parts.zones.find((each) => name === each || name.endsWith(`.${each}`));
    if (zone === undefined) return failure('REFUSED');
    const fault = parts.faultOf(name);
    if (fault !== null) return faulty(fault, zone);
    if (name === zone && type === 'SOA') return { rcode: 'NOERROR', answers: [soaOf(zone)], authorities: [] };
    if (name === zone && type === 'NS')
      return {
        rcode: 'NOERROR',
        answers: [1, 2].map((n) => ({ type: 'NS', name, ttl: stillTtlSeconds, data: `ns-${n}.${zone}` })),
        authorities: [],
      };
    if (parts.moving.has(name)) return moving(parts, name, type, zone);
    const address = parts.names.get(name);
    if (address === undefined) return nothing(existsAbove(parts, name, zone) ? 'NOERROR' : 'NXDOMAIN', zone);
    if (type === 'A') return { rcode: 'NOERROR', answers: [{ type, name, ttl: stillTtlSeconds, data: address }], authorities: [] };
    if (type === 'AAAA' && parts.ipv6)
      return { rcode: 'NOERROR', answers: [{ type, name, ttl: stillTtlSeconds, data: mappedIpv6(address) }], authorities: [] };
    return nothing('NOERROR', zone);
  };
}

function moving(parts: ZoneParts, name: string, type: string, zone: string): DnsReply {
  if (type !== 'A' && type !== 'AAAA') return nothing('NOERROR', zone);
  const answer = parts.route53.answer(name, type, parts.now());
  const chosen = answer.together ? answer.choices : drawn(answer, parts.random());
  const answers = chosen.flatMap(({ set }): Answer[] =>
    'values' in set.target ? set.target.values.map((data) => ({ type, name, ttl: set.ttlSeconds, data })) : [],
  );
  return answers.length === 0 ? nothing('NOERROR', zone) : { rcode: 'NOERROR', answers, authorities: [] };
}

/** One choice, by its share of the answers. */
function drawn({ choices }: RoutedAnswer, chance: number): Choice[] {
  let passed = 0;
  for (const choice of choices) {
    passed += choice.share;
    if (chance < passed) return [choice];
  }
  return choices.slice(-1);
}

/** A name without records of its own exists when there is one below it (RFC 8020). */
function existsAbove({ names, moving: group }: ZoneParts, name: string, zone: string): boolean {
  return name === zone || [...names.keys(), ...group].some((other) => other.endsWith(`.${name}`));
}

function faulty(fault: DnsFault, zone: string): DnsReply | null {
  switch (fault) {
    case 'timeout':
      return null;
    case 'nodata':
      return nothing('NOERROR', zone);
    case 'nxdomain':
      return nothing('NXDOMAIN', zone);
    case 'servfail':
      return failure('SERVFAIL');
    case 'refused':
      return failure('REFUSED');
  }
}

function nothing(rcode: 'NOERROR' | 'NXDOMAIN', zone: string): DnsReply {
  return { rcode, answers: [], authorities: [soaOf(zone)] };
}

function soaOf(zone: string): Answer {
  return {
    type: 'SOA',
    name: zone,
    ttl: stillTtlSeconds,
    data: {
      mname: `ns-1.${zone}`,
      rname: `hostmaster.${zone}`,
      serial: 1,
      refresh: 7200,
      retry: 900,
      expire: 1_209_600,
      minimum: stillTtlSeconds,
    },
  };
}
