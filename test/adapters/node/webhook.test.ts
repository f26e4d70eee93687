import { createHmac } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createNodeNetwork } from '../../../adapters/node/network.ts';
import { sign } from '../../../adapters/node/sign.ts';
import { createWebhookCourier } from '../../../core/learn/webhook-courier.ts';
import type { Notification, Receiver } from '../../../core/model/index.ts';
import type { Network } from '../../../core/ports/network.ts';
import { courierContract } from '../contract/courier.ts';
import { identityFor } from './certificates.ts';
import { addressRecord, startDnsServer } from './dns-server.ts';
import { closedPort, listenHttps } from './listen.ts';

const clock = { now: () => Date.now(), sleep: async () => {} };
const soon = () => ({ deadlineAt: Date.now() + 5_000 });
const note: Notification = {
  ...{ id: 'incident/i-1/opened', at: 1, severity: 'critical', page: true, incident: 'i-1' },
  ...{ title: 'i-1 opened — größer', text: 'why' },
};

interface Got {
  method: string | undefined;
  url: string | undefined;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** A real HTTPS receiver at hooks.test, whose name a real DNS server resolves. */
async function receiver({ answer, addresses = ['127.0.0.1'] }: { answer?: RequestListener; addresses?: string[] } = {}) {
  const identity = await identityFor('hooks.test');
  const got: Got[] = [];
  const port = await listenHttps(identity, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      got.push({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() });
      if (answer === undefined) response.writeHead(204).end();
      else answer(request, response);
    });
  });
  const dns = await startDnsServer((name, type) => {
    const answers = addresses.filter((each) => each.includes(':') === (type === 'AAAA')).map((each) => addressRecord(name, each));
    return answers.length > 0 ? { answers } : 'nodata';
  });
  onTestFinished(() => dns.close());
  const sockets = createNodeNetwork({ extraAuthorities: [identity.cert] });
  const network: Network = { ...sockets, lookup: (question, ms) => sockets.lookup({ ...question, servers: [dns.server] }, ms) };
  const courier = createWebhookCourier({ network, clock, sign, allowAddresses: ['127.0.0.1/32'] });
  const webhook: Receiver = { kind: 'webhook', name: 'chat', url: `https://hooks.test:${port}/in?room=1`, headers: { 'X-Key': 'k' } };
  return { got, courier, webhook, network };
}

describe('a webhook over real sockets', () => {
  for (const { name, run } of courierContract) {
    test(name, async () => {
      const { got, courier, webhook } = await receiver();
      await run({
        now: () => Date.now(),
        advance: async () => {},
        courier,
        receiver: webhook,
        delivered: async () => got.map(({ body }) => body),
      });
    });
  }

  test('gets one POST of JSON with its key, the configured headers and a signature over time and body', async () => {
    const { got, courier, webhook } = await receiver();
    const { ok } = await courier.deliver({ ...webhook, signingSecret: 'hush' } as Receiver, note, soon());
    expect(ok).toBe(true);
    const [{ method, url, headers, body } = { method: '', url: '', headers: {}, body: '{}' }, ...others] = got;
    expect(others).toEqual([]);
    expect([method, url, headers['x-key'], headers['content-type']]).toEqual(['POST', '/in?room=1', 'k', 'application/json']);
    const { id, ...rest } = note;
    expect(JSON.parse(body)).toEqual({ key: id, ...rest });
    const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['evenkeel-signature'])) ?? [];
    expect(v1).toBe(createHmac('sha256', 'hush').update(`${t}.${body}`).digest('hex'));
  });

  test.each([
    ['loopback', ['127.0.0.2']],
    ['private', ['10.0.0.1']],
    ['link-local', ['169.254.1.1']],
    ['instance metadata', ['169.254.169.254']],
    ['private', ['fd00::1']],
    ['loopback', ['127.0.0.1', '::1']],
  ])('is not called at a %s address, %j', async (meaning, addresses) => {
    const { got, courier, webhook } = await receiver({ addresses });
    expect(await courier.deliver(webhook, note, soon())).toMatchObject({
      ok: false,
      code: 'refused',
      retryable: false,
      reason: expect.stringContaining(meaning),
    });
    expect(got).toEqual([]);
  });

  test.each([
    [301, 'refused', false],
    [400, 'refused', false],
    [404, 'refused', false],
    [408, 'unavailable', true],
    [425, 'unavailable', true],
    [429, 'throttled', true],
    [500, 'unavailable', true],
    [503, 'unavailable', true],
  ])('that answers %i is %s', async (status, code, retryable) => {
    const answer: RequestListener = (_request, response) => response.writeHead(status, { location: 'https://hooks.test/other' }).end();
    const { got, courier, webhook } = await receiver({ answer });
    expect(await courier.deliver(webhook, note, soon())).toMatchObject({ ok: false, code, retryable });
    expect(got).toHaveLength(1);
  });

  test('that says nothing, says too much or is not there has failed', async () => {
    const silent = await receiver({ answer: () => {} });
    const deadline = { deadlineAt: Date.now() + 300 };
    expect(await silent.courier.deliver(silent.webhook, note, deadline)).toMatchObject({ ok: false, code: 'timeout', retryable: true });
    const chatty = await receiver({ answer: (_request, response) => response.end('x'.repeat(70_000)) });
    expect(await chatty.courier.deliver(chatty.webhook, note, soon())).toMatchObject({ ok: false, code: 'refused' });
    const gone: Receiver = { kind: 'webhook', name: 'chat', url: `https://hooks.test:${await closedPort()}/`, headers: {} };
    expect(await chatty.courier.deliver(gone, note, soon())).toMatchObject({ ok: false, code: 'unavailable', retryable: true });
    const plain: Receiver = { kind: 'webhook', name: 'chat', url: 'http://hooks.test/', headers: {} };
    expect(await chatty.courier.deliver(plain, note, soon())).toMatchObject({ ok: false, code: 'invalid' });
  });

  test('is not told anything when its certificate is somebody else’s', async () => {
    const { got, network, webhook } = await receiver();
    const stranger = createNodeNetwork();
    const courier = createWebhookCourier({
      network: { ...network, exchange: stranger.exchange },
      clock,
      sign,
      allowAddresses: ['127.0.0.1/32'],
    });
    expect(await courier.deliver(webhook, note, soon())).toMatchObject({ ok: false, code: 'refused' });
    expect(got).toEqual([]);
  });
});
