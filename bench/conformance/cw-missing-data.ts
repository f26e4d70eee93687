import * as z from 'zod';
import { type Datapoint, evaluateAlarm } from '../../core/analyze/detect/missing-data.ts';
import { Mismatches, tally } from './expectations.ts';
import type { ConformanceResult } from './index.ts';

const pointOf: Record<'0' | 'X' | '-', Datapoint> = { '0': 'ok', X: 'breaching', '-': 'missing' };

const caseSchema = z.object({
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
});

export function run(file: unknown): ConformanceResult {
  return tally(file, caseSchema, ({ input, expected }) => {
    const found = new Mismatches();
    const points = input.datapoints.map((point) => pointOf[point]);
    const got = evaluateAlarm(input.mostRecent === 'first' ? points.reverse() : points, input);
    found.equal('state', got.state, expected.state);
    if (expected.filledDatapoints !== undefined) found.equal('filled datapoints', got.filledDatapoints, expected.filledDatapoints);
    return found;
  });
}
