import aslValidator from 'asl-validator';
import * as z from 'zod';
import { isObject } from '../../simulator/asl/field-checks.ts';
import { validateDefinition } from '../../simulator/asl/validate.ts';
import { Mismatches, tally } from './expectations.ts';
import type { ConformanceResult } from './index.ts';

const caseSchema = z.object({
  id: z.string(),
  definition: z.unknown(),
  single_state: z.boolean().default(false),
  machineType: z.enum(['STANDARD', 'EXPRESS']).default('STANDARD'),
  valid: z.boolean(),
  /** The verdict is AWS's own; else asl-validator's. */
  aws: z.boolean().default(false),
});

/**
 * Which machine files are accepted. Where AWS gave the verdict our own check stands alone; asl-validator is stricter in places (it takes
 * no line break in an expression, AWS does), so that for its own verdicts the two are asked together, as for our machine files.
 */
export function run(file: unknown): ConformanceResult {
  return tally(file, caseSchema, (one) => {
    const definition = one.single_state ? { StartAt: 'State', States: { State: one.definition } } : one.definition;
    const problems = [...ownProblems(definition, one.machineType), ...(one.aws ? [] : aslValidatorProblems(definition))];
    const found = new Mismatches();
    found.equal(
      `a machine ${problems.length === 0 ? 'without problems' : `with: ${problems.join('; ')}`}`,
      problems.length === 0,
      one.valid,
    );
    return found;
  });
}

function ownProblems(definition: unknown, type: 'STANDARD' | 'EXPRESS'): string[] {
  return validateDefinition(definition, type)
    .filter(({ kind }) => kind === 'invalid')
    .map(({ path, message }) => `${path}: ${message}`);
}

function aslValidatorProblems(definition: unknown): string[] {
  if (!isObject(definition)) return [];
  return aslValidator(structuredClone(definition), { checkPaths: true, checkArn: true }).errors.map(
    ({ Message }) => `asl-validator: ${Message}`,
  );
}
