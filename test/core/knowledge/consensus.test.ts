import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Finding, initConsensus, learnMiss, learnOutcome, thresholdOf, weigh } from '../../../core/knowledge/consensus.ts';
import { Anomaly } from '../../../core/model/index.ts';
import { DAY, START } from '../analyze/detect/traffic.ts';

const about = { subject: { service: 'checkout', region: 'eu-west-1' }, at: START, type: 'latency' };
const finding = (detector: string, score: number): Finding => ({ detector, score, reason: `${detector} says so` });

describe('the consensus', () => {
  it('makes nothing of ordinary scores', () => {
    expect(weigh(initConsensus(), about, [finding('sustained', 0.3), finding('onset', 0.1)])).toBeUndefined();
    expect(weigh(initConsensus(), about, [finding('sustained', Number.NaN)])).toBeUndefined();
    expect(weigh(initConsensus(), about, [])).toBeUndefined();
  });

  it('warns on one alarm and calls two that agree critical', () => {
    const one = weigh(initConsensus(), about, [finding('sustained', 0.8)]);
    const two = weigh(initConsensus(), about, [finding('sustained', 0.8), finding('onset', 0.8)]);
    expect(one?.severity).toBe('warning');
    expect(two?.severity).toBe('critical');
    expect(two?.confidence).toBeGreaterThan(one?.confidence ?? 1);
    expect(one?.reason).toContain('sustained says so (confidence');
  });

  it('lets two that nearly alarm make what neither makes alone', () => {
    const state = initConsensus();
    expect(weigh(state, about, [finding('sustained', 0.45)])).toBeUndefined();
    expect(weigh(state, about, [finding('sustained', 0.45), finding('onset', 0.45)])?.severity).toBe('warning');
  });

  it('calls a systemic alert critical though no endpoint crosses a threshold', () => {
    const anomaly = weigh(initConsensus(), about, [finding('isolation-forest', 0.6), finding('sustained', 0.1)]);
    expect(anomaly?.severity).toBe('critical');
    expect(anomaly?.reason).toContain('isolation-forest says so');
  });

  it('believes a detector less with every false alarm, until it alone no longer suffices', () => {
    const state = initConsensus();
    let falseAlarms = 0;
    for (
      let anomaly = weigh(state, about, [finding('onset', 0.6)]);
      anomaly && falseAlarms < 50;
      anomaly = weigh(state, about, [finding('onset', 0.6)])
    ) {
      learnOutcome(state, anomaly, false);
      falseAlarms++;
    }
    expect(falseAlarms).toBeGreaterThan(0);
    expect(falseAlarms).toBeLessThan(10);
    expect(weigh(state, about, [finding('sustained', 0.8)])).toBeDefined();
  });

  it('raises its bar after false alarms, lowers it after misses, and forgets both in days', () => {
    const state = initConsensus();
    const usual = thresholdOf(state);
    const anomaly = weigh(state, about, [finding('sustained', 0.9)]);
    if (anomaly) learnOutcome(state, anomaly, false);
    expect(thresholdOf(state)).toBeGreaterThan(usual);
    weigh(state, { ...about, at: START + 20 * DAY }, []);
    expect(thresholdOf(state)).toBeCloseTo(usual, 4);
    learnMiss(state);
    expect(thresholdOf(state)).toBeLessThan(usual);
  });

  it('always makes a valid Anomaly, and its state goes through JSON unchanged', () => {
    const findings = fc.array(
      fc.record({ detector: fc.constantFrom('rule', 'onset', 'sustained', 'isolation-forest'), score: fc.double(), reason: fc.string() }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(findings, fc.boolean()), { maxLength: 20 }), (rounds) => {
        const state = initConsensus();
        for (const [i, [found, real]] of rounds.entries()) {
          const anomaly = weigh(state, { ...about, at: START + i }, found);
          if (!anomaly) continue;
          expect(() => Anomaly.parse(anomaly)).not.toThrow();
          learnOutcome(state, anomaly, real);
        }
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      }),
    );
  });

  it('does not raise the bar for a detector that it has stopped believing', () => {
    const state = initConsensus();
    const usual = thresholdOf(state);
    for (let i = 0; i < 20; i++) learnOutcome(state, { detectors: [{ name: 'onset', score: 0.55 }] }, false);
    expect(thresholdOf(state) - usual).toBeLessThan(0.05);
    expect(weigh(state, about, [finding('sustained', 0.8)])).toBeDefined();
  });
});
