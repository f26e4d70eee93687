import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../../core/model/index.ts';
import { afterProbe, firstInterval, IntervalState, intervalRuleOf, isDue, isHurried, slotsEveryMs } from '../../../core/probe/interval.ts';

const rule = intervalRuleOf({ base: 30, min: 5, max: 300 });
const failoverRule = intervalRuleOf({ base: 20, min: 5, max: 20 });

function intervalsAfter(verdicts: Verdict[], used = rule): number[] {
  let state = firstInterval(used, 0);
  return verdicts.map((verdict) => {
    state = afterProbe(state, verdict, state.nextDueAt, used);
    return state.intervalMs / 1000;
  });
}

const times = (count: number, verdict: Verdict): Verdict[] => Array.from({ length: count }, () => verdict);

describe('the interval', () => {
  test('is the base at first, and the endpoint due at once', () => {
    expect(firstInterval(rule, 7000)).toEqual({ intervalMs: 30_000, recent: '', nextDueAt: 7000 });
  });

  test('halves with every probe while the last ten hold a failure, down to five seconds', () => {
    expect(intervalsAfter(['fail', 'pass', 'pass', 'pass'])).toEqual([15, 7.5, 5, 5]);
  });

  test('stays until ten successes are there, then grows by half up to five minutes', () => {
    const intervals = intervalsAfter(times(17, 'pass'));
    expect(intervals.slice(0, 9)).toEqual(Array.from({ length: 9 }, () => 30));
    expect(intervals.slice(9)).toEqual([45, 67.5, 101.25, 151.875, 227.8125, 300, 300, 300]);
  });

  test('grows again once the failure has left the last ten', () => {
    const intervals = intervalsAfter(['fail', ...times(11, 'pass')]);
    expect(intervals.slice(-3)).toEqual([5, 7.5, 11.25]);
  });

  test('of an endpoint that is heeded is the quickest, however calm it was', () => {
    const calm = { intervalMs: 300_000, recent: '', nextDueAt: 300_000 };
    expect([0, 4_999, 5_000, 20_000].map((slot) => isDue(calm, slot, rule.minMs))).toEqual([false, false, true, true]);
    const hurried = { intervalMs: 5_000, recent: '', nextDueAt: 5_000 };
    expect([4_999, 5_000].map((slot) => isDue(hurried, slot, 20_000))).toEqual([false, true]);
  });

  test('asks for slots in between while one of the last ten looks failed, as grey trouble passes now and then', () => {
    let state = firstInterval(failoverRule, 0);
    const hurried = (['pass', 'fail', 'pass', 'pass', ...times(9, 'pass')] as Verdict[]).map((verdict) => {
      const slotAt = state.nextDueAt;
      state = afterProbe(state, verdict, slotAt, failoverRule);
      return isHurried(state, slotAt + slotsEveryMs);
    });
    expect(hurried).toEqual([false, ...times(10, 'pass').map(() => true), false, false]);
    expect(isHurried(undefined, 0)).toBe(false);
  });

  test('of a service with failover on never passes twenty seconds', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom<Verdict>('pass', 'fail', 'inconclusive')), (verdicts) =>
        intervalsAfter(verdicts, failoverRule).every((seconds) => seconds >= 5 && seconds <= 20),
      ),
    );
  });

  test('takes nothing from a probe that is inconclusive', () => {
    expect(intervalsAfter(times(12, 'inconclusive'))).toEqual(Array.from({ length: 12 }, () => 30));
  });

  test('counts from the slot, so that an endpoint as frequent as its slots misses none', () => {
    let state = firstInterval(failoverRule, 0);
    const probedAt: number[] = [];
    for (let slot = 0; slot <= 100_000; slot += 20_000) {
      if (!isDue(state, slot)) continue;
      probedAt.push(slot);
      state = afterProbe(state, 'pass', slot, failoverRule);
    }
    expect(probedAt).toEqual([0, 20_000, 40_000, 60_000, 80_000, 100_000]);
  });

  test('is due at the first slot at or after the time it is due', () => {
    const state = { intervalMs: 7500, recent: '', nextDueAt: 7500 };
    expect([0, 5000, 10_000].map((slot) => isDue(state, slot))).toEqual([false, false, true]);
  });

  test('survives being written down', () => {
    const state = afterProbe(firstInterval(rule, 0), 'fail', 0, rule);
    expect(IntervalState.parse(JSON.parse(JSON.stringify(state)))).toEqual(state);
  });
});
