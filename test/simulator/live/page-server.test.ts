import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TimelineEntry } from '../../../core/model/index.ts';
import { PageServer } from '../../../simulator/live/page-server.ts';
import { freePorts } from './free-ports.ts';

const entry: TimelineEntry = {
  at: 1,
  seq: 0,
  region: 'eu-west-1',
  kind: 'FaultBegan',
  subject: '-',
  data: {},
  reason: '</script><script>alert(1)</script>',
};
let server: PageServer;
let port = 0;
let acted: unknown[] = [];
let ordered: unknown[] = [];

beforeEach(async () => {
  acted = [];
  ordered = [];
  port = await freePorts(1);
  server = new PageServer({
    port,
    everyMs: 20,
    source: {
      state: () => ({ speed: 1 }),
      entries: () => [entry],
      async act(action) {
        if (action === null) throw new Error('that is no action');
        acted.push(action);
        return 'done';
      },
      async operate(order) {
        ordered.push(order);
        return order === null ? { error: 'that is no order' } : { lines: ['pause is on'], data: { on: true } };
      },
    },
  });
  await server.open();
});
afterEach(() => server.close());

function send(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port, path, method: options.method ?? 'GET', headers: { host: `127.0.0.1:${port}`, ...options.headers } },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}

const good = () => ({ origin: `http://127.0.0.1:${port}`, 'content-type': 'application/json', 'x-evenkeel-token': server.token });
const act = (headers: Record<string, string>, body = '{"operation":"inject"}') => send('/act', { method: 'POST', headers, body });

describe('the page', () => {
  it('is one file without anything from elsewhere, under a policy that allows nothing else', async () => {
    const page = await send('/');
    expect(page.status).toBe(200);
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'nonce-[^']+'/);
    expect(page.body).not.toMatch(/\{\{|(src|href)="(?!data:,)/);
    expect(page.body).toContain(server.token);
  });

  it('has another nonce each time', async () => {
    const [first, second] = [await send('/'), await send('/')];
    expect(first.headers['content-security-policy']).not.toBe(second.headers['content-security-policy']);
  });
});

describe('an action', () => {
  it('is done for the page itself', async () => {
    expect(await act(good())).toMatchObject({ status: 200, body: '{"said":"done"}' });
    expect(acted).toEqual([{ operation: 'inject' }]);
  });

  it.each<[string, (headers: Record<string, string>) => Record<string, string>, number]>([
    ['from a page of another origin', (headers) => ({ ...headers, origin: 'https://evil.example' }), 403],
    ['without an origin', ({ origin: _, ...headers }) => headers, 403],
    ['from a sandboxed frame', (headers) => ({ ...headers, origin: 'null' }), 403],
    ['without the token', ({ 'x-evenkeel-token': _, ...headers }) => headers, 403],
    ['with a wrong token', (headers) => ({ ...headers, 'x-evenkeel-token': 'x'.repeat(32) }), 403],
    ['as a plain form', (headers) => ({ ...headers, 'content-type': 'text/plain' }), 415],
    [
      'under a name that was bound to this machine',
      (headers) => ({ ...headers, host: `evil.example:${port}`, origin: `http://evil.example:${port}` }),
      403,
    ],
  ])('is refused %s', async (_, change, status) => {
    expect((await act(change(good()))).status).toBe(status);
    expect(acted).toEqual([]);
  });

  it('is refused with a reason when it is too large, no JSON, or no action', async () => {
    expect((await act(good(), JSON.stringify({ much: 'x'.repeat(5_000) }))).status).toBe(413);
    expect((await act(good(), '{')).status).toBe(400);
    expect(await act(good(), 'null')).toMatchObject({ status: 400, body: '{"error":"that is no action"}' });
    expect(acted).toEqual([]);
  });
});

const orderHeaders = { 'content-type': 'application/json', 'x-evenkeel-op': '1' };
const order = (headers: Record<string, string>, body = '{"order":{"command":"pause"}}') => send('/op', { method: 'POST', headers, body });

describe('an order of the command line', () => {
  it('is carried out, and its answer is lines and data', async () => {
    const answer = await order(orderHeaders);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({ lines: ['pause is on'], data: { on: true } });
    expect(ordered).toEqual([{ order: { command: 'pause' } }]);
  });

  it('is answered with the reason when it comes to nothing', async () => {
    expect(await order(orderHeaders, 'null')).toMatchObject({ status: 409, body: '{"error":"that is no order"}' });
  });

  it.each<[string, Record<string, string>, number]>([
    ['from any page in a browser, our own too', { origin: 'http://127.0.0.1' }, 403],
    ['from a sandboxed frame', { origin: 'null' }, 403],
    ['without its header', { 'x-evenkeel-op': '' }, 403],
    ['as a plain form', { 'content-type': 'text/plain' }, 415],
    ['under a name that was bound to this machine', { host: 'evil.example' }, 403],
  ])('is refused %s', async (_, changed, status) => {
    expect((await order({ ...orderHeaders, ...changed })).status).toBe(status);
    expect(ordered).toEqual([]);
  });

  it('is refused when it is too large or no JSON', async () => {
    expect((await order(orderHeaders, JSON.stringify({ much: 'x'.repeat(5_000) }))).status).toBe(413);
    expect((await order(orderHeaders, '{')).status).toBe(400);
    expect(ordered).toEqual([]);
  });
});

describe('the stream', () => {
  it('sends the entries once and the state again and again', async () => {
    const text = await new Promise<string>((resolve) => {
      const outgoing = request({ host: '127.0.0.1', port, path: '/events' }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString();
          if (body.split('event: state').length > 3) {
            outgoing.destroy();
            resolve(body);
          }
        });
      });
      outgoing.end();
    });
    expect(text.split('event: entries')).toHaveLength(2);
    expect(text).toContain(JSON.stringify([entry]));
  });

  it('is refused under another name, and to more readers than it can serve', async () => {
    expect((await send('/events', { headers: { host: 'evil.example' } })).status).toBe(403);
    const readers = Array.from({ length: 20 }, () => request({ host: '127.0.0.1', port, path: '/events' }));
    await Promise.all(readers.map((reader) => new Promise((resolve) => reader.on('response', resolve).end())));
    expect((await send('/events')).status).toBe(503);
    for (const reader of readers) reader.destroy();
  });
});
