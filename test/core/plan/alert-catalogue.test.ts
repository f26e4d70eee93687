import { expect, test } from 'vitest';
import { alertNames } from '../../../core/config/schema.ts';
import type { Incident } from '../../../core/model/index.ts';
import { alertCatalogue } from '../../../core/plan/alert-catalogue.ts';
import { backoffSeconds, nextMoves, playbookFor, remember } from '../../../core/plan/playbook.ts';
import { incidentOf } from '../incident-of.ts';
import { shopConfig } from '../region-context.ts';

const catalogue = alertCatalogue(shopConfig());
const of = (alert: string) => catalogue.find((entry) => entry.alert === alert);

test('every alert of the vocabulary is in the catalogue, once', () => {
  expect(catalogue.map((entry) => entry.alert).sort()).toEqual([...alertNames].sort());
});

test.each([
  ['error-rate', 0.01, 'share', 'above', 'error-rate'],
  ['latency', 2000, 'ms', 'above', 'latency'],
  ['memory', 0.8, 'share', 'above', 'memory'],
  ['cpu', 0.8, 'share', 'above', 'cpu'],
  ['connection-pool', 0.9, 'share', 'above', 'connection-pool'],
  ['cache-hit-ratio', 0.7, 'share', 'below', 'cache-hit-ratio'],
  ['disk', 0.9, 'share', 'above', null],
  ['certificate', 14, 'days', 'below', null],
  ['region-impaired', 2, 'regions', 'above', 'region-impaired'],
  ['capacity-forecast', 0, 'units', 'above', 'capacity-forecast'],
])('%s: %d %s', (alert, threshold, unit, raisedWhen, playbook) => {
  expect(of(alert)).toMatchObject({ threshold, unit, raisedWhen, playbook });
});

test('a threshold of the file is that of the catalogue', () => {
  const strict = alertCatalogue(shopConfig({ thresholds: { cpuShare: 0.65 } }));
  expect(strict.find((entry) => entry.alert === 'cpu')?.threshold).toBe(0.65);
});

const incident = (alert: string, locus: Incident['locus'] = 'service') => incidentOf({ alert, locus, state: 'open' });

/** The actions of a playbook in order, as they come when each is proven and the symptoms stay. */
function walk(alert: string, locus?: Incident['locus']): string[] {
  const playbook = playbookFor(shopConfig(), incident(alert, locus));
  const seen: string[] = [];
  let tried: string[] = [];
  for (let move = nextMoves(playbook, tried)[0]; move !== undefined; move = nextMoves(playbook, tried)[0]) {
    seen.push(move.action);
    tried = remember(tried, move.key, 'skipped');
  }
  return seen;
}

test.each([
  ['crash-loop', ['restart', 'rollback', 'page']],
  ['error-rate', ['rollback', 'restart', 'shift', 'page']],
  ['latency', ['scale', 'shift', 'page']],
  ['memory', ['script', 'wait', 'scale', 'restart', 'page']],
  ['cpu', ['scale', 'page']],
  ['connection-pool', ['script', 'script', 'restart', 'page']],
  ['cache-hit-ratio', ['script', 'script', 'notify']],
  ['dependency-down', ['degrade', 'protect', 'page']],
  ['region-impaired', ['failover', 'page']],
  ['node-not-ready', ['restart', 'page']],
  ['capacity-forecast', ['scale']],
])('the default playbook of %s', (alert, actions) => {
  expect(walk(alert)).toEqual(actions);
});

test('a sick unit is ejected first, a release is taken back first', () => {
  expect(walk('error-rate', 'unit')).toEqual(['eject', 'restart', 'page']);
  expect(walk('latency', 'release')).toEqual(['rollback', 'scale', 'shift', 'page']);
});

test('a level whose action was undone is left, one that was proven is tried again after its backoff', () => {
  const playbook = playbookFor(shopConfig(), incident('crash-loop'));
  const [first] = nextMoves(playbook, []);
  expect(first?.action).toBe('restart');
  expect(nextMoves(playbook, remember([], first?.key ?? '', 'undone'))[0]?.action).toBe('rollback');
  expect(nextMoves(playbook, remember([], first?.key ?? '', 'verified'))[0]).toMatchObject({ action: 'restart', waitSeconds: 30 });
});

test('backoffs grow as they are called, up to their cap', () => {
  const seconds = (kind: 'exponential' | 'linear' | 'fixed', base: number, maxSeconds: number) =>
    [1, 2, 3, 4, 5].map((n) => backoffSeconds({ kind, seconds: base, maxSeconds }, n));
  expect(seconds('exponential', 30, 300)).toEqual([30, 60, 120, 240, 300]);
  expect(seconds('linear', 60, 120)).toEqual([60, 120, 120, 120, 120]);
  expect(seconds('fixed', 300, 300)).toEqual([300, 300, 300, 300, 300]);
});

test('what detectors find is answered by the playbook of what it resembles, a region that is odd by people', () => {
  expect(walk('latency-anomaly')).toEqual(walk('latency'));
  expect(walk('error-anomaly')).toEqual(walk('error-rate'));
  expect(walk('systemic')).toEqual([]);
});
