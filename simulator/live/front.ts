import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request as requestHttp, type Server, type ServerResponse } from 'node:http';
import { bindFailure } from './errors.ts';

export interface Served {
  host: string;
  status: number;
  /** The unit that answered, or should have; null when none is in service. */
  unit: string | null;
}

export interface FrontParts {
  address: string;
  port: number;
  /** Units that get requests now. */
  units: () => readonly { id: string; address: string; port: number }[];
  onServed?: (served: Served) => void;
}

const upstreamMs = 10_000;

/** The load balancer of one service in one region: each request goes to the next unit that is in. */
export class Front {
  readonly #parts: FrontParts;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 50 });
  #server: Server | null = null;
  #turn = 0;

  constructor(parts: FrontParts) {
    this.#parts = parts;
  }

  async open(): Promise<void> {
    const { address, port } = this.#parts;
    const server = createServer((request, response) => this.#serve(request, response));
    server.listen(port, address);
    await once(server, 'listening').catch((cause: unknown) => Promise.reject(bindFailure(cause, address, port)));
    this.#server = server;
  }

  /** From now on connections are refused; open ones are cut. */
  close(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
    this.#server = null;
    this.#agent.destroy();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const units = this.#parts.units();
    const unit = units[this.#turn++ % Math.max(1, units.length)];
    const told = (status: number) => this.#parts.onServed?.({ host: request.headers.host ?? '', status, unit: unit?.id ?? null });
    const fail = (status: number, why: string) => {
      told(status);
      if (response.headersSent) response.destroy();
      else response.writeHead(status, { 'content-type': 'text/plain' }).end(why);
    };
    if (unit === undefined) {
      request.resume();
      fail(503, 'no unit is in service\n');
      return;
    }
    const { method, url, headers } = request;
    const upstream = requestHttp({
      host: unit.address,
      port: unit.port,
      method,
      path: url,
      headers,
      agent: this.#agent,
      timeout: upstreamMs,
    });
    upstream.on('timeout', () => upstream.destroy(new Error('timed out')));
    upstream.on('error', (error) => fail(502, `${unit.id}: ${error.message}\n`));
    upstream.on('response', (answer) => {
      told(answer.statusCode ?? 502);
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    response.on('close', () => {
      if (!response.writableFinished) upstream.destroy();
    });
    request.pipe(upstream);
  }
}
