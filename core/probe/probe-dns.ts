import { showMs } from '../knowledge/milliseconds.ts';
import type { ProbeRequest } from '../model/index.ts';
import type { DnsAnswer, Network, Rcode } from '../ports/network.ts';
import { checkConditions, type Judgement, statusOfLatency } from './judge.ts';

export interface DnsProbe {
  judgement: Judgement;
  rcode: Rcode;
  ms: number;
}

/**
 * Asks for every configured type at once and judges the lookup time. A code other than NOERROR fails, unless a condition speaks about the
 * code itself (`[DNS_RCODE] == NXDOMAIN` is how one proves that a name is gone). `[BODY]` is the records, one a line.
 */
export async function probeDns(network: Network, request: ProbeRequest, budgetMs: number): Promise<DnsProbe> {
  const { types, servers } = request.dns;
  const answers = await Promise.all(types.map((type) => network.lookup({ name: request.host, type, servers }, budgetMs)));
  const ms = Math.max(...answers.map((answer) => answer.ms));
  const rcode = combinedCode(answers);
  const records = answers.flatMap((answer) => answer.records);
  return { judgement: judgeDns(request, rcode, records, ms), rcode, ms };
}

/** The first failure; records of one type with NODATA of another are a good answer. */
function combinedCode(answers: DnsAnswer[]): Rcode {
  const failure = answers.find(({ rcode }) => rcode !== 'NOERROR' && rcode !== 'NODATA');
  return failure?.rcode ?? (answers.some(({ rcode }) => rcode === 'NOERROR') ? 'NOERROR' : 'NODATA');
}

function judgeDns(request: ProbeRequest, rcode: Rcode, records: string[], ms: number): Judgement {
  const asked = `${request.host} ${request.dns.types.join('/')}`;
  const told = `${asked}: ${rcode}${records.length > 0 ? ` ${records.join(', ').slice(0, 200)}` : ''} in ${showMs(ms)}`;
  const codeIsJudged = request.conditions.some((condition) => condition.toUpperCase().includes('[DNS_RCODE]'));
  if (rcode !== 'NOERROR' && !codeIsJudged) return { verdict: 'fail', status: 'critical', reason: told };
  const facts = {
    dnsRcode: rcode,
    responseTimeMs: ms,
    connected: rcode !== 'TIMEOUT' && rcode !== 'UNREACHABLE',
    ip: hostOf(request.dns.servers[0] ?? ''),
    body: records.join('\n'),
  };
  const { failed } = checkConditions(request.conditions, facts);
  if (failed.length > 0) return { verdict: 'fail', status: 'critical', reason: `${told}: ${failed.join('; ')}` };
  const expected = request.dns.expect ?? [];
  if (expected.length > 0 && !expected.some((value) => records.includes(value))) {
    return { verdict: 'fail', status: 'critical', reason: `${told}: none of ${expected.join(', ')} is in the answer` };
  }
  const status = statusOfLatency(ms, request.thresholds);
  if (status === 'healthy') return { verdict: 'pass', status, reason: told };
  const limit = status === 'critical' ? request.thresholds.criticalMs : request.thresholds.warningMs;
  return { verdict: status === 'critical' ? 'fail' : 'pass', status, reason: `${told}, above ${showMs(limit)}` };
}

/** `address`, `address:port`, `[address]:port` → the address. */
function hostOf(server: string): string {
  const bracketed = /^\[(.*)\]/.exec(server);
  if (bracketed) return bracketed[1] ?? '';
  const [host = '', ...rest] = server.split(':');
  return rest.length === 1 ? host : server;
}
