import { describe, expect, onTestFinished, test } from 'vitest';
import { createNodeNetwork } from '../../../adapters/node/network.ts';
import type { ProbeRequest, Sample } from '../../../core/model/index.ts';
import { dnsProbe, httpProbe, proberOver } from '../../core/probe/scripted-network.ts';
import { identityFor } from './certificates.ts';
import { addressRecord, type DnsReply, startDnsServer } from './dns-server.ts';
import { closedPort, listenHttp, listenHttps, listenTcp } from './listen.ts';

/** The whole prober: core's judgement over real sockets and a real DNS server. */
async function probe(
  request: ProbeRequest,
  reply: (name: string, type: string) => DnsReply = () => 'nodata',
  authorities: string[] = [],
): Promise<Sample[]> {
  const dns = await startDnsServer(reply);
  onTestFinished(() => dns.close());
  const prober = proberOver(createNodeNetwork({ extraAuthorities: authorities }));
  return prober.probe({ ...request, allowAddresses: ['127.0.0.0/8'], dns: { ...request.dns, servers: [dns.server] } }, 'here', 3000);
}

const addresses =
  (...list: string[]) =>
  (name: string, type: string): DnsReply => {
    const answers = list.filter((address) => address.includes(':') === (type === 'AAAA')).map((address) => addressRecord(name, address));
    return answers.length > 0 ? { answers } : 'nodata';
  };

describe('the prober over real sockets', () => {
  test('connects to every address of a name, with the name as Host, and judges each by itself', async () => {
    const port = await listenHttp((request, response) => response.end(request.headers.host), '127.0.0.21');
    await listenHttp((_request, response) => response.writeHead(503).end(), '127.0.0.22', port);
    const conditions = ['[STATUS] == 200', `[BODY] == shop.test:${port}`];
    const samples = await probe(
      httpProbe(`http://shop.test:${port}/`, { conditions }),
      addresses('127.0.0.21', '127.0.0.22', '127.0.0.23'),
    );
    expect(samples.map(({ address, verdict }) => [address, verdict])).toEqual([
      ['127.0.0.21', 'pass'],
      ['127.0.0.22', 'fail'],
      ['127.0.0.23', 'fail'],
    ]);
    expect(samples[2]?.reason).toContain('ECONNREFUSED');
  });

  test('checks the certificate against the name and tells its days', async () => {
    const identity = await identityFor('shop.test', { toDays: 20 });
    const port = await listenHttps(identity, (_request, response) => response.end('ok'));
    const conditions = ['[STATUS] == 200', '[CERTIFICATE_EXPIRATION] > 72h'];
    const [sample] = await probe(httpProbe(`https://shop.test:${port}/`, { conditions }), addresses('127.0.0.1'), [identity.cert]);
    expect(sample?.verdict).toBe('pass');
    expect(sample?.certificateDays).toBeCloseTo(20, 1);
  });

  test('follows no redirect to an address that it may not connect to', async () => {
    let reached = false;
    const inner = await listenHttp((_request, response) => {
      reached = true;
      response.end();
    });
    const port = await listenHttp((_request, response) =>
      response.writeHead(302, { location: `http://[::ffff:127.0.0.1]:${inner}/` }).end(),
    );
    const [sample] = await probe(httpProbe(`http://127.0.0.1:${port}/`));
    expect(sample).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('IPv4-mapped') });
    expect(reached).toBe(false);
  });

  test('ends endless redirects at the limit', async () => {
    let asked = 0;
    const port = await listenHttp((_request, response) => response.writeHead(302, { location: `/${++asked}` }).end());
    expect(await probe(httpProbe(`http://127.0.0.1:${port}/`))).toMatchObject([
      { verdict: 'fail', reason: 'more than 3 redirects, the last one to /4' },
    ]);
    expect(asked).toBe(4);
  });

  test('holds one deadline over redirects that are slow each', async () => {
    const port = await listenTcp((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 1\r\n\r\n')),
    );
    const [sample] = await probe(httpProbe(`http://127.0.0.1:${port}/`, { timeoutMs: 150 }));
    expect(sample).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('timed out after 150 ms') });
  });

  test('tells an emptied record from a server that fails', async () => {
    const empty = await probe(dnsProbe('shop.test'), () => 'nodata');
    const failing = await probe(dnsProbe('shop.test'), () => ({ rcode: 'SERVFAIL' }));
    expect([empty[0]?.rcode, failing[0]?.rcode]).toEqual(['NODATA', 'SERVFAIL']);
  });

  test('probes on while one family of addresses is never answered', async () => {
    const port = await listenHttp((_request, response) => response.end());
    const samples = await probe(httpProbe(`http://shop.test:${port}/`, { timeoutMs: 300 }), (name, type) =>
      type === 'A' ? { answers: [addressRecord(name, '127.0.0.1')] } : 'silence',
    );
    expect(samples).toMatchObject([{ verdict: 'pass', status: 'warning', reason: expect.stringContaining('AAAA TIMEOUT') }]);
  });

  test('tells a closed port from an open one', async () => {
    const open = await listenTcp(() => undefined);
    const tcp = (port: number): ProbeRequest => ({ ...httpProbe('http://127.0.0.1/'), kind: 'tcp', http: [], port });
    expect((await probe(tcp(open)))[0]?.verdict).toBe('pass');
    expect((await probe(tcp(await closedPort())))[0]?.verdict).toBe('fail');
  });
});
