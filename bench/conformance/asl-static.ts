import aslValidator from 'asl-validator';
import { isObject } from '../../simulator/asl/field-checks.ts';
import { validateDefinition } from '../../simulator/asl/validate.ts';
import type { ConformanceResult } from './index.ts';

interface Case {
  id: string;
  definition: unknown;
  single_state?: boolean;
  machineType?: 'STANDARD' | 'EXPRESS';
  valid: boolean;
  /** The verdict is AWS's own; else asl-validator's. */
  aws?: boolean;
}

/**
 * Which machine files are accepted. Where AWS gave the verdict our own check stands alone; asl-validator is stricter in places (it takes
 * no line break in an expression, AWS does), so that for its own verdicts the two are asked together, as for our machine files.
 */
export function run(cases: unknown): ConformanceResult {
  const { cases: list } = cases as { cases: Case[] };
  const failures: ConformanceResult['failures'] = [];
  for (const one of list) {
    const definition = one.single_state ? { StartAt: 'State', States: { State: one.definition } } : one.definition;
    const problems = [...ownProblems(definition, one.machineType), ...(one.aws ? [] : aslValidatorProblems(definition))];
    if ((problems.length === 0) === one.valid) continue;
    failures.push({ id: one.id, reason: one.valid ? `found invalid: ${problems.join('; ')}` : 'found valid' });
  }
  return { passed: list.length - failures.length, failures };
}

function ownProblems(definition: unknown, type: Case['machineType']): string[] {
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
