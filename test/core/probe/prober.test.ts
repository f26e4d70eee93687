import { describe, expect, test } from 'vitest';
import { dnsProbe, httpProbe, proberOver, respond, type Script, scriptedNetwork, zone } from './scripted-network.ts';

function probing(script: Script) {
  const network = scriptedNetwork(script);
  return { network, prober: proberOver(network) };
}

const oneAddress = zone({ 'good.test': ['8.8.8.8'] });

describe('an HTTP probe', () => {
  test('connects to every resolved address and answers one sample each', async () => {
    const { network, prober } = probing({ lookup: zone({ 'a.test': ['8.8.8.8', '8.8.4.4', '2600::1'] }) });
    const samples = await prober.probe(httpProbe('https://a.test/health'), 'us-east-1', 5000);
    expect(samples.map(({ address, verdict }) => [address, verdict])).toEqual([
      ['8.8.8.8', 'pass'],
      ['8.8.4.4', 'pass'],
      ['2600::1', 'pass'],
    ]);
    expect(network.exchanges[2]).toMatchObject({
      address: '2600::1',
      port: 443,
      tls: { serverName: 'a.test' },
      http: { path: '/health', headers: { host: 'a.test' } },
    });
  });

  test('carries vantage, subject, time and dimension', async () => {
    const { prober } = probing({ lookup: oneAddress });
    const [sample] = await prober.probe(httpProbe('http://good.test:8080/'), 'us-east-1', 5000);
    expect(sample).toMatchObject({
      id: 'sample-1',
      at: 1000,
      vantage: 'us-east-1',
      dimension: 'liveness',
      rcode: 'NOERROR',
      status: 'healthy',
    });
    expect(sample?.phasesMs).toEqual({ resolve: 1, connect: 1, firstByte: 2, transfer: 1 });
  });

  test('connects to no more addresses than its limit', async () => {
    const { network, prober } = probing({ lookup: zone({ 'a.test': Array.from({ length: 9 }, (_, i) => `8.8.8.${i}`) }) });
    expect(await prober.probe(httpProbe('http://a.test/'), 'v', 5000)).toHaveLength(4);
    expect(network.exchanges).toHaveLength(4);
  });

  test('fails with the code of the lookup when there is no address', async () => {
    const { prober } = probing({ lookup: () => ({ rcode: 'SERVFAIL', ms: 3 }) });
    const samples = await prober.probe(httpProbe('http://a.test/'), 'v', 5000);
    expect(samples).toMatchObject([
      { verdict: 'fail', status: 'critical', rcode: 'SERVFAIL', reason: 'a.test does not resolve: A SERVFAIL, AAAA SERVFAIL after 3 ms' },
    ]);
  });

  test('tells an emptied record from a missing name', async () => {
    const { prober } = probing({ lookup: () => ({ rcode: 'NODATA' }) });
    expect(await prober.probe(httpProbe('http://a.test/'), 'v', 5000)).toMatchObject([{ verdict: 'fail', rcode: 'NODATA' }]);
  });

  test('goes on with the family that answered, and warns of the other', async () => {
    const { prober } = probing({ lookup: ({ type }) => (type === 'A' ? { records: ['8.8.8.8'] } : { rcode: 'TIMEOUT' }) });
    const samples = await prober.probe(httpProbe('http://a.test/'), 'v', 5000);
    expect(samples).toMatchObject([{ verdict: 'pass', status: 'warning', reason: expect.stringContaining('AAAA TIMEOUT') }]);
  });

  test('shows the values of the conditions that do not hold', async () => {
    const { prober } = probing({ lookup: oneAddress, exchange: () => respond({ status: 503, body: '{"status":"down"}' }) });
    const conditions = ['[STATUS] == 200', '[BODY].status == ok', '[IP] == 8.8.8.8'];
    const [sample] = await prober.probe(httpProbe('http://good.test/', { conditions }), 'v', 5000);
    expect(sample).toMatchObject({ verdict: 'fail', reason: 'GET answered 503: [STATUS] (503) == 200; [BODY].status (down) == ok' });
  });

  test.each([
    [299, 'pass', 'healthy'],
    [301, 'pass', 'warning'],
    [1001, 'fail', 'critical'],
  ])('that takes %d ms is a %s with status %s', async (total, verdict, status) => {
    const { prober } = probing({ lookup: () => ({ records: [] }), exchange: () => ({ phasesMs: { connect: total }, ...respond() }) });
    expect(await prober.probe(httpProbe('http://8.8.8.8/'), 'v', 5000)).toMatchObject([{ verdict, status }]);
  });

  test('is only warned by a slow lookup: the address did answer', async () => {
    const { prober } = probing({ lookup: ({ type }) => (type === 'A' ? { records: ['8.8.8.8'], ms: 250 } : { rcode: 'NODATA' }) });
    const [sample] = await prober.probe(httpProbe('http://a.test/'), 'v', 5000);
    expect(sample).toMatchObject({
      verdict: 'pass',
      status: 'warning',
      reason: expect.stringContaining('lookup took 250 ms, above 100 ms'),
    });
  });

  test('to an address that this vantage has no route to is inconclusive', async () => {
    const { prober } = probing({
      lookup: zone({ 'a.test': ['8.8.8.8', '2600::1'] }),
      exchange: ({ address }) => (address === '2600::1' ? { failure: { kind: 'no-route', reason: 'no route' } } : respond()),
    });
    expect(await prober.probe(httpProbe('http://a.test/'), 'v', 5000)).toMatchObject([
      { verdict: 'pass' },
      { verdict: 'inconclusive', status: 'warning' },
    ]);
  });

  test('tells how many days the certificate is valid', async () => {
    const { prober } = probing({ exchange: () => ({ ...respond(), certificateExpiresInMs: 3 * 86_400_000 }) });
    const conditions = ['[CERTIFICATE_EXPIRATION] > 96h'];
    const [sample] = await prober.probe(httpProbe('https://8.8.8.8/', { conditions }), 'v', 5000);
    expect(sample).toMatchObject({ verdict: 'fail', certificateDays: 3, reason: 'GET answered 200: [CERTIFICATE_EXPIRATION] (72h) > 96h' });
  });

  test('shares one deadline: what the lookup took is not there for the exchange', async () => {
    const { network, prober } = probing({ lookup: ({ type }) => (type === 'A' ? { records: ['8.8.8.8'], ms: 400 } : {}) });
    await prober.probe(httpProbe('http://a.test/', { timeoutMs: 1000 }), 'v', 5000);
    expect(network.exchanges[0]?.deadlineMs).toBe(600);
  });

  test('gives the caller no more time than the caller has', async () => {
    const { network, prober } = probing({});
    await prober.probe(httpProbe('http://8.8.8.8/'), 'v', 700);
    expect(network.exchanges[0]?.deadlineMs).toBe(700);
  });
});

describe('a probe that goes wrong on this side', () => {
  test('is inconclusive when its URL is none: the prober never throws', async () => {
    const { prober } = probing({});
    const http = [{ url: 'https://', method: 'GET', headers: {}, conditions: [] }];
    expect(await prober.probe(httpProbe('http://8.8.8.8/', { http }), 'v', 5000)).toMatchObject([
      { verdict: 'inconclusive', reason: '"https://" is no URL' },
    ]);
  });

  test('keeps a reason short enough for a message, however long the body is', async () => {
    const { prober } = probing({ exchange: () => respond({ body: 'x'.repeat(9000) }) });
    const [sample] = await prober.probe(httpProbe('http://8.8.8.8/', { conditions: ['[BODY] == ok'] }), 'v', 5000);
    expect(sample?.reason.length).toBeLessThan(400);
  });
});

describe('a redirect', () => {
  const toNext = (location: string, status = 302) => respond({ status, location });

  test('to the same host is followed at the address under test', async () => {
    const { network, prober } = probing({
      lookup: zone({ 'a.test': ['8.8.8.8'] }),
      exchange: (_, index) => (index === 0 ? toNext('https://a.test/next?x=1') : respond()),
    });
    const [sample] = await prober.probe(httpProbe('http://a.test/'), 'v', 5000);
    expect(sample?.verdict).toBe('pass');
    expect(network.exchanges[1]).toMatchObject({
      address: '8.8.8.8',
      port: 443,
      tls: { serverName: 'a.test' },
      http: { path: '/next?x=1' },
    });
    expect(network.questions).toHaveLength(2);
  });

  test('to another host is resolved and checked anew', async () => {
    const { network, prober } = probing({
      lookup: zone({ 'a.test': ['8.8.8.8'], 'b.test': ['1.1.1.1'] }),
      exchange: (_, index) => (index === 0 ? toNext('http://b.test/') : respond()),
    });
    const [sample] = await prober.probe(httpProbe('http://a.test/'), 'v', 5000);
    expect(sample).toMatchObject({ verdict: 'pass', address: '8.8.8.8' });
    expect(network.exchanges[1]?.address).toBe('1.1.1.1');
  });

  test.each([
    ['http://169.254.169.254/latest/meta-data/', 'instance metadata'],
    ['http://inner.test/', 'loopback'],
    ['http://mixed.test/', 'private'],
    ['http://[::ffff:10.0.0.1]/', 'IPv4-mapped'],
  ])('to %s is refused before anything is sent', async (location, meaning) => {
    const { network, prober } = probing({
      lookup: zone({ 'a.test': ['8.8.8.8'], 'inner.test': ['127.0.0.1'], 'mixed.test': ['1.1.1.1', '10.0.0.1'] }),
      exchange: () => toNext(location),
    });
    const [sample] = await prober.probe(httpProbe('http://a.test/'), 'v', 5000);
    expect(sample).toMatchObject({ verdict: 'fail', reason: expect.stringContaining(meaning) });
    expect(network.exchanges).toHaveLength(1);
  });

  test('without end is cut at the limit, and the query is kept out of the reason', async () => {
    const { network, prober } = probing({ exchange: (_, index) => toNext(`/again?token=${index}`) });
    const [sample] = await prober.probe(httpProbe('http://8.8.8.8/'), 'v', 5000);
    expect(sample).toMatchObject({ verdict: 'fail', reason: 'more than 3 redirects, the last one to /again' });
    expect(network.exchanges).toHaveLength(4);
  });

  test('leaves the next request only the time that the one before did not take', async () => {
    const { network, prober } = probing({
      exchange: (_, index) => ({ phasesMs: { firstByte: 300 }, ...(index < 2 ? toNext('/next') : respond()) }),
    });
    await prober.probe(httpProbe('http://8.8.8.8/'), 'v', 1000);
    expect(network.exchanges.map(({ deadlineMs }) => deadlineMs)).toEqual([1000, 700, 400]);
  });

  test('is itself the answer when redirects are off', async () => {
    const { prober } = probing({ exchange: () => toNext('/login') });
    const limits = { ...httpProbe('http://x.test').limits, redirects: 0 };
    const [sample] = await prober.probe(httpProbe('http://8.8.8.8/', { limits, conditions: ['[STATUS] == 302'] }), 'v', 5000);
    expect(sample?.verdict).toBe('pass');
  });

  test('to another origin carries no configured header', async () => {
    const { network, prober } = probing({ exchange: (_, index) => (index === 0 ? toNext('http://1.1.1.1/') : respond()) });
    const http = [{ url: 'http://8.8.8.8/', method: 'GET', headers: { Authorization: 'Bearer secret' }, conditions: [] }];
    await prober.probe(httpProbe('http://8.8.8.8/', { http }), 'v', 5000);
    expect(network.exchanges.map((exchange) => exchange.http?.headers.authorization)).toEqual(['Bearer secret', undefined]);
  });

  test.each([
    [302, 'GET', undefined],
    [303, 'GET', undefined],
    [307, 'POST', '{}'],
  ])('with status %d turns a POST into a %s', async (status, method, body) => {
    const { network, prober } = probing({ exchange: (_, index) => (index === 0 ? toNext('/done', status) : respond()) });
    const http = [{ url: 'http://8.8.8.8/', method: 'POST', headers: {}, body: '{}', conditions: [] }];
    await prober.probe(httpProbe('http://8.8.8.8/', { http }), 'v', 5000);
    expect(network.exchanges[1]?.http?.method).toBe(method);
    expect(network.exchanges[1]?.http?.body).toBe(body);
  });

  test('never carries a body to another origin', async () => {
    const { network, prober } = probing({ exchange: () => toNext('http://1.1.1.1/', 307) });
    const http = [{ url: 'http://8.8.8.8/', method: 'POST', headers: {}, body: 'secret', conditions: [] }];
    const [sample] = await prober.probe(httpProbe('http://8.8.8.8/', { http }), 'v', 5000);
    expect(sample).toMatchObject({ verdict: 'fail', reason: 'redirect would send the request body to http://1.1.1.1' });
    expect(network.exchanges).toHaveLength(1);
  });

  test.each(['file:///etc/passwd', 'ftp://x.test/', 'http://['])('to %s is not followed', async (location) => {
    const { prober } = probing({ exchange: () => toNext(location) });
    expect(await prober.probe(httpProbe('http://8.8.8.8/'), 'v', 5000)).toMatchObject([{ verdict: 'fail' }]);
  });
});

describe('a journey', () => {
  const step = (url: string, conditions = ['[STATUS] == 200']) => ({ url, method: 'GET', headers: {}, conditions });
  const http = [step('http://8.8.8.8/login'), step('http://8.8.8.8/cart'), step('http://8.8.8.8/pay')];

  test('runs its requests in order with the cookies of those before', async () => {
    const { network, prober } = probing({
      exchange: (_, index) => respond({ setCookie: index === 0 ? ['session=42; HttpOnly', 'safe=1; Secure'] : [] }),
    });
    const [sample] = await prober.probe(httpProbe('http://8.8.8.8/login', { http }), 'v', 5000);
    expect(sample?.verdict).toBe('pass');
    expect(network.exchanges.map((exchange) => [exchange.http?.path, exchange.http?.headers.cookie])).toEqual([
      ['/login', undefined],
      ['/cart', 'session=42'],
      ['/pay', 'session=42'],
    ]);
    expect(sample?.phasesMs.firstByte).toBe(6);
  });

  test('ends at the first request that fails, and says which', async () => {
    const { network, prober } = probing({ exchange: (_, index) => respond({ status: index === 1 ? 500 : 200 }) });
    const [sample] = await prober.probe(httpProbe('http://8.8.8.8/login', { http }), 'v', 5000);
    expect(sample).toMatchObject({ verdict: 'fail', reason: 'request 2 of 3: GET answered 500: [STATUS] (500) == 200' });
    expect(network.exchanges).toHaveLength(2);
  });

  test('shares one deadline over all its requests', async () => {
    const { network, prober } = probing({ exchange: () => ({ phasesMs: { firstByte: 300 }, ...respond() }) });
    await prober.probe(httpProbe('http://8.8.8.8/login', { http }), 'v', 1000);
    expect(network.exchanges.map(({ deadlineMs }) => deadlineMs)).toEqual([1000, 700, 400]);
  });

  test('does not hand the cookies of one host to another', async () => {
    const { network, prober } = probing({ exchange: () => respond({ setCookie: ['session=42'] }) });
    const across = [step('http://8.8.8.8/login'), step('http://1.1.1.1/')];
    await prober.probe(httpProbe('http://8.8.8.8/login', { http: across }), 'v', 5000);
    expect(network.exchanges[1]?.http?.headers.cookie).toBeUndefined();
  });
});

describe('a DNS probe', () => {
  test.each([
    [100, 'pass', 'healthy'],
    [101, 'pass', 'warning'],
    [200, 'pass', 'warning'],
    [201, 'fail', 'critical'],
  ])('that takes %d ms is a %s with status %s', async (ms, verdict, status) => {
    const { prober } = probing({ lookup: () => ({ records: ['8.8.8.8'], ms }) });
    expect(await prober.probe(dnsProbe('a.test'), 'v', 5000)).toMatchObject([
      { verdict, status, rcode: 'NOERROR', phasesMs: { resolve: ms } },
    ]);
  });

  test.each([
    [50, 'healthy'],
    [51, 'warning'],
    [101, 'critical'],
  ])('of a critical service that takes %d ms is %s', async (ms, status) => {
    const { prober } = probing({ lookup: () => ({ records: ['8.8.8.8'], ms }) });
    expect(await prober.probe(dnsProbe('a.test', { thresholds: { warningMs: 50, criticalMs: 100 } }), 'v', 5000)).toMatchObject([
      { status },
    ]);
  });

  test.each(['NODATA', 'NXDOMAIN', 'SERVFAIL', 'REFUSED', 'TIMEOUT'] as const)('fails with %s', async (rcode) => {
    const { prober } = probing({ lookup: () => ({ rcode, ms: 4 }) });
    expect(await prober.probe(dnsProbe('a.test'), 'v', 5000)).toMatchObject([
      { verdict: 'fail', status: 'critical', rcode, reason: `a.test A: ${rcode} in 4 ms` },
    ]);
  });

  test('may prove that a name is gone', async () => {
    const { prober } = probing({ lookup: () => ({ rcode: 'NXDOMAIN' }) });
    expect(await prober.probe(dnsProbe('a.test', { conditions: ['[DNS_RCODE] == NXDOMAIN'] }), 'v', 5000)).toMatchObject([
      { verdict: 'pass' },
    ]);
  });

  test.each([
    ['TIMEOUT', false],
    ['UNREACHABLE', false],
    ['REFUSED', true],
    ['SERVFAIL', true],
  ] as const)('whose server says %s has connected: %s', async (rcode, connected) => {
    const { prober } = probing({ lookup: () => ({ rcode }) });
    const conditions = [`[DNS_RCODE] == ${rcode}`, `[CONNECTED] == ${connected}`];
    expect(await prober.probe(dnsProbe('a.test', { conditions }), 'v', 5000)).toMatchObject([{ verdict: 'pass' }]);
  });

  test('takes as long as the slower of its questions', async () => {
    const { prober } = probing({ lookup: ({ type }) => ({ records: ['8.8.8.8'], ms: type === 'A' ? 5 : 150 }) });
    const dns = { types: ['A' as const, 'AAAA' as const], servers: [] };
    expect(await prober.probe(dnsProbe('a.test', { dns }), 'v', 5000)).toMatchObject([{ status: 'warning', phasesMs: { resolve: 150 } }]);
  });

  test('does not take an emptied record for NOERROR', async () => {
    const { prober } = probing({ lookup: () => ({ rcode: 'NODATA' }) });
    const [sample] = await prober.probe(dnsProbe('a.test', { conditions: ['[DNS_RCODE] == NOERROR'] }), 'v', 5000);
    expect(sample).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('[DNS_RCODE] (NODATA) == NOERROR') });
  });

  test('holds the answer against the expected values', async () => {
    const { prober } = probing({ lookup: () => ({ records: ['8.8.8.8'] }) });
    const dns = { types: ['A' as const], servers: [], expect: ['1.1.1.1', '9.9.9.9'] };
    const [sample] = await prober.probe(dnsProbe('a.test', { dns }), 'v', 5000);
    expect(sample).toMatchObject({
      verdict: 'fail',
      reason: 'a.test A: NOERROR 8.8.8.8 in 1 ms: none of 1.1.1.1, 9.9.9.9 is in the answer',
    });
  });
});

describe('a TCP or TLS probe', () => {
  const tcp = (more = {}) => ({ ...httpProbe('http://8.8.8.8/'), kind: 'tcp' as const, http: [], port: 5432, ...more });

  test('passes when the connection opens', async () => {
    const { network, prober } = probing({ exchange: () => ({ phasesMs: { connect: 2 } }) });
    expect(await prober.probe(tcp(), 'v', 5000)).toMatchObject([
      { verdict: 'pass', reason: 'tcp to 8.8.8.8 port 5432 in 2 ms (connect 2 ms)' },
    ]);
    expect(network.exchanges[0]).not.toHaveProperty('http');
  });

  test('may prove that a port is closed', async () => {
    const { prober } = probing({ exchange: () => ({ failure: { kind: 'refused', reason: 'connection refused' } }) });
    expect(await prober.probe(tcp({ conditions: ['[CONNECTED] == false'] }), 'v', 5000)).toMatchObject([{ verdict: 'pass' }]);
    expect(await prober.probe(tcp(), 'v', 5000)).toMatchObject([{ verdict: 'fail' }]);
  });

  test('asks for the name of the host in the handshake', async () => {
    const { network, prober } = probing({ lookup: zone({ 'db.test': ['8.8.8.8'] }) });
    await prober.probe({ ...tcp(), kind: 'tls', host: 'db.test' }, 'v', 5000);
    expect(network.exchanges[0]?.tls).toEqual({ serverName: 'db.test' });
  });

  test('refuses an inner address unless the endpoint allows it', async () => {
    const { network, prober } = probing({});
    const inner = tcp({ host: '10.0.0.5' });
    expect(await prober.probe(inner, 'v', 5000)).toMatchObject([{ verdict: 'fail', reason: expect.stringContaining('private') }]);
    expect(network.exchanges).toHaveLength(0);
    expect(await prober.probe({ ...inner, allowAddresses: ['10.0.0.0/8'] }, 'v', 5000)).toMatchObject([{ verdict: 'pass' }]);
  });
});
