import { createServer, type Server } from 'node:http';

/** A real HTTP server on loopback that counts what it is asked. */
export class LoopbackServer {
  readonly url: string;
  readonly #server: Server;
  readonly #asked: { count: number };

  private constructor(server: Server, url: string, asked: { count: number }) {
    this.#server = server;
    this.url = url;
    this.#asked = asked;
  }

  static async start(port = 0): Promise<LoopbackServer> {
    const asked = { count: 0 };
    const server = createServer((_request, response) => {
      asked.count += 1;
      response.end('well');
    });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a server has no port');
    return new LoopbackServer(server, `http://127.0.0.1:${address.port}/health`, asked);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get asked(): number {
    return this.#asked.count;
  }

  /** Ends it as a crash does: its port refuses, open connections are cut. Ending it twice is ending it once. */
  kill(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}
