import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { predictionsIn } from '../../simulator/live/page-source.ts';
import { openPage } from './browser.ts';

const state = {
  now: 100_000,
  startedAt: 0,
  faultAt: 60_000,
  speed: 1,
  detectedAfterSeconds: 25.04,
  recoveredAfterSeconds: null,
  endedAfterSeconds: null,
  outageSeconds: { served: null, client: 31 },
  groups: [{ name: 'checkout', carrier: 'object', ttlSeconds: 1, shares: { 'eu-west-1': 0.5 } }],
  regions: [
    {
      name: 'eu-west-1',
      down: false,
      traffic: { good: 12, bad: 3 },
      seenBy: [{ observer: 'us-west-2', group: 'checkout', status: 'unhealthy', score: 0.25, abstains: false }],
      services: [
        {
          name: 'checkout',
          desired: 2,
          units: [
            { id: 'a', healthy: true, ejected: false, pid: 7 },
            { id: 'b', healthy: false, ejected: true, pid: null },
          ],
        },
      ],
    },
  ],
  votes: [{ voter: 'us-west-2', group: 'checkout', subject: 'us-east-1', drain: true, epoch: 1, reason: 'sees it as unhealthy' }],
  incidents: [{ id: 'inc-1', state: 'acting', region: 'eu-west-1', cause: 'c', reason: 'quorum reached' }],
  runs: [
    {
      plan: 'p',
      action: 'failover',
      state: 'undoing',
      reason: 'r',
      steps: [{ id: 'pre-scale', state: 'undone', verdict: 'fail', undo: 'pass', reason: 'units did not become healthy' }],
    },
  ],
  predictions: [],
  customer: null,
  faults: [{ kind: 'region-down', region: 'us-east-1' }],
  breakable: [
    { fault: { kind: 'region-down', region: 'us-east-1' }, subject: 'the whole region', label: 'everything is killed' },
    { fault: { kind: 'latency', service: 'checkout', region: 'eu-west-1' }, subject: 'checkout', label: 'all units answer late' },
  ],
};
const entry = (seq: number, at: number, reason: string) => ({
  at,
  seq,
  region: 'eu-west-1',
  kind: 'StepVerified',
  subject: 's',
  data: { step: 'pre-scale' },
  reason,
});

describe('the page', () => {
  it('shows measured times, regions, traffic, units, votes, incidents, and each step with its verdict and its undo', () => {
    const page = openPage();
    page.send('state', state);
    expect(page.byId('figures').textContent).toContain('detected 25.0 s');
    expect(page.byId('regions').textContent).toContain('50 % of checkout');
    expect(page.byId('regions').textContent).toContain('checkout: 1 of 2 healthy process 7 no process, ejected');
    expect(page.byId('regions').textContent).toContain('seen from us-west-2:  unhealthy , score 0.25');
    page.send('state', { ...state, regions: [...state.regions, { ...state.regions[0], name: 'us-west-2', down: true }] });
    expect(page.byId('regions').textContent).toContain('seen from us-west-2: nothing, it is down itself');
    expect(page.byId('votes').textContent).toContain('drains us-east-1');
    expect(page.byId('runs').textContent).toContain('quorum reached');
    expect(
      page
        .byId('runs')
        .all('td')
        .map((cell) => cell.textContent.trim()),
    ).toEqual(['pre-scale', 'undone', 'fail', 'undo  pass', 'units did not become healthy']);
  });

  it('shows what is foreseen: probabilities with their intervals, time to failure, what runs out, risky times, drifts', () => {
    const page = openPage();
    page.send('state', state);
    expect(page.byId('foreseen').textContent).toContain('Nothing yet');
    const body = {
      ...{ service: 'checkout', region: 'eu-west-1', at: 0, since: 0, quota: [], told: {}, reason: '' },
      horizons: [
        { horizon: '1h', probability: 0.004, low: 0.001, high: 0.01 },
        { horizon: '24h', probability: 0.12, low: 0.05, high: 0.2 },
        { horizon: '7d', probability: 0.6, low: 0.4, high: 0.8 },
      ],
      secondsToFailure: { median: 5 * 86_400, low: 3_600, high: 20 * 86_400 },
      supplies: [{ supply: 'memory', seconds: 18 * 3_600, secondsLow: 3_600, reason: '' }],
      periods: [{ fromHour: 30, toHour: 36, ratio: 4, reason: '12 failures where 1.7 are usual' }],
      drifts: ['cpuShare drifts upwards'],
    };
    const other = { key: 'prediction#odd', body: { service: 1 } };
    const predictions = predictionsIn([[{ key: 'prediction#checkout/eu-west-1', body }, other, { key: 'run#1', body }], []]);
    page.send('state', { ...state, predictions });
    const cells = page.byId('foreseen').all('td');
    expect(cells.map((cell) => cell.textContent)).toEqual([
      'checkout in eu-west-1',
      '0.4 % (0.1 %–1.0 %)',
      '12 % (5.0 %–20 %)',
      '60 % (40 %–80 %)',
      '5.0 days',
      'memory is used up in 18.0 h; riskier Tue 6:00 to Tue 12:00 UTC (12 failures where 1.7 are usual); cpuShare drifts upwards',
    ]);
    expect(cells.map((cell) => cell.className)).toEqual(['', '', 'warn', 'bad', '', 'quiet']);
  });

  it('tells the timeline newest first, in seconds since the fault', () => {
    const page = openPage();
    const firstLook = { ...entry(0, 58_000, 'well'), kind: 'HealthChanged', data: { from: 'unknown', to: 'healthy' } };
    page.send('entries', [firstLook, entry(1, 59_000, 'before'), entry(2, 62_500, 'after')]);
    page.send('state', state);
    expect(
      page
        .byId('timeline')
        .all('li')
        .map((line) => line.textContent),
    ).toEqual(['+2.5 s eu-west-1 StepVerified pre-scale: after', '-1.0 s eu-west-1 StepVerified pre-scale: before']);
  });

  it('begins anew when the stream does', () => {
    const page = openPage();
    page.send('open');
    page.send('entries', [entry(0, 1, 'one')]);
    page.send('open');
    page.send('entries', [entry(0, 1, 'one')]);
    page.send('state', state);
    expect(page.byId('timeline').all('li')).toHaveLength(1);
  });

  it('injects a fault with its token, and ends one that stands', async () => {
    const page = openPage({ ok: false, body: { error: 'not now' } });
    page.send('state', state);
    const [standing, other] = page.byId('faults').all('button');
    expect([standing?.textContent, standing?.attributes.get('aria-pressed')]).toEqual(['end: everything is killed', 'true']);
    standing?.listeners.get('click')?.();
    other?.listeners.get('click')?.();
    expect(page.posted.map(({ init }) => JSON.parse(init.body))).toEqual([
      { operation: 'clear', fault: { kind: 'region-down', region: 'us-east-1' } },
      { operation: 'inject', fault: { kind: 'latency', service: 'checkout', region: 'eu-west-1' } },
    ]);
    expect(page.posted[0]?.init.headers['x-evenkeel-token']).toBe('token');
    await vi.waitFor(() => expect(page.byId('said').textContent).toBe('not now'));
  });

  it('sets everything as text: nothing that is shown can become markup', () => {
    const script = readFileSync(new URL('../../dashboard/page.js', import.meta.url), 'utf8');
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|setAttribute\('(on|style|href|src)/);
  });
});
