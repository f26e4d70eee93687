import * as z from 'zod';
import type { ConformanceResult } from './index.ts';

/** A number of a case file, where NaN is written "NaN". */
export const number = z.union([z.number(), z.literal('NaN').transform(() => Number.NaN)]);
export const samples = z.array(number);

/** Collects what a case expected and did not get. */
export class Mismatches {
  readonly texts: string[] = [];

  equal(what: string, got: unknown, expected: unknown): void {
    if (JSON.stringify(got) !== JSON.stringify(expected)) {
      this.texts.push(`${what} is ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`);
    }
  }

  /** @param expected null and NaN stand for "undefined": the result must be NaN. */
  absolute(what: string, got: number, expected: number | null, tolerance: number): void {
    const undefinedExpected = expected === null || Number.isNaN(expected);
    const matches = undefinedExpected ? Number.isNaN(got) : Math.abs(got - expected) <= tolerance;
    if (!matches) this.texts.push(`${what} is ${got}, expected ${expected} ± ${tolerance}`);
  }

  relative(what: string, got: number, expected: number | null, tolerance: number): void {
    // Around an exact 0 a relative bound means nothing; a few rounding steps of 1 stand in for it.
    this.absolute(what, got, expected, expected === 0 ? 1e-15 : Math.abs(expected ?? 0) * tolerance);
  }
}

/** Runs every case; one that throws has failed with its message. */
export function tally<Case extends { id: string }>(cases: readonly Case[], check: (test: Case) => Mismatches): ConformanceResult {
  const failures: ConformanceResult['failures'] = [];
  for (const test of cases) {
    try {
      const { texts } = check(test);
      if (texts.length > 0) failures.push({ id: test.id, reason: texts.join('; ') });
    } catch (error) {
      failures.push({ id: test.id, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { passed: cases.length - failures.length, failures };
}
