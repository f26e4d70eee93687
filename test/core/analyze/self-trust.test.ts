import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeSelf, selfTestService } from '../../../core/analyze/self-trust.ts';
import type { EndpointState, HealthState, Sample, ServiceState, Verdict } from '../../../core/model/index.ts';

const reference = (verdict: Verdict): Sample => ({
  id: 'sample-1',
  at: 1,
  vantage: 'eu-west-1',
  subject: { service: selfTestService },
  verdict,
  status: verdict === 'pass' ? 'healthy' : 'critical',
  phasesMs: {},
  dimension: 'liveness',
  reason: `reference: ${verdict}`,
});

function state(...statuses: HealthState[]): ServiceState {
  const endpoint = (status: HealthState): EndpointState => ({
    ...{ status, failures: 0, successes: 0, at: 1, responseMs: 1, weight: 1, dimension: 'liveness', sickAddresses: [], addresses: 1 },
    ...{ last: 'pass' as const, reason: 'a test' },
  });
  const health = {
    subject: { service: 'checkout' },
    at: 1,
    status: 'healthy' as const,
    score: 1,
    dimensions: {},
    reason: 'a test',
    evidence: [],
  };
  return { health, since: 0, endpoints: Object.fromEntries(statuses.map((status, index) => [`e${index}`, endpoint(status)])) };
}

describe('an observer', () => {
  it('trusts itself while one of its references answers', () => {
    expect(judgeSelf([reference('fail'), reference('pass')], [state('healthy')], 0.5).abstains).toBe(false);
  });

  it('abstains when none of them passes, and says why', () => {
    expect(judgeSelf([reference('fail'), reference('inconclusive')], [state('healthy')], 0.5)).toEqual({
      abstains: true,
      reason: 'none of 2 known-good references answers (reference: fail)',
    });
  });

  it('abstains when more than half of everything looks unhealthy at once, not at exactly half', () => {
    expect(judgeSelf([reference('pass')], [state('unhealthy', 'unhealthy', 'healthy', 'healthy')], 0.5).abstains).toBe(false);
    expect(judgeSelf([reference('pass')], [state('unhealthy', 'unhealthy', 'unhealthy', 'healthy')], 0.5).abstains).toBe(true);
  });

  it('draws no conclusion from two endpoints, nor from endpoints without a verdict', () => {
    expect(judgeSelf([], [state('unhealthy', 'unhealthy')], 0.5).abstains).toBe(false);
    expect(judgeSelf([], [state('unhealthy', 'unhealthy', 'unknown', 'unknown')], 0.5).abstains).toBe(false);
  });

  it('abstains exactly above the share, for any number of endpoints from three on', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 20 }),
        fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        (sick, fine, share) => {
          fc.pre(sick + fine >= 3);
          const statuses = [
            ...Array.from({ length: sick }, () => 'unhealthy' as const),
            ...Array.from({ length: fine }, () => 'healthy' as const),
          ];
          expect(judgeSelf([reference('pass')], [state(...statuses)], share).abstains).toBe(sick > (sick + fine) * share);
        },
      ),
    );
  });
});
