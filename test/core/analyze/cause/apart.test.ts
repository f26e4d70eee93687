import { describe, expect, it } from 'vitest';
import { oddObserver } from '../../../../core/analyze/cause/odd-observer.ts';
import { regionApart } from '../../../../core/analyze/cause/region-apart.ts';
import type { Symptom } from '../../../../core/analyze/cause/symptoms.ts';
import type { HealthState, Observation, ServiceState } from '../../../../core/model/index.ts';

const at = 1_767_614_400_000;
const regions = ['us-east-1', 'eu-west-1', 'us-west-2'];
const question = { service: 'checkout', region: 'us-east-1', group: 'checkout', kind: 'errors' as const };

function says(observer: string, holds: boolean, status: HealthState = 'healthy'): Observation {
  const view = { group: 'checkout', region: 'us-east-1', status, score: 1, responseMs: 50, since: at, reason: '' };
  const news = { service: 'checkout', region: 'us-east-1', kind: 'errors' as const, endpoints: 2, confidence: 0.9, since: at };
  const anomalies = holds ? [{ ...news, severity: 'warning' as const, reason: 'odd' }] : [];
  return { observer, at, abstains: false, views: [view], traffic: {}, anomalies, reason: '' };
}

describe('the odd observer', () => {
  it('is the one that holds what none of its peers does, who look at the same and see it well', () => {
    expect(
      oddObserver(
        regions.map((each) => says(each, each === 'eu-west-1')),
        question,
      ),
    ).toBe('eu-west-1');
  });

  it('is nobody when two hold it, when a peer sees it unwell, or when there are too few to say', () => {
    const two = regions.map((each) => says(each, each !== 'eu-west-1'));
    const unwell = regions.map((each) => says(each, each === 'eu-west-1', each === 'us-west-2' ? 'degraded' : 'healthy'));
    for (const seen of [two, unwell, two.slice(0, 2), []]) expect(oddObserver(seen, question)).toBeNull();
  });

  it('is asked of one service, region and kind alone', () => {
    const seen = regions.map((each) => says(each, each === 'eu-west-1'));
    for (const other of [{ service: 'cart' }, { region: 'us-west-2' }, { kind: 'latency' as const }])
      expect(oddObserver(seen, { ...question, ...other })).toBeNull();
  });
});

describe('a region', () => {
  const symptom = (region: string, failing: number): Symptom => ({
    ...{ service: 'checkout', region, failing, failedIn: null, since: null, sickAddresses: [], reason: '' },
  });
  const answering = (region: string, responseMs: number, usualMs: number): ServiceState => ({
    health: { subject: { service: 'checkout', region }, at, status: 'healthy', score: 1, dimensions: {}, reason: '', evidence: [] },
    since: at,
    endpoints: {
      health: {
        ...{ status: 'healthy', failures: 0, successes: 9, at, responseMs, weight: 1, dimension: 'liveness', sickAddresses: [] },
        ...{ addresses: 1, last: 'pass', lately: { at, count: 9, ms: Array.from({ length: 9 }, () => usualMs) }, reason: '' },
      },
    },
  });

  it('stands apart when the service fails there and not in the others', () => {
    const failing = regions.map((each) => symptom(each, each === 'us-east-1' ? 1 : 0));
    expect(regionApart('checkout', 'us-east-1', failing, [])).toEqual(['checkout fails in us-east-1 and not in its 2 peers']);
    const everywhere = regions.map((each) => symptom(each, 1));
    expect(regionApart('checkout', 'us-east-1', everywhere, [])).toEqual([]);
    // What an alarm says of it and no look bears out is no difference between regions.
    expect(regionApart('checkout', 'us-east-1', [...failing, symptom('us-east-1', 0)], [])).toEqual([]);
  });

  it('stands apart when it got slower than it was, however far the others are', () => {
    const near = answering('us-east-1', 90, 45);
    const far = [answering('eu-west-1', 205, 200), answering('us-west-2', 118, 120)];
    expect(regionApart('checkout', 'us-east-1', [], [near, ...far])).toEqual([
      'checkout takes 2.0 times as long as usual in us-east-1, unlike in its 2 peers',
    ]);
    expect(regionApart('checkout', 'us-east-1', [], [answering('us-east-1', 47, 45), ...far])).toEqual([]);
    expect(regionApart('checkout', 'eu-west-1', [], [near, ...far])).toEqual([]);
  });
});
