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

const stepAt = (state: FailureState, minute: number, failure: FailureKind | null) =>
  stepFailures(state, START + minute * MINUTE, failure, MINUTE, failureDefaults);

/** What has seen one failure in two thousand requests, of either kind as often. */
function practised(): FailureState {
  const state = initFailures();
  for (let i = -20_000; i < 0; i++) stepAt(state, i, i % 4000 === 0 ? 'answered' : i % 4000 === -2000 ? 'unanswered' : null);
  return state;
}

/** Minutes at which an alarm begins. */
function alarmsOf(failures: Readonly<Record<number, FailureKind>>): number[] {
  const state = practised();
  const alarms: number[] = [];
  for (let i = 1; i < 400; i++) {
    const before = state.alarm;
    stepAt(state, i, failures[i] ?? null);
    if (state.alarm && !before) alarms.push(i);
  }
  return alarms;
}

describe('the charts of failures', () => {
  it('alarm falsely no more often than allowed, whatever share of requests usually fails', () => {
    for (const chart of ['answered', 'unanswered', 'any'] as const)
      for (const usual of [1e-5, 2.5e-4, 5e-4, 2e-3, 0.01, 0.04, 0.12]) {
        const { failing, threshold } = chartDesign(usual, chart, MINUTE, failureDefaults);
        const rate = falseAlarmsOf(usual, failing, threshold);
        const allowed = failureDefaults.falseAlarms[chart];
        expect(rate).toBeLessThanOrEqual(allowed);
        // And not by making it deaf: an excursion overshoots by less than one failure's worth.
        expect(rate).toBeGreaterThan((allowed * usual) / failing);
      }
  });

  it('alarm falsely no more often in a day when requests come three times a minute', () => {
    const { failing, threshold } = chartDesign(0.01, 'any', MINUTE / 3, failureDefaults);
    expect(falseAlarmsOf(0.01, failing, threshold)).toBeLessThanOrEqual(failureDefaults.falseAlarms.any / 3);
    for (const slower of [0, 10 * MINUTE])
      expect(chartDesign(0.01, 'any', slower, failureDefaults)).toEqual(chartDesign(0.01, 'any', MINUTE, failureDefaults));
  });

  it('forgive a lone failure even after half a year without any', () => {
    const state = initFailures();
    for (let i = 0; i < 260_000; i++) stepAt(state, i, null);
    stepAt(state, 260_000, 'answered');
    expect(state.alarm).toBe(false);
    stepAt(state, 260_001, 'answered');
    expect(state.alarm).toBe(true);
  });

  it('need two errors within forty minutes, two timeouts within a quarter of an hour, or one of each within minutes', () => {
    expect(alarmsOf({ 100: 'answered' })).toEqual([]);
    expect(alarmsOf({ 100: 'answered', 140: 'answered' })).toEqual([140]);
    expect(alarmsOf({ 100: 'unanswered', 115: 'unanswered' })).toEqual([115]);
    expect(alarmsOf({ 100: 'answered', 115: 'unanswered' })).toEqual([]);
    expect(alarmsOf({ 100: 'answered', 103: 'unanswered' })).toEqual([103]);
    expect(alarmsOf({ 100: 'answered', 160: 'answered' })).toEqual([]);
    expect(alarmsOf({ 100: 'unanswered', 140: 'unanswered' })).toEqual([]);
  });

  it('let go after half an hour of successes, and never tell more than twice the evidence that alarms', () => {
    const anyKind = fc.constantFrom<FailureKind | null>('answered', 'unanswered', null);
    fc.assert(
      fc.property(fc.array(anyKind, { maxLength: 200 }), (kinds) => {
        const state = initFailures();
        kinds.forEach((kind, i) => {
          stepAt(state, i, kind);
          expect(evidenceShare(state, MINUTE, failureDefaults)).toBeLessThan(2.2);
        });
        for (let i = 0; i < failureDefaults.releaseSuccesses; i++) stepAt(state, kinds.length + i, null);
        expect(state.alarm).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});
