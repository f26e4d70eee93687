import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLookup } from '../../../adapters/node/lookup.ts';
import { addressRecord, type DnsReply, startDnsServer, type TestDnsServer } from './dns-server.ts';

const replies: Record<string, DnsReply> = {
  'good.test A': { answers: [addressRecord('good.test', '127.0.0.11'), addressRecord('good.test', '127.0.0.12')] },
  'good.test AAAA': { answers: [addressRecord('good.test', 'fd00::12')] },
  'good.test TXT': { answers: [{ name: 'good.test', type: 'TXT', data: ['one ', 'two'] }] },
  'good.test MX': { answers: [{ name: 'good.test', type: 'MX', data: { preference: 10, exchange: 'mail.test' } }] },
  'good.test SRV': { answers: [{ name: 'good.test', type: 'SRV', data: { priority: 1, weight: 2, port: 443, target: 'a.test' } }] },
  'good.test CNAME': { answers: [{ name: 'good.test', type: 'CNAME', data: 'other.test' }] },
  'empty.test A': 'nodata',
  'gone.test A': { rcode: 'NXDOMAIN' },
  'broken.test A': { rcode: 'SERVFAIL' },
  'closed.test A': { rcode: 'REFUSED' },
  'silent.test A': 'silence',
};

let dns: TestDnsServer;
const lookup = createLookup();

beforeAll(async () => {
  dns = await startDnsServer((name, type) => replies[`${name} ${type}`] ?? { rcode: 'NXDOMAIN' });
});
afterAll(() => dns.close());

function ask(name: string, type: 'A' | 'AAAA' | 'TXT' | 'MX' | 'SRV' | 'CNAME' = 'A', deadlineMs = 2000) {
  return lookup({ name, type, servers: [dns.server] }, deadlineMs);
}

describe('lookup', () => {
  test('answers every record of the type asked for', async () => {
    expect(await ask('good.test')).toMatchObject({ rcode: 'NOERROR', records: ['127.0.0.11', '127.0.0.12'] });
    expect((await ask('good.test', 'AAAA')).records).toEqual(['fd00::12']);
  });

  test.each([
    ['TXT', 'one two'],
    ['MX', '10 mail.test'],
    ['SRV', '1 2 443 a.test'],
    ['CNAME', 'other.test'],
  ] as const)('writes a %s record as one line', async (type, line) => {
    expect((await ask('good.test', type)).records).toEqual([line]);
  });

  test.each([
    ['empty.test', 'NODATA'],
    ['gone.test', 'NXDOMAIN'],
    ['broken.test', 'SERVFAIL'],
    ['closed.test', 'REFUSED'],
  ])('tells %s apart as %s', async (name, rcode) => {
    expect(await ask(name)).toMatchObject({ rcode, records: [] });
  });

  test('calls a silent server a timeout at its deadline', async () => {
    const answer = await ask('silent.test', 'A', 120);
    expect(answer.rcode).toBe('TIMEOUT');
    expect(answer.ms).toBeGreaterThanOrEqual(119);
  });

  test('says that no server could be asked when nothing listens', async () => {
    const answer = await lookup({ name: 'good.test', type: 'A', servers: ['127.0.0.1:1'] }, 2000);
    expect(answer).toMatchObject({ rcode: 'UNREACHABLE', records: [] });
  });

  test('asks again every time: an answer is never taken from a cache', async () => {
    const before = dns.questions.length;
    await ask('good.test');
    await ask('good.test');
    expect(dns.questions.length - before).toBe(2);
  });
});
