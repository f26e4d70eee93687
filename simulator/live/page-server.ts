import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { TimelineEntry } from '../../core/model/index.ts';
import type { OperatorAnswer } from '../../core/plan/operator.ts';
import { bindFailure } from './errors.ts';

export interface PageSource {
  /** What the page shows besides the timeline, as JSON. */
  state(): unknown;
  entries(): readonly TimelineEntry[];
  /** Answers in a sentence what came of it; throws when the request makes no sense. */
  act(request: unknown): Promise<string>;
  /** Carries out an order of `evenkeel op`: `{ region?, order }`. A refusal is an answer, too. */
  operate(request: unknown): Promise<OrderReply>;
}

/** What an order came to, or why it came to nothing. */
type OrderReply = OperatorAnswer | { error: string };

export interface PageServerOptions {
  port: number;
  source: PageSource;
  /** Milliseconds between two states sent. @default 1000 */
  everyMs?: number;
}

const address = '127.0.0.1';
const bodyBytesMax = 4_096;
const readersMax = 20;
const files = new URL('../../dashboard/', import.meta.url);

/**
 * The page of the live world: one HTML file without anything from elsewhere, a stream of what happens, and one way to act. Only this
 * machine reaches it; a page of another origin in the same browser can neither read it (no CORS, Host is checked against rebinding) nor
 * act (Origin and a token that only this page holds). The command line gives its orders at /op: no browser sends them, since each of its
 * pages names its Origin with a POST, and may not set the header without a preflight that nobody answers.
 */
export class PageServer {
  readonly token = randomBytes(24).toString('base64url');
  readonly #options: PageServerOptions;
  readonly #readers = new Map<ServerResponse, number>();
  #server: Server | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PageServerOptions) {
    this.#options = options;
  }

  get url(): string {
    return `http://${address}:${this.#port()}/`;
  }

  async open(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response));
    server.listen(this.#options.port, address);
    await once(server, 'listening').catch((cause: unknown) => Promise.reject(bindFailure(cause, address, this.#options.port)));
    this.#server = server;
    this.#timer = setInterval(() => this.#tell(), this.#options.everyMs ?? 1_000);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#server?.close();
    this.#server?.closeAllConnections();
    this.#server = null;
  }

  #port(): number {
    const bound = this.#server?.address();
    return bound !== null && typeof bound === 'object' ? bound.port : this.#options.port;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (!this.#isOwnHost(request.headers.host)) return refuse(response, 403, 'this page answers to its own address only');
      const route = `${request.method} ${request.url?.split('?')[0]}`;
      if (route === 'GET /') return await this.#page(response);
      if (route === 'GET /events') return this.#events(response);
      if (route === 'POST /act') return await this.#act(request, response);
      if (route === 'POST /op') return await this.#operate(request, response);
      refuse(response, 404, 'there is / to read, /events to follow, /act and /op to post to');
    } catch (error) {
      refuse(response, 500, error instanceof Error ? error.message : String(error));
    }
  }

  #isOwnHost(host: string | undefined): boolean {
    return host === `${address}:${this.#port()}` || host === `localhost:${this.#port()}`;
  }

  async #page(response: ServerResponse): Promise<void> {
    const nonce = randomBytes(16).toString('base64');
    const [html, style, script] = await Promise.all(
      ['index.html', 'style.css', 'page.js'].map((name) => readFile(new URL(name, files), 'utf8')),
    );
    const parts: Record<string, string> = { NONCE: nonce, TOKEN: this.token, STYLE: style ?? '', SCRIPT: script ?? '' };
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    response.end(
      (html ?? '').replace(/\{\{(NONCE|TOKEN)\}\}|\/\* (STYLE|SCRIPT) \*\//g, (_, inMarkup, inText) => parts[inMarkup ?? inText] ?? ''),
    );
  }

  #events(response: ServerResponse): void {
    if (this.#readers.size >= readersMax) {
      refuse(response, 503, `${readersMax} pages are open already`);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    this.#readers.set(response, 0);
    response.on('close', () => this.#readers.delete(response));
    this.#tell();
  }

  /** Every reader gets the state, and the entries that it has not had. One that does not read is let go. */
  #tell(): void {
    if (this.#readers.size === 0) return;
    const state = JSON.stringify(this.#options.source.state());
    const entries = this.#options.source.entries();
    for (const [reader, known] of this.#readers) {
      if (reader.writableNeedDrain) {
        reader.destroy();
        continue;
      }
      if (entries.length > known) reader.write(`event: entries\ndata: ${JSON.stringify(entries.slice(known))}\n\n`);
      this.#readers.set(reader, entries.length);
      reader.write(`event: state\ndata: ${state}\n\n`);
    }
  }

  async #act(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { origin, 'x-evenkeel-token': token } = request.headers;
    if (origin !== `http://${request.headers.host}`) return refuse(response, 403, `the page of ${origin ?? 'nobody'} may not act here`);
    if (typeof token !== 'string' || !this.#isToken(token))
      return refuse(response, 403, 'the token of this run is missing or wrong: load the page again');
    const action = await readJson(request);
    if (!action.ok) return refuse(response, action.status, action.reason);
    try {
      const said = await this.#options.source.act(action.value);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ said }));
      this.#tell();
    } catch (error) {
      refuse(response, 400, error instanceof Error ? error.message : String(error));
    }
  }

  async #operate(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { origin, 'x-evenkeel-op': header } = request.headers;
    if (origin !== undefined) return refuse(response, 403, `orders come from the command line, not from the page of ${origin}`);
    if (header !== '1') return refuse(response, 403, 'an order has the header x-evenkeel-op: 1, as evenkeel op --live sends it');
    const order = await readJson(request);
    if (!order.ok) return refuse(response, order.status, order.reason);
    const reply = await this.#options.source.operate(order.value);
    response.writeHead('error' in reply ? 409 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
    this.#tell();
  }

  #isToken(given: string): boolean {
    const [a, b] = [Buffer.from(given), Buffer.from(this.token)];
    return a.length === b.length && timingSafeEqual(a, b);
  }
}

type Body = { ok: true; value: unknown } | { ok: false; status: number; reason: string };

/** The whole body, when it is JSON that says so and is small. */
async function readJson(request: IncomingMessage): Promise<Body> {
  if (request.headers['content-type'] !== 'application/json')
    return { ok: false, status: 415, reason: 'what is posted is application/json' };
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > bodyBytesMax) return { ok: false, status: 413, reason: `what is posted has at most ${bodyBytesMax} bytes` };
  }
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false, status: 400, reason: 'what was posted is no JSON' };
  }
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify({ error: reason }));
}
