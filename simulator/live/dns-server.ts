import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode, type Packet, RECURSION_DESIRED, TRUNCATED_RESPONSE } from 'dns-packet';
import { bindFailure } from './errors.ts';

export interface DnsReply {
  rcode: 'NOERROR' | 'FORMERR' | 'SERVFAIL' | 'NXDOMAIN' | 'NOTIMP' | 'REFUSED';
  answers: Answer[];
  /** The SOA of the zone, with answers that hold nothing. */
  authorities: Answer[];
}

/** What a question is answered with; null: nothing at all. */
export type AnswerDns = (question: { name: string; type: string }) => DnsReply | null;

const codes: Record<DnsReply['rcode'], number> = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 };
/** Without EDNS a UDP answer holds at most this (RFC 1035); with it no more than what the asker and we take (RFC 9715). */
const plainBytes = 512;
const ednsBytes = 1232;
const connectionsMax = 50;
const idleMs = 5_000;

/** An authoritative DNS server: UDP and TCP on each address, one port. */
export class DnsServer {
  readonly #answer: AnswerDns;
  readonly #udp: UdpSocket[] = [];
  readonly #tcp: Server[] = [];
  readonly #connections = new Set<Socket>();

  constructor(answer: AnswerDns) {
    this.#answer = answer;
  }

  async listen(addresses: readonly string[], port: number): Promise<void> {
    for (const address of addresses) {
      await this.#listenUdp(address, port);
      await this.#listenTcp(address, port);
    }
  }

  close(): void {
    for (const socket of this.#udp.splice(0)) socket.close();
    for (const server of this.#tcp.splice(0)) server.close();
    for (const connection of this.#connections) connection.destroy();
  }

  async #listenUdp(address: string, port: number): Promise<void> {
    const socket = createSocket('udp4');
    socket.on('message', (query, from) => {
      const reply = respond(query, this.#answer, 'udp');
      if (reply !== null) socket.send(reply, from.port, from.address, () => {});
    });
    socket.bind(port, address);
    await once(socket, 'listening').catch((cause: unknown) => Promise.reject(bindFailure(cause, address, port)));
    // From here on an error is one asker's (its port was closed), not the server's.
    socket.on('error', () => {});
    this.#udp.push(socket);
  }

  async #listenTcp(address: string, port: number): Promise<void> {
    const server = createServer((connection) => this.#serve(connection));
    server.maxConnections = connectionsMax;
    server.listen(port, address);
    await once(server, 'listening').catch((cause: unknown) => Promise.reject(bindFailure(cause, address, port)));
    this.#tcp.push(server);
  }

  /** Each message comes after its length in two bytes. */
  #serve(connection: Socket): void {
    this.#connections.add(connection);
    connection.setTimeout(idleMs, () => connection.destroy());
    connection.on('error', () => connection.destroy());
    connection.on('close', () => this.#connections.delete(connection));
    let read = Buffer.alloc(0);
    connection.on('data', (chunk: Buffer) => {
      read = Buffer.concat([read, chunk]);
      for (let end = messageEnd(read); end !== null; end = messageEnd(read)) {
        const reply = respond(read.subarray(2, end), this.#answer, 'tcp');
        read = read.subarray(end);
        if (reply !== null) connection.write(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 0xff]), reply]));
      }
    });
  }
}

function messageEnd(read: Buffer): number | null {
  if (read.length < 2) return null;
  const end = 2 + read.readUInt16BE(0);
  return read.length >= end ? end : null;
}

/** One message in, one out; null when nothing is to be said. Never throws, whatever comes in. */
export function respond(query: Buffer, answer: AnswerDns, transport: 'udp' | 'tcp'): Buffer | null {
  let packet: Packet;
  try {
    packet = decode(query);
  } catch {
    // What cannot be read is answered only when at least the id can be.
    return query.length < 12 || isResponse(query)
      ? null
      : compose({ id: query.readUInt16BE(0), type: 'query' }, failure('FORMERR'), transport);
  }
  if (isResponse(query)) return null;
  const reply = replyTo(packet, query, answer);
  return reply === null ? null : compose(packet, reply, transport);
}

function isResponse(query: Buffer): boolean {
  return ((query[2] ?? 0) & 0x80) !== 0;
}

function replyTo(packet: Packet, query: Buffer, answer: AnswerDns): DnsReply | null {
  const opcode = ((query[2] ?? 0) >> 3) & 0xf;
  if (opcode !== 0) return failure('NOTIMP');
  const [question, ...more] = packet.questions ?? [];
  if (question === undefined || more.length > 0) return failure('FORMERR');
  if (question.class !== undefined && question.class !== 'IN') return failure('REFUSED');
  try {
    return answer({ name: question.name.toLowerCase(), type: question.type });
  } catch {
    return failure('SERVFAIL');
  }
}

export function failure(rcode: DnsReply['rcode']): DnsReply {
  return { rcode, answers: [], authorities: [] };
}

function compose(query: Packet, reply: DnsReply, transport: 'udp' | 'tcp'): Buffer {
  const edns = query.additionals?.find((each) => each.type === 'OPT');
  const asked = query.questions?.[0];
  // Askers that mix upper and lower case into the name compare what comes back (RFC draft dns-0x20).
  const named = (answers: Answer[]) =>
    answers.map((each) => (asked !== undefined && each.name === asked.name.toLowerCase() ? { ...each, name: asked.name } : each));
  const desired = (query.flags ?? 0) & RECURSION_DESIRED;
  const whole = {
    type: 'response' as const,
    id: query.id ?? 0,
    flags: AUTHORITATIVE_ANSWER | desired | codes[reply.rcode],
    questions: query.questions ?? [],
    additionals:
      edns === undefined
        ? []
        : [
            {
              type: 'OPT' as const,
              name: '.',
              udpPayloadSize: ednsBytes,
              extendedRcode: 0,
              ednsVersion: 0,
              flags: 0,
              flag_do: false,
              options: [],
            },
          ],
  };
  const bytes = encode({ ...whole, answers: named(reply.answers), authorities: reply.authorities });
  const room = edns?.type === 'OPT' ? Math.max(plainBytes, Math.min(edns.udpPayloadSize, ednsBytes)) : plainBytes;
  if (transport === 'tcp' || bytes.length <= room) return bytes;
  return encode({ ...whole, flags: whole.flags | TRUNCATED_RESPONSE, answers: [], authorities: [] });
}
