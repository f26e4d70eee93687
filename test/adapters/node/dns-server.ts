import { createSocket } from 'node:dgram';
import { type Answer, decode, encode, type Packet } from 'dns-packet';

/** What the test server answers to one question. `silence` sends nothing at all. */
export type DnsReply = { answers: Answer[] } | { rcode: 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED' } | 'nodata' | 'silence';

export interface TestDnsServer {
  /** `address:port`, as a probe's dnsServers take it. */
  server: string;
  questions: string[];
  close(): Promise<void>;
}

const rcodes = { NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5 };

/** A UDP server on loopback that answers each question by the function given. */
export async function startDnsServer(reply: (name: string, type: string) => DnsReply): Promise<TestDnsServer> {
  const socket = createSocket('udp4');
  const questions: string[] = [];
  socket.on('message', (message, peer) => {
    const packet = decode(message);
    const question = packet.questions?.[0];
    if (!question) return;
    questions.push(`${question.name} ${question.type}`);
    const answer = reply(question.name, question.type);
    if (answer !== 'silence') socket.send(encode(answerTo(packet, answer)), peer.port, peer.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    server: `127.0.0.1:${socket.address().port}`,
    questions,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function answerTo(packet: ReturnType<typeof decode>, reply: Exclude<DnsReply, 'silence'>): Packet {
  const code = typeof reply === 'object' && 'rcode' in reply ? rcodes[reply.rcode] : 0;
  return {
    type: 'response',
    id: packet.id ?? 0,
    // Recursion available, and the response code in the low bits.
    flags: 0x0180 | code,
    questions: packet.questions ?? [],
    answers: typeof reply === 'object' && 'answers' in reply ? reply.answers : [],
  };
}

export function addressRecord(name: string, address: string): Answer {
  return { name, type: address.includes(':') ? 'AAAA' : 'A', data: address, ttl: 5 };
}
