import { compileTemplate, type Template } from './expression.ts';
import { isObject } from './field-checks.ts';
import {
  type Assignments,
  type Catcher,
  type ChoiceRule,
  type Flow,
  type Machine,
  parseResource,
  type Retrier,
  type State,
} from './machine.ts';
import type { Json, JsonObject } from './types.ts';
import { type Problem, validateDefinition } from './validate.ts';

/** The file is no machine that can be run here; `problems` lists everything that is wrong with it. */
export class InvalidDefinition extends Error {
  readonly problems: Problem[];

  constructor(problems: Problem[]) {
    super(`Invalid State Machine Definition:\n${problems.map(({ path, message }) => `  ${path}: ${message}`).join('\n')}`);
    this.name = 'InvalidDefinition';
    this.problems = problems;
  }
}

/**
 * Checks a machine file and parses its expressions, once for all executions.
 * @throws InvalidDefinition with every problem at once.
 */
export function parseMachine(definition: unknown): Machine {
  const problems = validateDefinition(definition);
  if (problems.length > 0 || !isObject(definition)) throw new InvalidDefinition(problems);
  const language = definition.QueryLanguage === 'JSONata' ? 'JSONata' : 'JSONPath';
  return {
    comment: optionalText(definition.Comment),
    timeoutSeconds: optionalNumber(definition.TimeoutSeconds),
    definition,
    ...parseFlow(definition, '', language),
  };
}

function parseFlow(flow: JsonObject, prefix: string, language: string): Flow {
  const states = isObject(flow.States) ? Object.entries(flow.States) : [];
  return {
    startAt: String(flow.StartAt),
    states: new Map(states.map(([name, state]) => [name, parseState(name, state, prefix, language)])),
  };
}

function parseState(name: string, raw: Json, prefix: string, outerLanguage: string): State {
  const state = isObject(raw) ? raw : {};
  const language = String(state.QueryLanguage ?? outerLanguage);
  const path = `${prefix}${name}`;
  const parse = templates(language);
  const base = { name, path, output: parse(state.Output, 'Output'), assign: parse.assign(state.Assign) };
  const next = optionalText(state.Next);
  const recovering = {
    retry: list(state.Retry).map((rule, index) => parseRetrier(rule, `${path}#retry/${index}`)),
    catch: parseCatchers(state, path, parse),
  };
  switch (state.Type) {
    case 'Task':
      return {
        ...base,
        ...recovering,
        type: 'Task',
        next,
        resource: parseResource(String(state.Resource)),
        arguments: parse(state.Arguments, 'Arguments'),
        timeoutSeconds: parse(state.TimeoutSeconds, 'TimeoutSeconds'),
        heartbeatSeconds: parse(state.HeartbeatSeconds, 'HeartbeatSeconds'),
        credentials: parse(state.Credentials, 'Credentials'),
      };
    case 'Choice':
      return { ...base, type: 'Choice', choices: parseChoices(state, path, parse), otherwise: parseDefault(state, path) };
    case 'Wait':
      return { ...base, type: 'Wait', next, seconds: parse(state.Seconds, 'Seconds'), timestamp: parse(state.Timestamp, 'Timestamp') };
    case 'Succeed':
      return { ...base, type: 'Succeed' };
    case 'Fail':
      return { ...base, type: 'Fail', error: parse(state.Error, 'Error'), cause: parse(state.Cause, 'Cause') };
    case 'Parallel':
      return {
        ...base,
        ...recovering,
        type: 'Parallel',
        next,
        arguments: parse(state.Arguments, 'Arguments'),
        branches: list(state.Branches).map((branch, index) => parseFlow(branch, `${path}/${index}/`, language)),
      };
    case 'Map':
      return {
        ...base,
        ...recovering,
        type: 'Map',
        next,
        items: parse(state.Items, 'Items'),
        itemSelector: parse(state.ItemSelector, 'ItemSelector'),
        maxConcurrency: parse(state.MaxConcurrency, 'MaxConcurrency'),
        toleratedFailureCount: parse(state.ToleratedFailureCount, 'ToleratedFailureCount'),
        toleratedFailurePercentage: parse(state.ToleratedFailurePercentage, 'ToleratedFailurePercentage'),
        processor: parseFlow(asObject(state.ItemProcessor ?? state.Iterator), `${path}/*/`, language),
      };
    default:
      return { ...base, type: 'Pass', next };
  }
}

interface ParseTemplate {
  (value: Json | undefined, field: string): Template | undefined;
  assign(value: Json | undefined, field?: string): Assignments | undefined;
}

/** In a state without JSONata every string is plain text. */
function templates(language: string): ParseTemplate {
  const compile = (value: Json, field: string): Template =>
    language === 'JSONata' ? compileTemplate(value, field) : { kind: 'constant', value };
  const parse = (value: Json | undefined, field: string) => (value === undefined ? undefined : compile(value, field));
  const assign = (value: Json | undefined, field = 'Assign'): Assignments | undefined =>
    isObject(value)
      ? {
          kind: 'object',
          entries: Object.entries(value).map(([name, item]): [string, Template] => [name, compile(item, `${field}/${name}`)]),
        }
      : undefined;
  return Object.assign(parse, { assign });
}

function parseCatchers(state: JsonObject, path: string, parse: ParseTemplate): Catcher[] {
  return list(state.Catch).map((rule, index) => ({
    id: `${path}#catch/${index}`,
    errorEquals: texts(rule.ErrorEquals),
    next: String(rule.Next),
    output: parse(rule.Output, `Catch[${index}]/Output`),
    assign: parse.assign(rule.Assign, `Catch[${index}]/Assign`),
  }));
}

/** Defaults as AWS documents them. */
function parseRetrier(rule: JsonObject, id: string): Retrier {
  return {
    id,
    errorEquals: texts(rule.ErrorEquals),
    intervalSeconds: optionalNumber(rule.IntervalSeconds) ?? 1,
    maxAttempts: optionalNumber(rule.MaxAttempts) ?? 3,
    backoffRate: optionalNumber(rule.BackoffRate) ?? 2,
    maxDelaySeconds: optionalNumber(rule.MaxDelaySeconds),
    jitter: rule.JitterStrategy === 'FULL' ? 'FULL' : 'NONE',
  };
}

function parseChoices(state: JsonObject, path: string, parse: ParseTemplate): ChoiceRule[] {
  return list(state.Choices).map((rule, index) => ({
    id: `${path}#choice/${index}`,
    condition: parse(rule.Condition, `Choices[${index}]/Condition`) ?? { kind: 'constant', value: false },
    next: String(rule.Next),
    output: parse(rule.Output, `Choices[${index}]/Output`),
    assign: parse.assign(rule.Assign, `Choices[${index}]/Assign`),
  }));
}

function parseDefault(state: JsonObject, path: string): { id: string; next: string } | undefined {
  return typeof state.Default === 'string' ? { id: `${path}#default`, next: state.Default } : undefined;
}

const asObject = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});
const list = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.map(asObject) : []);
const texts = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(String) : []);
const optionalText = (value: Json | undefined) => (typeof value === 'string' ? value : undefined);
const optionalNumber = (value: Json | undefined) => (typeof value === 'number' ? value : undefined);
