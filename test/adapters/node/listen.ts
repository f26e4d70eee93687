import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** Listens on a free port of 127.0.0.1 (or the address given) until the running test ends; open connections are cut then. */
async function listen(server: Server, address = '127.0.0.1', port = 0): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    // A prober that gives up resets the connection: no concern of the server's.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}

export function listenHttp(listener: RequestListener, address?: string, port?: number): Promise<number> {
  return listen(createHttp(listener), address, port);
}

export function listenHttps(identity: { key: string; cert: string }, listener: RequestListener): Promise<number> {
  const server = createHttps(identity, listener);
  server.on('tlsClientError', () => undefined);
  return listen(server);
}

/** Raw bytes: for servers that break the protocol. */
export function listenTcp(onConnection: (socket: Socket) => void): Promise<number> {
  return listen(createTcp(onConnection));
}

/** A port on which nothing listens: taken and given back. */
export async function closedPort(): Promise<number> {
  const server = createTcp();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}
