import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { bindFailure } from './errors.ts';

const bodyBytesMax = 1024;
const objectsMax = 1_000;

/** The bucket of one region: objects that anybody who knows their names can read, and only the holder of the token can write. */
export class ObjectServer {
  readonly #token: Buffer;
  readonly #address: string;
  readonly #port: number;
  readonly #objects = new Map<string, string>();
  #server: Server | null = null;

  constructor(address: string, port: number, token: string) {
    this.#address = address;
    this.#port = port;
    this.#token = Buffer.from(`Bearer ${token}`);
  }

  async open(): Promise<void> {
    const server = createServer((request, response) => {
      if (request.method === 'PUT') void this.#put(request, response);
      else if (request.method === 'GET') this.#get(request, response);
      else response.writeHead(405).end();
    });
    server.listen(this.#port, this.#address);
    await once(server, 'listening').catch((cause: unknown) => Promise.reject(bindFailure(cause, this.#address, this.#port)));
    this.#server = server;
  }

  /** From now on connections are refused; the objects stay. */
  close(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
    this.#server = null;
  }

  #get(request: IncomingMessage, response: ServerResponse): void {
    const body = this.#objects.get(request.url ?? '');
    if (body === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': 'text/plain' }).end(body);
  }

  async #put(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const given = Buffer.from(request.headers.authorization ?? '');
    if (given.length !== this.#token.length || !timingSafeEqual(given, this.#token)) {
      response.writeHead(403, { connection: 'close' }).end();
      return;
    }
    let body = '';
    for await (const chunk of request) {
      body += String(chunk);
      if (body.length > bodyBytesMax) break;
    }
    const key = request.url ?? '';
    if (body.length > bodyBytesMax) response.writeHead(413, { connection: 'close' }).end();
    else if (!this.#objects.has(key) && this.#objects.size >= objectsMax) response.writeHead(507).end();
    else {
      this.#objects.set(key, body);
      response.writeHead(200).end();
    }
  }
}
