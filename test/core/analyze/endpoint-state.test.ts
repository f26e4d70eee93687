import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lookOf, stepEndpoint } from '../../../core/analyze/endpoint-state.ts';
import type { EndpointState, Sample, Verdict } from '../../../core/model/index.ts';

const sample = (verdict: Verdict, over: Partial<Sample> = {}): Sample => ({
  id: 'sample-1',
  at: 1000,
  vantage: 'eu-west-1',
  subject: { service: 'checkout', region: 'us-east-1', endpoint: 'health' },
  verdict,
  status: verdict === 'pass' ? 'healthy' : 'critical',
  phasesMs: {},
  dimension: 'liveness',
  reason: `it is ${verdict}`,
  ...over,
});

const limits = { failureCount: 3, successCount: 2 };
const endpoint = { weight: 1, dimension: 'liveness' };

/** One look after the other; what is remembered after the last. */
function rememberedAfter(verdicts: readonly Verdict[], before?: EndpointState): EndpointState {
  const end = verdicts.reduce<EndpointState | undefined>(
    (state, verdict, index) => stepEndpoint(state, lookOf([sample(verdict)]), index, endpoint, limits),
    before,
  );
  if (end === undefined) throw new Error('no look was taken');
  return end;
}

describe('one look at several addresses', () => {
  it.each([
    [['pass', 'pass', 'fail'], 'pass'],
    [['pass', 'fail'], 'fail'],
    [['fail', 'fail', 'pass'], 'fail'],
    [['inconclusive', 'fail', 'pass', 'pass'], 'pass'],
    [['inconclusive', 'inconclusive'], 'inconclusive'],
  ] as [Verdict[], Verdict][])('of which the verdicts are %j is a %s: half of those judged decide', (verdicts, wanted) => {
    expect(lookOf(verdicts.map((verdict) => sample(verdict))).verdict).toBe(wanted);
  });

  it('names the sick addresses and the shortest certificate', () => {
    const look = lookOf([
      sample('fail', { address: '192.0.2.1' }),
      sample('pass', { address: '192.0.2.2', certificateDays: 9 }),
      sample('pass', { address: '192.0.2.3', certificateDays: 4 }),
    ]);
    expect(look).toMatchObject({
      verdict: 'pass',
      sickAddresses: ['192.0.2.1'],
      certificateDays: 4,
      reason: '1 of 3 addresses: it is fail',
    });
  });
});

describe('the hysteresis of an endpoint', () => {
  it('turns it unhealthy at the third failure in a row, not before', () => {
    expect(rememberedAfter(['pass', 'fail', 'fail']).status).toBe('healthy');
    expect(rememberedAfter(['pass', 'fail', 'fail', 'fail']).status).toBe('unhealthy');
  });

  it('begins to count anew after a pass', () => {
    expect(rememberedAfter(['pass', 'fail', 'fail', 'pass', 'fail', 'fail']).status).toBe('healthy');
  });

  it('turns it healthy again at the second pass in a row, not before', () => {
    const down: Verdict[] = ['fail', 'fail', 'fail'];
    expect(rememberedAfter([...down, 'pass']).status).toBe('unhealthy');
    expect(rememberedAfter([...down, 'pass', 'pass']).status).toBe('healthy');
    expect(rememberedAfter([...down, 'pass', 'fail', 'pass']).status).toBe('unhealthy');
  });

  it('is not moved by an inconclusive look, in either direction', () => {
    expect(rememberedAfter(['fail', 'fail', 'inconclusive']).failures).toBe(2);
    expect(rememberedAfter(['fail', 'fail', 'inconclusive', 'fail']).status).toBe('unhealthy');
    expect(rememberedAfter(['inconclusive']).status).toBe('unknown');
  });

  it('calls an endpoint degraded while some addresses are sick or answers are slow', () => {
    const some = lookOf([sample('pass'), sample('pass'), sample('fail', { address: '192.0.2.1' })]);
    expect(stepEndpoint(undefined, some, 1, endpoint, limits).status).toBe('degraded');
    expect(stepEndpoint(undefined, lookOf([sample('pass', { status: 'warning' })]), 1, endpoint, limits).status).toBe('degraded');
  });

  it('is unhealthy exactly from a run of failures to the next run of successes', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom<Verdict>('pass', 'fail'), { minLength: 1, maxLength: 30 }), (verdicts) => {
        let down = false;
        let [failures, successes] = [0, 0];
        for (const verdict of verdicts) {
          [failures, successes] = verdict === 'fail' ? [failures + 1, 0] : [0, successes + 1];
          if (failures >= limits.failureCount) down = true;
          else if (successes >= limits.successCount) down = false;
        }
        expect(rememberedAfter(verdicts).status === 'unhealthy').toBe(down);
      }),
    );
  });

  it('stops its counters at a hundred, so that a calm endpoint’s state stands still', () => {
    expect(rememberedAfter(Array.from({ length: 150 }, () => 'pass' as const)).successes).toBe(100);
  });
});

describe('the addresses of an endpoint', () => {
  const look = (sick: boolean) =>
    lookOf([sample(sick ? 'fail' : 'pass', { address: '192.0.2.1' }), sample('pass', { address: '192.0.2.2' })]);
  const rememberedOf = (looks: readonly boolean[]) =>
    looks.reduce<EndpointState | undefined>((state, sick, index) => stepEndpoint(state, look(sick), index, endpoint, limits), undefined);

  it('are remembered by how often they failed lately, and forgotten when they are well again', () => {
    expect(rememberedOf([false, false])).not.toHaveProperty('failingShares');
    expect(rememberedOf([true, true])?.failingShares).toEqual({ '192.0.2.1': expect.closeTo(0.36, 6) });
    expect(rememberedOf([true, true, ...Array<boolean>(14).fill(false)])).not.toHaveProperty('failingShares');
  });
});
