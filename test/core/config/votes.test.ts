import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../core/config/parse-config.ts';
import { childrenOf, healthCheckCount, healthThreshold, quorumOf, voteChildren } from '../../../core/config/votes.ts';
import { example } from './example.ts';

describe('votes', () => {
  it.each([
    [2, 2, 1, 2],
    [3, 2, 1, 2],
    [4, 3, 1, 3],
    [5, 3, 2, 4],
    [6, 4, 2, 5],
    [7, 4, 3, 6],
  ])('%i regions have a quorum of %i and a threshold of %i of %i children', (regions, quorum, threshold, children) => {
    expect([quorumOf(regions), healthThreshold(regions), childrenOf(regions)]).toEqual([quorum, threshold, children]);
  });

  it('takes a region out with a quorum of votes and never with fewer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 40 }), (regions) => {
        const standing = (votes: number) => childrenOf(regions) - votes;
        expect(standing(quorumOf(regions))).toBeLessThan(healthThreshold(regions));
        expect(standing(quorumOf(regions) - 1)).toBeGreaterThanOrEqual(healthThreshold(regions));
      }),
    );
  });

  it('keeps the threshold within the children for any number of regions', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 100 }), (regions) => {
        expect(healthThreshold(regions)).toBeGreaterThanOrEqual(1);
        expect(healthThreshold(regions)).toBeLessThanOrEqual(childrenOf(regions));
      }),
    );
  });

  it('has no threshold for a single region', () => {
    expect(() => healthThreshold(1)).toThrow('at least two regions, got 1');
  });

  it('asks each peer for a vote, and a lonely pair for its own heartbeat too', () => {
    expect(voteChildren(['a', 'b', 'c'], 'b')).toEqual([
      { kind: 'vote', voter: 'a' },
      { kind: 'vote', voter: 'c' },
    ]);
    expect(voteChildren(['a', 'b'], 'b')).toEqual([
      { kind: 'vote', voter: 'a' },
      { kind: 'heartbeat', voter: 'b' },
    ]);
    expect(voteChildren(['a'], 'a')).toEqual([]);
  });

  it('counts children and calculated checks per group and region', () => {
    const parsed = parseConfig(example());
    expect(parsed.ok && healthCheckCount(parsed.config)).toBe(9);
  });
});
