import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chartDesign,
  evidenceShare,
  type FailureKind,
  type FailureState,
  failureDefaults,
  initFailures,
  stepFailures,
} from '../../../../core/analyze/detect/failure-cusum.ts';
import { MINUTE, START } from './traffic.ts';

/**
 * False alarms a request of a Bernoulli CUSUM, by its Markov chain (Brook and Evans, 1972): the chance that an excursion,
 * which a failure starts, reaches the threshold before the evidence is back at 0. The lattice fits the step of a success;
 * a failure's is rounded to it, by 0.005 nats at most.
 */
function falseAlarmsOf(usual: number, failing: number, threshold: number): number {
  const success = Math.log((1 - usual) / (1 - failing));
  const down = Math.ceil(success / 0.01);
  const cell = success / down;
  const [up, top] = [Math.round(Math.log(failing / usual) / cell), Math.ceil(threshold / cell)];
  const chance = new Float64Array(top);
  const chanceAt = (at: number) => (at >= top ? 1 : at <= 0 ? 0 : (chance[at] ?? 0));
  for (let moved = 1; moved > 1e-15; ) {
    moved = 0;
    for (let at = 1; at < top; at++) {
      const next = (1 - usual) * chanceAt(at - down) + usual * chanceAt(at + up);
      moved = Math.max(moved, Math.abs(next - (chance[at] ?? 0)));
      chance[at] = next;
    }
  }
  return usual * chanceAt(up);
}

/** What has seen one failure in two thousand requests, of either kind as often. */
function practised(): FailureState {
  const state = initFailures();
  for (let i = -20_000; i < 0; i++)
    stepFailures(state, START + i * MINUTE, i % 4000 === 0 ? 'answered' : i % 4000 === -2000 ? 'unanswered' : null, failureDefaults);
  return state;
}

/** Minutes at which an alarm begins. */
function alarmsOf(failures: Readonly<Record<number, FailureKind>>): number[] {
  const state = practised();
  const alarms: number[] = [];
  for (let i = 1; i < 400; i++) {
    const before = state.alarm;
    stepFailures(state, START + i * MINUTE, failures[i] ?? null, failureDefaults);
    if (state.alarm && !before) alarms.push(i);
  }
  return alarms;
}

describe('the charts of failures', () => {
  it('alarm falsely no more often than allowed, whatever share of requests usually fails', () => {
    for (const chart of ['answered', 'any'] as const)
      for (const usual of [1e-5, 2.5e-4, 5e-4, 2e-3, 0.01, 0.04, 0.12]) {
        const { failing, threshold } = chartDesign(usual, chart, failureDefaults);
        const rate = falseAlarmsOf(usual, failing, threshold);
        expect(rate).toBeLessThanOrEqual(failureDefaults.falseAlarms);
        // And not by making it deaf: an excursion overshoots by less than one failure's worth.
        expect(rate).toBeGreaterThan((failureDefaults.falseAlarms * usual) / failing);
      }
  });

  it('need two failures of one kind within a quarter of an hour, or of both kinds within minutes', () => {
    expect(alarmsOf({ 100: 'answered' })).toEqual([]);
    expect(alarmsOf({ 100: 'answered', 115: 'answered' })).toEqual([115]);
    expect(alarmsOf({ 100: 'unanswered', 115: 'unanswered' })).toEqual([115]);
    expect(alarmsOf({ 100: 'answered', 115: 'unanswered' })).toEqual([]);
    expect(alarmsOf({ 100: 'answered', 103: 'unanswered' })).toEqual([103]);
    expect(alarmsOf({ 100: 'answered', 160: 'answered' })).toEqual([]);
  });

  it('let go after half an hour of successes, and never tell more than twice the evidence that alarms', () => {
    const anyKind = fc.constantFrom<FailureKind | null>('answered', 'unanswered', null);
    fc.assert(
      fc.property(fc.array(anyKind, { maxLength: 200 }), (kinds) => {
        const state = initFailures();
        const step = (i: number, kind: FailureKind | null) => stepFailures(state, START + i * MINUTE, kind, failureDefaults);
        kinds.forEach((kind, i) => {
          step(i, kind);
          expect(evidenceShare(state, failureDefaults)).toBeLessThan(2.2);
        });
        for (let i = 0; i < failureDefaults.releaseSuccesses; i++) step(kinds.length + i, null);
        expect(state.alarm).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});
