import { describe, expect, it } from 'vitest';
import { looksNeeded, whyTooEarly } from '../../../core/execute/recovery.ts';
import type { Tally } from '../../../core/knowledge/failure-windows.ts';
import { SeededRandom } from '../../../simulator/world/random.ts';

const bucketMs = 20_000;
/** Buckets from 0 s on: looks and failures of each. */
const buckets = (...counts: [judged: number, failed: number][]): Tally[] =>
  counts.map(([judged, failed], index) => ({ at: index * bucketMs, judged, failed }));

describe('a proof of recovery', () => {
  it('asks nothing more of what had not failed', () => {
    expect(whyTooEarly(buckets([4, 0], [4, 0]), 20_000, 40_000)).toBeNull();
    expect(whyTooEarly([], 20_000, 40_000)).toBeNull();
  });

  it('asks for a run of passes that what fails as often as before would not show by chance', () => {
    const before = buckets([10, 6], [10, 6]);
    expect(whyTooEarly([...before, { at: 40_000, judged: 6, failed: 0 }], 40_000, 60_000)).toBe(
      '6 probes passed since the last that failed, 9 are wanted after 60 % had failed, or 90 s',
    );
    expect(whyTooEarly([...before, { at: 40_000, judged: 9, failed: 0 }], 40_000, 60_000)).toBeNull();
  });

  it('begins anew with each failure, and does not count what passed before the step', () => {
    const late = buckets([10, 6], [10, 0], [10, 1], [4, 0]);
    expect(whyTooEarly(late, 20_000, 80_000)).toContain('4 probes passed');
    expect(whyTooEarly(buckets([10, 6], [10, 0]), 40_000, 50_000)).toContain('0 probes passed');
  });

  it('takes ninety seconds without a failure where looks are few', () => {
    const few = [...buckets([2, 1]), { at: 60_000, judged: 1, failed: 0 }, { at: 120_000, judged: 1, failed: 0 }];
    expect(whyTooEarly(few, 40_000, 129_000)).not.toBeNull();
    expect(whyTooEarly(few, 40_000, 130_000)).toBeNull();
  });

  it.each([0.15, 0.3, 0.6, 0.9])('is deceived in less than one of a hundred proofs by what still fails %d of its looks', (share) => {
    const random = new SeededRandom(7);
    const proofs = 5_000;
    let deceived = 0;
    for (let proof = 0; proof < proofs; proof += 1) {
      let run = 0;
      for (let look = 0; look < 50 && run < looksNeeded(share); look += 1) run = random.next() < share ? 0 : run + 1;
      if (run >= looksNeeded(share)) deceived += 1;
    }
    expect(deceived / proofs).toBeLessThan(0.012);
  });

  it('asks for no more than forty-one looks, however rarely it failed', () => {
    expect([0.01, 0.15, 0.6, 1].map(looksNeeded)).toEqual([41, 41, 9, 3]);
  });
});
