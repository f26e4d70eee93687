import * as z from 'zod';
import { evaluateCondition, validateCondition } from '../../core/probe/conditions/condition.ts';
import { evaluateJsonPath } from '../../core/probe/conditions/json-path.ts';
import { matchesPattern } from '../../core/probe/conditions/pattern.ts';
import type { ConditionFacts } from '../../core/probe/conditions/placeholder.ts';
import { resolvePlaceholder } from '../../core/probe/conditions/placeholder.ts';
import { Mismatches, tally } from './expectations.ts';
import type { ConformanceResult } from './index.ts';

const Facts = z.object({
  status: z.number().optional(),
  ip: z.string().optional(),
  responseTimeMs: z.number().optional(),
  dnsRcode: z.string().optional(),
  connected: z.boolean().optional(),
  certificateExpirationMs: z.number().optional(),
  domainExpirationMs: z.number().optional(),
  body: z.string().optional(),
});
const Context = z.record(z.string(), z.unknown()).nullable().default(null);
const id = z.string();

const Case = z.discriminatedUnion('kind', [
  z.object({
    id,
    kind: z.literal('evaluate'),
    input: z.object({
      condition: z.string(),
      result: Facts,
      context: Context,
      dontResolveFailedConditions: z.boolean().default(false),
      resolveSuccessfulConditions: z.boolean().default(false),
    }),
    expected: z.object({ success: z.boolean(), display: z.string().nullable() }),
  }),
  z.object({
    id,
    kind: z.literal('validate'),
    input: z.object({ condition: z.string() }),
    expected: z.object({ valid: z.boolean(), error: z.unknown() }),
  }),
  z.object({
    id,
    kind: z.literal('placeholder'),
    input: z.object({ placeholder: z.string(), result: Facts, context: Context }),
    expected: z.object({ value: z.string() }),
  }),
  z.object({
    id,
    kind: z.literal('jsonpath'),
    input: z.object({ path: z.string(), body: z.string() }),
    expected: z.object({ error: z.boolean(), value: z.string(), length: z.number() }),
  }),
  z.object({
    id,
    kind: z.literal('pattern'),
    input: z.object({ pattern: z.string(), value: z.string() }),
    expected: z.object({ match: z.boolean() }),
  }),
]);
type Case = z.infer<typeof Case>;

export function run(file: unknown): ConformanceResult {
  return tally(file, Case, (one) => {
    const found = new Mismatches();
    const { actual, expected } = judge(one);
    found.equal('it', actual, expected);
    return found;
  });
}

function judge(one: Case): { actual: unknown; expected: unknown } {
  switch (one.kind) {
    case 'evaluate': {
      const outcome = evaluateCondition(one.input.condition, known(one.input.result), {
        context: one.input.context,
        hideFailedValues: one.input.dontResolveFailedConditions,
        showPassedValues: one.input.resolveSuccessfulConditions,
      });
      const display = one.expected.display === null ? null : outcome.display;
      return { actual: [outcome.success, display], expected: [one.expected.success, one.expected.display] };
    }
    case 'validate': {
      const error = validateCondition(one.input.condition);
      return { actual: error === null, expected: one.expected.valid };
    }
    case 'placeholder':
      return {
        actual: resolvePlaceholder(one.input.placeholder, known(one.input.result), one.input.context),
        expected: one.expected.value,
      };
    case 'jsonpath': {
      const found = evaluateJsonPath(one.input.path, one.input.body);
      return {
        actual: [found === undefined, found?.text ?? '', found?.length ?? 0],
        expected: [one.expected.error, one.expected.value, one.expected.length],
      };
    }
    case 'pattern':
      return { actual: matchesPattern(one.input.pattern, one.input.value), expected: one.expected.match };
  }
}

/** Absent stays absent: zod's optional members may be undefined, ours may not. */
function known(facts: z.infer<typeof Facts>): ConditionFacts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
