import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createNodeNetwork } from '../../../adapters/node/network.ts';
import type { ExchangeRequest } from '../../../core/ports/network.ts';
import { identityFor } from './certificates.ts';
import { closedPort, listenHttp, listenHttps, listenTcp } from './listen.ts';

const limits = { bodyBytes: 10_000, headerBytes: 16_384, headers: 100 };
const network = createNodeNetwork();

function get(port: number, path = '/'): ExchangeRequest {
  return { address: '127.0.0.1', port, http: { method: 'GET', path, headers: { host: 'checkout.test' }, limits } };
}

/** Waits for the request before it misbehaves: the prober has to have something to wait for. */
function afterRequest(misbehave: (socket: Socket) => void): Promise<number> {
  return listenTcp((socket) => socket.once('data', () => misbehave(socket)));
}

/** Calls back every millisecond until the connection is gone. */
function drip(socket: Socket, text: () => string): void {
  const timer = setInterval(() => socket.write(text()), 1);
  socket.on('close', () => clearInterval(timer));
}

describe('an exchange', () => {
  test('answers status, body and location, and times every phase apart', async () => {
    const port = await listenHttp((request, response) => {
      response.writeHead(302, { location: '/next', 'set-cookie': ['a=1', 'b=2'] });
      response.end(`${request.method} ${request.url} ${request.headers.host}`);
    });
    const outcome = await network.exchange(get(port, '/x?y=1'), 2000);
    expect(outcome.response).toEqual({ status: 302, location: '/next', setCookie: ['a=1', 'b=2'], body: 'GET /x?y=1 checkout.test' });
    expect(Object.keys(outcome.phasesMs)).toEqual(['connect', 'firstByte', 'transfer']);
  });

  test('sends a body with its length', async () => {
    const port = await listenHttp((request, response) => {
      response.write(`${request.headers['content-length']} bytes: `);
      request.pipe(response);
    });
    const http = { method: 'POST', path: '/', headers: { host: 'checkout.test' }, body: '{"a":1}', limits };
    const outcome = await network.exchange({ address: '127.0.0.1', port, http }, 2000);
    expect(outcome.response?.body).toBe('7 bytes: {"a":1}');
  });

  test('opens a fresh connection every time', async () => {
    let connections = 0;
    const port = await listenTcp((socket) => {
      connections++;
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n'));
    });
    await network.exchange(get(port), 2000);
    await network.exchange(get(port), 2000);
    expect(connections).toBe(2);
  });

  test('without TLS and HTTP is a TCP connection and nothing more', async () => {
    const port = await listenTcp(() => undefined);
    const outcome = await network.exchange({ address: '127.0.0.1', port }, 2000);
    expect(Object.keys(outcome.phasesMs)).toEqual(['connect']);
    expect(outcome.failure).toBeUndefined();
  });

  test('refuses to connect to a name, which would be resolved a second time', async () => {
    const outcome = await network.exchange({ address: 'localhost', port: 80 }, 2000);
    expect(outcome.failure).toEqual({ kind: 'observer', reason: '"localhost" is no IP address' });
  });

  test('is over at once when no time is left', async () => {
    expect((await network.exchange(get(1), 0)).failure?.kind).toBe('timeout');
  });
});

describe('a failed connection', () => {
  test('that is refused says so', async () => {
    const outcome = await network.exchange(get(await closedPort()), 2000);
    expect(outcome.failure).toEqual({ kind: 'refused', reason: 'connection refused while connecting (ECONNREFUSED)' });
  });

  test('that is reset in the middle of the headers says so', async () => {
    const port = await afterRequest((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Ty');
      socket.resetAndDestroy();
    });
    const outcome = await network.exchange(get(port), 2000);
    expect(outcome.failure?.kind).toBe('reset');
  });

  test('that is closed before the body is whole says so', async () => {
    const port = await afterRequest((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'));
    expect((await network.exchange(get(port), 2000)).failure?.kind).toBe('reset');
  });

  test('that is never answered ends at the deadline, with the phase it hung in', async () => {
    const port = await listenTcp(() => undefined);
    const outcome = await network.exchange(get(port), 80);
    expect(outcome.failure).toEqual({ kind: 'timeout', reason: 'timed out after 80 ms while waiting for the first byte' });
    expect(outcome.phasesMs.firstByte).toBeGreaterThan(50);
  });
});

describe('a hostile server', () => {
  test('with an endless body is cut at the limit', async () => {
    const port = await afterRequest((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      drip(socket, () => 'x'.repeat(5000));
    });
    const outcome = await network.exchange(get(port), 2000);
    expect(outcome.failure).toEqual({ kind: 'limit', reason: 'body of more than 10000 bytes' });
  });

  test('that sends its body one byte at a time runs into the one deadline over all phases', async () => {
    const port = await afterRequest((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n');
      drip(socket, () => 'x');
    });
    const outcome = await network.exchange(get(port), 100);
    expect(outcome.failure?.kind).toBe('timeout');
    expect(outcome.failure?.reason).toMatch(/^timed out after 100 ms while reading the answer, \d+ bytes read$/);
  });

  test('that sends its headers one byte at a time runs into the same deadline', async () => {
    const port = await afterRequest((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nX-Slow: ');
      drip(socket, () => 'x');
    });
    expect((await network.exchange(get(port), 100)).failure?.kind).toBe('timeout');
  });

  test('with 10,000 headers is cut at the limit', async () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => `X-${index}: ${index}`).join('\r\n');
    const port = await afterRequest((socket) => socket.end(`HTTP/1.1 200 OK\r\n${lines}\r\n\r\n`));
    expect((await network.exchange(get(port), 2000)).failure?.kind).toBe('limit');
  });

  test('with more headers than allowed is cut although they are short', async () => {
    const lines = Array.from({ length: 101 }, (_, index) => `X-${index}: 1`).join('\r\n');
    const port = await afterRequest((socket) => socket.end(`HTTP/1.1 200 OK\r\n${lines}\r\n\r\n`));
    expect((await network.exchange(get(port), 2000)).failure).toEqual({ kind: 'limit', reason: 'more than 100 headers' });
  });

  test('with one endless header is cut at the limit', async () => {
    const port = await afterRequest((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nX-Long: ');
      drip(socket, () => 'x'.repeat(1000));
    });
    expect((await network.exchange(get(port), 2000)).failure?.kind).toBe('limit');
  });

  test('that announces an answer without end is cut', async () => {
    const port = await afterRequest((socket) => drip(socket, () => 'HTTP/1.1 103 Early Hints\r\n\r\n'));
    expect((await network.exchange(get(port), 2000)).failure).toEqual({ kind: 'limit', reason: 'more than 8 interim answers' });
  });

  test('that switches to a protocol nobody asked for is a failure', async () => {
    const port = await afterRequest((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    );
    expect((await network.exchange(get(port), 500)).failure?.kind).toBe('reset');
  });

  test('that speaks no HTTP is a protocol failure', async () => {
    const port = await afterRequest((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    expect((await network.exchange(get(port), 2000)).failure?.kind).toBe('protocol');
  });

  test('that answers two lengths at once is a protocol failure', async () => {
    const port = await afterRequest((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n'),
    );
    expect((await network.exchange(get(port), 2000)).failure?.kind).toBe('protocol');
  });

  test('that compresses although it was not asked to gets its bytes counted, not unpacked', async () => {
    const port = await listenHttp((_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('\u001f\u008b'));
    expect((await network.exchange(get(port), 2000)).response?.status).toBe(200);
  });

  test('leaves a prober that still works', async () => {
    const bad = await afterRequest((socket) => socket.resetAndDestroy());
    const good = await listenHttp((_request, response) => response.end('ok'));
    await Promise.all(Array.from({ length: 50 }, () => network.exchange(get(bad), 500)));
    expect((await network.exchange(get(good), 2000)).response?.body).toBe('ok');
  });

  test('gets no request that cannot be written', async () => {
    const port = await listenTcp(() => undefined);
    const request = get(port);
    const outcome = await network.exchange({ ...request, http: { method: 'GET', path: '/', headers: { 'x-bad': 'a\nb' }, limits } }, 500);
    expect(outcome.failure?.kind).toBe('observer');
  });
});

describe('a TLS handshake', () => {
  async function handshake(certificateName: string, askedName: string, valid: { fromDays?: number; toDays?: number } = {}, trusted = true) {
    const identity = await identityFor(certificateName, valid);
    const port = await listenHttps(identity, (_request, response) => response.end('secret'));
    const trusting = createNodeNetwork(trusted ? { extraAuthorities: [identity.cert] } : {});
    return trusting.exchange({ ...get(port), tls: { serverName: askedName } }, 3000);
  }

  test('with a trusted certificate goes on, and tells how long it is valid', async () => {
    const outcome = await handshake('checkout.test', 'checkout.test', { toDays: 30 });
    expect(outcome.response?.body).toBe('secret');
    expect((outcome.certificateExpiresInMs ?? 0) / 86_400_000).toBeCloseTo(30, 1);
    expect(Object.keys(outcome.phasesMs)).toEqual(['connect', 'tls', 'firstByte', 'transfer']);
  });

  test('with an expired certificate says by how much', async () => {
    const outcome = await handshake('checkout.test', 'checkout.test', { fromDays: -40, toDays: -10 });
    expect(outcome.failure).toMatchObject({ kind: 'tls', reason: expect.stringMatching(/^certificate expired 10\.0 days ago/) });
    expect(outcome.response).toBeUndefined();
    expect((outcome.certificateExpiresInMs ?? 0) / 86_400_000).toBeCloseTo(-10, 1);
  });

  test('with a certificate that is not valid yet says for how long', async () => {
    const outcome = await handshake('checkout.test', 'checkout.test', { fromDays: 5, toDays: 10 });
    expect(outcome.failure?.reason).toMatch(/^certificate is not valid for another 5\.0 days/);
  });

  test('with a certificate for another name says for which', async () => {
    const outcome = await handshake('other.test', 'checkout.test');
    expect(outcome.failure).toEqual({ kind: 'tls', reason: 'certificate is for DNS:other.test, not for checkout.test' });
  });

  test('with a self-signed certificate that nobody trusts says so', async () => {
    const outcome = await handshake('checkout.test', 'checkout.test', {}, false);
    expect(outcome.failure).toMatchObject({
      kind: 'tls',
      reason: expect.stringMatching(/^self-signed certificate .* of DNS:checkout\.test/),
    });
  });

  test('with a server that speaks no TLS fails as TLS', async () => {
    const port = await listenTcp((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    const outcome = await network.exchange({ ...get(port), tls: { serverName: 'checkout.test' } }, 2000);
    expect(outcome.failure?.kind).toBe('tls');
  });

  test('that is reset is told apart from a refused connection', async () => {
    const port = await listenTcp((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const outcome = await network.exchange({ ...get(port), tls: { serverName: 'checkout.test' } }, 2000);
    expect(outcome.failure?.reason).toMatch(/in the TLS handshake/);
  });

  test('that never ends runs into the deadline', async () => {
    const port = await listenTcp(() => undefined);
    const outcome = await network.exchange({ ...get(port), tls: { serverName: 'checkout.test' } }, 80);
    expect(outcome.failure).toEqual({ kind: 'timeout', reason: 'timed out after 80 ms in the TLS handshake' });
  });
});
