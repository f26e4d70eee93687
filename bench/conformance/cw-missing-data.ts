import * as z from 'zod';
import { type Datapoint, evaluateAlarm } from '../../core/analyze/detect/missing-data.ts';
import type { ConformanceResult } from './index.ts';

const pointOf: Record<'0' | 'X' | '-', Datapoint> = { '0': 'ok', X: 'breaching', '-': 'missing' };

const casesSchema = z.object({
  cases: z.array(
    z.object({
      id: z.string(),
      input: z.object({
        datapoints: z.array(z.enum(['0', 'X', '-'])),
        mostRecent: z.enum(['last', 'first']).default('last'),
        evaluationPeriods: z.int().positive(),
        datapointsToAlarm: z.int().positive(),
        evaluationRange: z.int().positive(),
        treatMissingData: z.enum(['missing', 'ignore', 'breaching', 'notBreaching']),
      }),
      expected: z.object({ state: z.string(), filledDatapoints: z.int().optional() }),
    }),
  ),
});

export function run(cases: unknown): ConformanceResult {
  const result: ConformanceResult = { passed: 0, failures: [] };
  for (const { id, input, expected } of casesSchema.parse(cases).cases) {
    const points = input.datapoints.map((point) => pointOf[point]);
    const got = evaluateAlarm(input.mostRecent === 'first' ? points.reverse() : points, input);
    const filledRight = expected.filledDatapoints === undefined || expected.filledDatapoints === got.filledDatapoints;
    if (got.state === expected.state && filledRight) result.passed++;
    else result.failures.push({ id, reason: `${got.state} with ${got.filledDatapoints} filled, expected ${JSON.stringify(expected)}` });
  }
  return result;
}
