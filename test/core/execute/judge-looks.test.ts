import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeLooks } from '../../../core/execute/run-step.ts';
import type { StepRecord, Verdict } from '../../../core/model/index.ts';
import { recordOf } from './planned-run.ts';

const step = (k: number, n: number, deadlineSeconds = 60) => ({ kind: 'prove', verify: { k, n, deadlineSeconds, vantages: 1 } });
const look = (verdict: Verdict, final = false) => ({ verdict, reason: `it is ${verdict}`, final });

/** Looks one after the other, a second apart, until the judge is sure. */
function watch(
  verdicts: readonly Verdict[],
  k: number,
  n: number,
  deadlineSeconds: number,
): { verdict: Verdict; record: StepRecord; looks: number } {
  let record = recordOf();
  for (const [index, verdict] of verdicts.entries()) {
    const judged = judgeLooks(step(k, n, deadlineSeconds), record, look(verdict), index * 1000);
    if (judged.verdict !== 'inconclusive') return { ...judged, looks: index + 1 };
    record = judged.record;
  }
  return { verdict: 'inconclusive', record, looks: verdicts.length };
}

describe('the judge of looks', () => {
  it('is sure at the k-th pass among the last n looks', () => {
    expect(watch(['pass', 'fail', 'pass'], 2, 3, 60)).toMatchObject({ verdict: 'pass', looks: 3 });
  });

  it('forgets passes that are older than the last n looks', () => {
    expect(watch(['pass', 'fail', 'fail', 'pass'], 2, 3, 60).verdict).toBe('inconclusive');
  });

  it('never counts an inconclusive look as a pass', () => {
    expect(watch(['inconclusive', 'inconclusive', 'inconclusive'], 1, 3, 60).verdict).toBe('inconclusive');
  });

  it('looks again after a fail that may still turn, and stops at once at a final one', () => {
    expect(judgeLooks(step(1, 1), recordOf(), look('fail'), 1000).verdict).toBe('inconclusive');
    const judged = judgeLooks(step(1, 1), recordOf(), look('fail', true), 1000);
    expect(judged).toMatchObject({ verdict: 'fail', record: { state: 'failed', verdict: 'fail', reason: 'it is fail' } });
  });

  it('fails at the deadline and says how many passes were missing', () => {
    const judged = judgeLooks(step(2, 3, 60), recordOf({ looks: ['pass'] }), look('inconclusive'), 60_000);
    expect(judged.verdict).toBe('fail');
    expect(judged.record.reason).toBe('prove did not prove itself in 60 s (1 of 2 passes): it is inconclusive');
  });

  it('still passes at the deadline when the last look makes it k', () => {
    expect(judgeLooks(step(2, 3, 60), recordOf({ looks: ['pass'] }), look('pass'), 60_000).verdict).toBe('pass');
  });

  it('passes exactly when some window of n looks before the deadline holds k passes', () => {
    const verdicts = fc.array(fc.constantFrom<Verdict>('pass', 'fail', 'inconclusive'), { maxLength: 12 });
    fc.assert(
      fc.property(verdicts, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 2 }), (all, k, more) => {
        const n = k + more;
        const first = all.findIndex((_, end) => all.slice(Math.max(0, end - n + 1), end + 1).filter((each) => each === 'pass').length >= k);
        expect(watch(all, k, n, 3600).verdict).toBe(first >= 0 ? 'pass' : 'inconclusive');
      }),
    );
  });
});
