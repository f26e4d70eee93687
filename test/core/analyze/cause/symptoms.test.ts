import { describe, expect, it } from 'vitest';
import { symptomsOf } from '../../../../core/analyze/cause/symptoms.ts';
import type { EndpointState, ServiceState } from '../../../../core/model/index.ts';

const onsetAt = 1_767_614_400_000;
const period = { onsetAt, windowMs: 300_000 };

function endpoint(over: Partial<EndpointState> = {}): EndpointState {
  return {
    ...{ status: 'healthy', failures: 0, successes: 10, at: onsetAt + 20_000, responseMs: 50, weight: 1, dimension: 'liveness' },
    ...{ sickAddresses: [], addresses: 2, last: 'pass', reason: 'answered' },
    ...over,
  };
}

function state(endpoints: Record<string, EndpointState>, status: ServiceState['health']['status'] = 'healthy', since = 0): ServiceState {
  const subject = { service: 'checkout', region: 'us-east-1' };
  return { health: { subject, at: onsetAt, status, score: 1, dimensions: {}, reason: '', evidence: [] }, since, endpoints };
}

const failing = endpoint({ status: 'unhealthy', failures: 3, successes: 0, last: 'fail', failedIn: 'connect', reason: 'no answer' });

describe('symptoms', () => {
  it('are the failures around the onset, with where they failed and since when', () => {
    const [seen] = symptomsOf([state({ health: failing, order: endpoint() }, 'unhealthy', onsetAt + 3_000)], period);
    expect(seen).toMatchObject({ failing: 1, failedIn: 'connect', since: onsetAt + 3_000, reason: 'health: no answer' });
  });

  it('do not hold what began to fail more than five minutes before', () => {
    expect(symptomsOf([state({ health: failing }, 'unhealthy', onsetAt - 300_001)], period)).toEqual([]);
    expect(symptomsOf([state({ health: failing }, 'unhealthy', onsetAt - 299_999)], period)).toHaveLength(1);
  });

  it('tell well from not looked at since', () => {
    expect(symptomsOf([state({ health: endpoint() })], period)).toMatchObject([{ failing: 0, since: null }]);
    expect(symptomsOf([state({ health: endpoint({ at: onsetAt - 60_000 }) })], period)).toEqual([]);
  });

  it('half believe an endpoint that passes now and then', () => {
    const wavering = endpoint({ status: 'unhealthy', successes: 1, last: 'pass' });
    expect(symptomsOf([state({ a: wavering, b: wavering }, 'unhealthy', onsetAt)], period)).toMatchObject([{ failing: 1 }]);
    expect(symptomsOf([state({ a: wavering, b: endpoint() }, 'unhealthy', onsetAt)], period)).toMatchObject([{ failing: 0.5 }]);
  });

  it('name the addresses that fail while others pass', () => {
    const partly = endpoint({ status: 'degraded', sickAddresses: ['192.0.2.12'], addresses: 4 });
    expect(symptomsOf([state({ health: partly }, 'degraded', onsetAt)], period)).toMatchObject([
      { failing: 0, sickAddresses: ['192.0.2.12'] },
    ]);
  });

  it('name an address by what it shows over several looks against its peers, not by one look at a service that fails half the time', () => {
    const look = { status: 'degraded' as const, sickAddresses: ['192.0.2.11', '192.0.2.13'], addresses: 4 };
    const addressesOf = (failingShares: Record<string, number>) =>
      symptomsOf([state({ health: endpoint({ ...look, failingShares }) }, 'degraded', onsetAt)], period)[0]?.sickAddresses;
    expect(addressesOf({ '192.0.2.11': 0.55, '192.0.2.12': 0.4, '192.0.2.13': 0.6, '192.0.2.14': 0.5 })).toEqual([]);
    expect(addressesOf({ '192.0.2.13': 0.5 })).toEqual(['192.0.2.13']);
    expect(addressesOf({ '192.0.2.12': 0.6, '192.0.2.13': 0.5, '192.0.2.14': 0.02 })).toEqual(['192.0.2.12', '192.0.2.13']);
  });
});
