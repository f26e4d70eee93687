import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serviceHealth, worse } from '../../../core/analyze/service-health.ts';
import type { EndpointState, HealthState } from '../../../core/model/index.ts';
import { checkout, checkoutGroup, shop } from '../../../simulator/scenarios/shop.ts';
import { configOf } from '../region-context.ts';

const subject = { service: 'checkout', region: 'us-east-1' };
const endpoint = (status: HealthState, over: Partial<EndpointState> = {}): EndpointState => ({
  status,
  failures: 0,
  successes: 0,
  at: 1,
  responseMs: 1,
  weight: 1,
  dimension: 'liveness',
  sickAddresses: [],
  addresses: 1,
  last: 'pass',
  reason: `it is ${status}`,
  ...over,
});
const health = (...states: EndpointState[]) =>
  serviceHealth(subject, Object.fromEntries(states.map((state, index) => [`e${index}`, state])), 7);

describe('the health of a service', () => {
  it('is unknown while no endpoint has a verdict, and never healthy by default', () => {
    expect(health()).toMatchObject({ status: 'unknown', score: 0 });
    expect(health(endpoint('unknown'))).toMatchObject({ status: 'unknown', reason: 'no endpoint has a verdict yet' });
  });

  it('is healthy with all, degraded with most, unhealthy with less than half of the weight', () => {
    expect(health(endpoint('healthy'), endpoint('healthy')).status).toBe('healthy');
    expect(health(endpoint('healthy'), endpoint('unhealthy'))).toMatchObject({ status: 'degraded', dimensions: { liveness: 'degraded' } });
    expect(health(endpoint('healthy'), endpoint('unhealthy', { weight: 2 }))).toMatchObject({ status: 'unhealthy', score: 1 / 3 });
  });

  it('leaves endpoints without a verdict out of the count', () => {
    expect(health(endpoint('healthy'), endpoint('unknown', { weight: 9 })).score).toBe(1);
  });

  it('is as bad as its worst dimension, though the others outweigh it', () => {
    const well = Array.from({ length: 9 }, () => endpoint('healthy'));
    expect(health(...well, endpoint('unhealthy', { dimension: 'business' })).status).toBe('unhealthy');
  });

  it('goes by what the configuration says that a dimension’s failure means', () => {
    const dimensions = { readiness: { onFailure: 'degraded' as const } };
    const config = configOf(shop([checkout({ dimensions })], [checkoutGroup(1)]));
    const endpoints = { ready: endpoint('unhealthy', { dimension: 'readiness' }), live: endpoint('healthy') };
    expect(serviceHealth(subject, endpoints, 7, config.services[0]?.dimensions).status).toBe('degraded');
  });

  it('names the endpoints that are not well, five at most', () => {
    const sick = Array.from({ length: 8 }, () => endpoint('unhealthy'));
    expect(health(...sick).evidence).toHaveLength(5);
    expect(health(endpoint('healthy'), endpoint('unhealthy')).reason).toBe(
      '1 of 2 endpoints not healthy (score 0.50): e1: unhealthy, it is unhealthy',
    );
  });

  it('never gets better when one more endpoint turns unhealthy', () => {
    const rank: HealthState[] = ['healthy', 'degraded', 'unhealthy'];
    const states = fc.array(fc.constantFrom<HealthState>('healthy', 'degraded', 'unhealthy'), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(states, fc.nat(), (given, at) => {
        const before = health(...given.map((state) => endpoint(state)));
        const after = health(...given.map((state, index) => endpoint(index === at % given.length ? 'unhealthy' : state)));
        expect(after.score).toBeLessThanOrEqual(before.score);
        expect(rank.indexOf(after.status)).toBeGreaterThanOrEqual(rank.indexOf(before.status));
      }),
    );
  });
});

it('the worse of two states is unhealthy before degraded before healthy before unknown', () => {
  expect([worse('healthy', 'degraded'), worse('unhealthy', 'degraded'), worse('unknown', 'healthy')]).toEqual([
    'degraded',
    'unhealthy',
    'healthy',
  ]);
});
