import { createSocket } from 'node:dgram';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { Server } from 'node:net';
import { decode, encode } from 'dns-packet';
import { generate } from 'selfsigned';

/**
 * The far side of `bench probe`, a process of its own so that its work is not counted as the prober's: HTTP and HTTPS servers on several
 * loopback addresses, and a DNS server that spreads every name under bench.test over them.
 */

const addresses = Array.from({ length: 10 }, (_, index) => `127.0.1.${index + 1}`);

const answer: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end('{"status":"ok","region":"bench","dependencies":{"payments":"ok","dynamodb":"ok"}}');
};

function listen(server: Server, address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, backlog: 4096 }, () => {
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });
}

/** One port for all addresses: the first one chooses it. */
async function listenOnAll(make: () => Server): Promise<number> {
  let port = 0;
  for (const address of addresses) port = await listen(make(), address, port);
  return port;
}

function startDns(): Promise<number> {
  const socket = createSocket('udp4');
  let turn = 0;
  socket.on('message', (message, peer) => {
    const packet = decode(message);
    const question = packet.questions?.[0];
    if (!question) return;
    const address = addresses[turn++ % addresses.length] ?? '127.0.1.1';
    const answers = question.type === 'A' ? [{ name: question.name, type: 'A' as const, data: address, ttl: 1 }] : [];
    const reply = encode({ type: 'response', id: packet.id ?? 0, flags: 0x0180, questions: packet.questions ?? [], answers });
    socket.send(reply, peer.port, peer.address);
  });
  return new Promise((resolve) => socket.bind(0, '127.0.0.1', () => resolve(socket.address().port)));
}

const identity = await generate([{ name: 'commonName', value: 'bench.test' }], {
  keyType: 'ec',
  algorithm: 'sha256',
  extensions: [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'subjectAltName', altNames: [{ type: 2, value: '*.bench.test' }] },
  ],
});
const httpPort = await listenOnAll(() => createHttp(answer));
const httpsPort = await listenOnAll(() => createHttps({ key: identity.private, cert: identity.cert }, answer));
const dnsPort = await startDns();
process.send?.({ httpPort, httpsPort, dnsPort, authority: identity.cert });
// Whoever started it is gone: so is its work.
process.on('disconnect', () => process.exit(0));
