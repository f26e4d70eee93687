import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Detector, DetectorSample } from '../../../../core/analyze/detect/detector.ts';
import { forestWatch } from '../../../../core/analyze/detect/forest-watch.ts';
import { onsetDetector } from '../../../../core/analyze/detect/onset.ts';
import { ruleDetector } from '../../../../core/analyze/detect/rule.ts';
import { analyzeSample, initSeries, restoreSeries } from '../../../../core/analyze/detect/series-analyzer.ts';
import { sustainedDetector } from '../../../../core/analyze/detect/sustained.ts';
import { latencies, MINUTE, START } from './traffic.ts';

/** The same questions for every detector, whatever its state is. */
interface Subject {
  name: string;
  fresh(): { step(sample: DetectorSample): number; save(): string; restore(saved: string): void };
}

function subjectOf<State>(detector: Detector<State>): Subject {
  return {
    name: detector.name,
    fresh: () => {
      let state = detector.init();
      return {
        step: (sample) => detector.step(state, sample).score,
        save: () => detector.save(state),
        restore: (saved) => {
          state = detector.restore(saved);
        },
      };
    },
  };
}

const rule = {
  comparison: '>',
  threshold: 70,
  periodMs: MINUTE,
  evaluationPeriods: 3,
  datapointsToAlarm: 2,
  evaluationRange: 5,
  treatMissingData: 'missing',
} as const;
const subjects = [
  subjectOf(onsetDetector({ learnSamples: 20 })),
  subjectOf(sustainedDetector({ latency: { learnMs: 30 * MINUTE } })),
  subjectOf(ruleDetector(rule)),
  subjectOf(forestWatch({ baselineRows: 100, recentRows: 40 })),
];

const anyValue = fc.oneof(
  { weight: 6, arbitrary: fc.double({ min: 0, max: 1000, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -5, 1e300, -1e99, 5e-324) },
);
/** Minutes to the sample before: mostly one, now and then none, a step back or a long gap. */
const anyStep = fc.oneof({ weight: 8, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constantFrom(0, -1, -600, 45, 20_000) });
const anySamples = fc.array(fc.record({ value: anyValue, step: anyStep, ok: fc.boolean() }), { maxLength: 150 }).map((list) => {
  let at = START;
  return list.map(({ value, step, ok }): DetectorSample => {
    at += step * MINUTE;
    return { at, value, ok };
  });
});

describe.each(subjects)('$name', ({ fresh }) => {
  it('scores anything between 0 and 1 and keeps a state that JSON can carry', () => {
    fc.assert(
      fc.property(anySamples, (samples) => {
        const detector = fresh();
        for (const sample of samples) {
          const score = detector.step(sample);
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1);
        }
        expect(JSON.stringify(JSON.parse(detector.save()))).toBe(detector.save());
        expect(detector.save()).not.toContain('null,');
      }),
      { numRuns: 60 },
    );
  });

  it('goes on identically after it was saved and restored', () => {
    fc.assert(
      fc.property(anySamples, anySamples, (before, after) => {
        const detector = fresh();
        for (const sample of before) detector.step(sample);
        const copy = fresh();
        copy.restore(detector.save());
        for (const sample of after) expect(copy.step(sample)).toBe(detector.step(sample));
        expect(copy.save()).toBe(detector.save());
      }),
      { numRuns: 60 },
    );
  });

  it('says nothing on one sample, and refuses a state that is not its own', () => {
    expect(fresh().step({ at: START, value: 50 })).toBeLessThan(0.5);
    expect(() => fresh().restore('{"detector":"another","version":1,"state":{}}')).toThrow('start with init()');
    expect(() => fresh().restore('null')).toThrow();
    expect(() => fresh().restore(fresh().save().replace('"version":1', '"version":0'))).toThrow('start with init()');
  });

  it('keeps still on a constant series', () => {
    const detector = fresh();
    for (let i = 0; i < 5000; i++) expect(detector.step({ at: START + i * MINUTE, value: 50 })).toBeLessThan(0.5);
  });
});

describe.each(subjects.slice(0, 2))('$name', ({ fresh }) => {
  it('is not moved by duplicates, steps back of the clock and values that are no number', () => {
    const [clean, disturbed] = [fresh(), fresh()];
    for (const [i, value] of latencies(400).entries()) {
      const at = START + i * MINUTE;
      const score = clean.step({ at, value });
      expect(disturbed.step({ at, value })).toBe(score);
      disturbed.step({ at, value: 9999 });
      disturbed.step({ at: at - 90 * MINUTE, value: 9999 });
    }
    expect(disturbed.save()).toBe(clean.save());
  });
});

describe('a series', () => {
  it('goes on from its JSON text, and learns anew from a text of another version', () => {
    const state = initSeries();
    for (const [i, value] of latencies(300).entries()) analyzeSample(state, { at: START + i * MINUTE, value, ok: i % 50 !== 0 });
    const copy = restoreSeries(JSON.stringify(state));
    for (const [i, value] of latencies(300, 2).entries()) {
      const sample = { at: START + (300 + i) * MINUTE, value };
      expect(analyzeSample(copy, sample)).toEqual(analyzeSample(state, sample));
    }
    expect(copy).toEqual(state);
    const { version: _, ...old } = state;
    expect(restoreSeries(JSON.stringify(old))).toEqual(initSeries());
    expect(restoreSeries('null')).toEqual(initSeries());
  });

  it('shows the onset detector one look a minute, however often it is looked at, and the other every look', () => {
    const state = initSeries();
    for (const [i, value] of latencies(300).entries()) analyzeSample(state, { at: START + i * (MINUTE / 3), value });
    expect(state.onset.samples).toBe(100);
    expect(state.sustained.latency.learnt).toBe(300);
  });

  it('stays within 48 KB over a million samples', { timeout: 60_000 }, () => {
    const state = initSeries();
    const values = latencies(20_160);
    for (let i = 0; i < 1_000_000; i++)
      analyzeSample(state, { at: START + i * MINUTE, value: values[i % 20_160] ?? 0, ok: i % 1999 !== 0 });
    const text = JSON.stringify(state);
    expect(text.length).toBeLessThan(48 * 1024);
    expect(text).not.toContain('null,');
  });
});
