import { Resolver } from 'node:dns/promises';
import { connect } from 'node:net';
import { decode, encode, type Packet, RECURSION_DESIRED } from 'dns-packet';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type AnswerDns, type DnsReply, DnsServer, respond } from '../../../simulator/live/dns-server.ts';
import { freePorts } from './free-ports.ts';

const soa = {
  type: 'SOA' as const,
  name: 'example.com',
  ttl: 5,
  data: { mname: 'ns-1.example.com', rname: 'hostmaster.example.com', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 5 },
};
const replies: Record<string, DnsReply> = {
  'a.example.com': { rcode: 'NOERROR', answers: [{ type: 'A', name: 'a.example.com', ttl: 7, data: '127.0.1.10' }], authorities: [] },
  'none.example.com': { rcode: 'NOERROR', answers: [], authorities: [soa] },
  'gone.example.com': { rcode: 'NXDOMAIN', answers: [], authorities: [soa] },
  'sick.example.com': { rcode: 'SERVFAIL', answers: [], authorities: [] },
  'much.example.com': {
    rcode: 'NOERROR',
    answers: Array.from({ length: 100 }, (_, n) => ({ type: 'A' as const, name: 'much.example.com', ttl: 7, data: `127.0.9.${n}` })),
    authorities: [],
  },
};
const answer: AnswerDns = ({ name }) =>
  name === 'mute.example.com' ? null : (replies[name] ?? { rcode: 'REFUSED', answers: [], authorities: [] });

function ask(name: string, packet: Packet = {}, transport: 'udp' | 'tcp' = 'udp') {
  const bytes = respond(
    encode({ type: 'query', id: 99, flags: RECURSION_DESIRED, questions: [{ type: 'A', name }], ...packet }),
    answer,
    transport,
  );
  return bytes === null ? null : { bytes, packet: decode(bytes) };
}

function codeOf(name: string): number | undefined {
  const bytes = ask(name)?.bytes;
  return bytes === undefined ? undefined : (bytes[3] ?? 0) & 0xf;
}

describe('a DNS answer', () => {
  it('keeps the id and the case of the question, says that it is authoritative, and carries the TTL', () => {
    const reply = ask('A.eXample.COM')?.packet;
    expect(reply).toMatchObject({
      id: 99,
      flag_aa: true,
      flag_rd: true,
      answers: [{ name: 'A.eXample.COM', type: 'A', ttl: 7, data: '127.0.1.10' }],
    });
  });

  it('tells NODATA, NXDOMAIN, SERVFAIL, REFUSED and silence apart', () => {
    expect(codeOf('none.example.com')).toBe(0);
    expect(ask('none.example.com')?.packet.authorities).toMatchObject([{ type: 'SOA', name: 'example.com' }]);
    expect(codeOf('gone.example.com')).toBe(3);
    expect(codeOf('sick.example.com')).toBe(2);
    expect(codeOf('elsewhere.org')).toBe(5);
    expect(ask('mute.example.com')).toBeNull();
  });

  it('is cut on UDP when it does not fit, and whole over TCP', () => {
    const cut = ask('much.example.com');
    expect(cut?.packet).toMatchObject({ flag_tc: true, answers: [] });
    expect(cut?.bytes.length).toBeLessThanOrEqual(512);
    expect(ask('much.example.com', {}, 'tcp')?.packet.answers).toHaveLength(100);
  });

  it('is a refusal in kind for what is no plain question', () => {
    expect((ask('a.example.com', { flags: 4 << 11 })?.bytes[3] ?? 0) & 0xf).toBe(4);
    expect((ask('a.example.com', { questions: [] })?.bytes[3] ?? 0) & 0xf).toBe(1);
    expect(respond(encode({ type: 'response', id: 1, questions: [{ type: 'A', name: 'a.example.com' }] }), answer, 'udp')).toBeNull();
  });

  it('is SERVFAIL when the zone itself fails', () => {
    const broken: AnswerDns = () => {
      throw new Error('the zone is broken');
    };
    const reply = respond(encode({ type: 'query', id: 1, questions: [{ type: 'A', name: 'a.example.com' }] }), broken, 'udp');
    expect((reply?.[3] ?? 0) & 0xf).toBe(2);
  });

  it('never throws, whatever bytes come in', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const reply = respond(Buffer.from(bytes), answer, 'udp');
        return reply === null || reply.length >= 12;
      }),
    );
  });
});

describe('the server', () => {
  let server: DnsServer | null = null;
  afterEach(() => server?.close());

  it('answers resolvers over UDP, and over TCP what UDP cut', async () => {
    const port = await freePorts(1);
    server = new DnsServer(answer);
    await server.listen(['127.0.0.1'], port);
    const resolver = new Resolver({ timeout: 2_000, tries: 1 });
    resolver.setServers([`127.0.0.1:${port}`]);
    expect(await resolver.resolve4('a.example.com', { ttl: true })).toEqual([{ address: '127.0.1.10', ttl: 7 }]);
    expect(await resolver.resolve4('much.example.com')).toHaveLength(100);
    await expect(resolver.resolve4('gone.example.com')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolver.resolve4('none.example.com')).rejects.toMatchObject({ code: 'ENODATA' });
  });

  it('reads TCP messages that come in pieces', async () => {
    const port = await freePorts(1);
    server = new DnsServer(answer);
    await server.listen(['127.0.0.1'], port);
    const query = encode({ type: 'query', id: 7, questions: [{ type: 'A', name: 'a.example.com' }] });
    const socket = connect(port, '127.0.0.1');
    socket.write(Buffer.from([0, query.length]).subarray(0, 1));
    socket.write(Buffer.concat([Buffer.from([query.length]), query.subarray(0, 5)]));
    socket.write(query.subarray(5));
    const reply = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    socket.destroy();
    expect(decode(reply.subarray(2)).answers).toHaveLength(1);
  });

  it('says what to do when its port is taken', async () => {
    const port = await freePorts(1);
    server = new DnsServer(answer);
    await server.listen(['127.0.0.1'], port);
    await expect(new DnsServer(answer).listen(['127.0.0.1'], port)).rejects.toThrow(/127\.0\.0\.1 port \d+ is taken.*--port/);
  });
});
