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

/** Reads what a case file says as a whole. @throws Error that says what is wrong with it, in one line. */
export function readWhole<T>(schema: z.ZodType<T>, file: unknown): T {
  const read = schema.safeParse(file);
  if (read.success) return read.data;
  throw new Error(`the case file cannot be read: ${inOneLine(read.error)}`);
}

const fileOfCases = z.object({ cases: z.array(z.unknown()) });

const inOneLine = (error: z.ZodError) => z.prettifyError(error).replaceAll('\n', ' ');

/** Runs every case of a file. One that cannot be read or throws has failed with its message, and the others still run. */
export function tally<Case extends { id: string }>(
  file: unknown,
  schema: z.ZodType<Case>,
  check: (test: Case) => Mismatches,
): ConformanceResult {
  const { cases } = readWhole(fileOfCases, file);
  const failures: ConformanceResult['failures'] = [];
  for (const [index, unread] of cases.entries()) {
    const test = schema.safeParse(unread);
    if (!test.success) {
      failures.push({
        id: idOf(unread) ?? `case ${index + 1}`,
        reason: `cannot be read: ${inOneLine(test.error)}`,
      });
      continue;
    }
    try {
      const { texts } = check(test.data);
      if (texts.length > 0) failures.push({ id: test.data.id, reason: texts.join('; ') });
    } catch (error) {
      failures.push({ id: test.data.id, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { passed: cases.length - failures.length, failures };
}

function idOf(unread: unknown): string | undefined {
  return z.object({ id: z.string() }).safeParse(unread).data?.id;
}
