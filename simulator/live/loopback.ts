import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { bindFailure } from './errors.ts';

/** Whether an IPv6 socket can be opened on this machine. */
export async function hasIpv6(): Promise<boolean> {
  const server = createTcpServer();
  server.listen(0, '::1');
  const opened = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  if (opened) server.close();
  return opened;
}

/** Something that is always well and is no part of the regions: what the self-test of a vantage reaches for. */
export async function openReference(address: string, port: number): Promise<Server> {
  const server = createServer((_, response) => response.writeHead(204).end());
  server.listen(port, address);
  await once(server, 'listening').catch((cause: unknown) => Promise.reject(bindFailure(cause, address, port)));
  return server;
}
