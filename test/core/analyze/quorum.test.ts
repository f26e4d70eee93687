import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeQuorum } from '../../../core/analyze/quorum.ts';
import type { HealthState, Observation } from '../../../core/model/index.ts';

const now = 1_000_000;
const group = 'checkout';

function seen(observer: string, region: string, status: HealthState, over: Partial<Observation> = {}): Observation {
  const view = { group, region, status, score: 0, responseMs: 1, since: 0, reason: 'a test' };
  return { observer, at: now, abstains: false, views: [view], traffic: {}, reason: 'a test', ...over };
}

const ask = (regions: string[], subject: string, observations: Observation[]) =>
  judgeQuorum({ group, subject, regions, observations, now, stalenessSeconds: 60 });

describe('a quorum of three regions', () => {
  const regions = ['a', 'b', 'c'];

  it('is reached when both others find the region unhealthy, and says who', () => {
    const answer = ask(regions, 'a', [seen('b', 'a', 'unhealthy'), seen('c', 'a', 'unhealthy')]);
    expect(answer).toMatchObject({ impaired: true, agree: ['b', 'c'], needed: 2 });
    expect(answer.reason).toBe('2 of 2 needed find a impaired for checkout: b says unhealthy, c says unhealthy');
  });

  it('is not reached by one alone, nor with the region’s own word', () => {
    const answer = ask(regions, 'a', [seen('b', 'a', 'unhealthy'), seen('a', 'a', 'unhealthy')]);
    expect(answer).toMatchObject({ impaired: false, agree: ['b'] });
  });

  it.each([
    ['abstains', { abstains: true }],
    ['has not spoken for longer than the staleness', { at: now - 60_001 }],
  ] as const)('does not count an observer that %s', (_what, over) => {
    expect(ask(regions, 'a', [seen('b', 'a', 'unhealthy'), seen('c', 'a', 'unhealthy', over)]).impaired).toBe(false);
  });

  it('counts an observation that is exactly as old as it may be', () => {
    expect(ask(regions, 'a', [seen('b', 'a', 'unhealthy'), seen('c', 'a', 'unhealthy', { at: now - 60_000 })]).impaired).toBe(true);
  });

  it('takes degraded and unknown for no agreement: missing data is not failure', () => {
    expect(ask(regions, 'a', [seen('b', 'a', 'degraded'), seen('c', 'a', 'unknown')]).agree).toEqual([]);
  });

  it('does not let a region speak that is not configured', () => {
    expect(ask(regions, 'a', [seen('b', 'a', 'unhealthy'), seen('x', 'a', 'unhealthy')]).impaired).toBe(false);
  });
});

describe('a quorum of two regions', () => {
  const regions = ['a', 'b'];

  it.each([
    ['silent', []],
    ['failing by its own word', [seen('a', 'a', 'unhealthy')]],
  ] as const)('needs the other and the region’s own heartbeat, withheld because it is %s', (_what, own) => {
    expect(ask(regions, 'a', [seen('b', 'a', 'unhealthy'), ...own])).toMatchObject({ impaired: true, agree: ['b', 'a'] });
  });

  it('is not reached while the region finds itself well', () => {
    expect(ask(regions, 'a', [seen('b', 'a', 'unhealthy'), seen('a', 'a', 'healthy')]).impaired).toBe(false);
  });

  it('is not reached by a region’s silence alone', () => {
    expect(ask(regions, 'a', [seen('b', 'a', 'healthy')]).impaired).toBe(false);
  });
});

it('is reached by exactly those with ⌊N/2⌋ + 1 outside observers that agree, for three to six regions', () => {
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 6 }), fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), (count, words) => {
      const regions = Array.from({ length: count }, (_, index) => `region-${index}`);
      const observations = regions.map((observer, index) => seen(observer, 'region-0', words[index] ? 'unhealthy' : 'healthy'));
      const agreeing = regions.filter((_, index) => index > 0 && words[index]).length;
      expect(ask(regions, 'region-0', observations).impaired).toBe(agreeing >= Math.floor(count / 2) + 1);
    }),
  );
});
