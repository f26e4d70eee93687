import { expressionSource } from './expression.ts';
import {
  anyObject,
  assignments,
  type Check,
  describe,
  integer,
  isList,
  isObject,
  list,
  listOf,
  number,
  object,
  oneOf,
  onlyJsonata,
  orExpression,
  type Place,
  resource,
  template,
  text,
  timestamp,
} from './field-checks.ts';
import type { Json, JsonObject } from './types.ts';

/** Longest time that AWS accepts in seconds, for waits, timeouts and intervals. */
const secondsMax = 99_999_999;

const errorEquals = list(text, { empty: false });
const seconds = orExpression(integer(1, secondsMax));

const retrierFields: Record<string, Check> = {
  Comment: text,
  ErrorEquals: errorEquals,
  IntervalSeconds: integer(1, secondsMax),
  MaxAttempts: integer(0, secondsMax),
  BackoffRate: number(1, Number.MAX_VALUE),
  MaxDelaySeconds: integer(1, 31_622_399),
  JitterStrategy: oneOf('FULL', 'NONE'),
};
const retry: Check = (value, path, place) => {
  list(object(retrierFields, ['ErrorEquals']), { empty: true })(value, path, place);
  checkWildcards(value, path, place);
};
const catcher: Check = (value, path, place) => {
  const fields = { Comment: text, ErrorEquals: errorEquals, Next: text, Output: onlyJsonata(template), Assign: assignments };
  list(object(fields, ['ErrorEquals', 'Next']), { empty: true })(value, path, place);
  checkWildcards(value, path, place);
};

/** States.ALL stands alone, and last. */
function checkWildcards(rules: Json, path: string, { report }: Place): void {
  const names = listOf(rules).map((rule) => (isObject(rule) ? listOf(rule.ErrorEquals) : []));
  for (const [index, errors] of names.entries()) {
    if (!errors.includes('States.ALL')) continue;
    if (errors.length > 1) report(`${path}[${index}]/ErrorEquals`, "'States.ALL' stands alone in its list");
    if (index < names.length - 1) report(`${path}[${index}]/ErrorEquals`, "'States.ALL' stands in the last rule only");
  }
}

const condition: Check = (value, path, place) => {
  if (typeof value === 'boolean') return;
  if (typeof value !== 'string' || expressionSource(value) === undefined)
    return place.report(path, `Expected a JSONata expression, but was ${describe(value)}`);
  template(value, path, place);
};
const choices = list(
  object({ Comment: text, Condition: onlyJsonata(condition), Next: text, Assign: assignments, Output: onlyJsonata(template) }, ['Next']),
  { empty: false },
);

export const machineFields: Record<string, Check> = {
  Comment: text,
  QueryLanguage: oneOf('JSONata', 'JSONPath'),
  StartAt: text,
  States: anyObject,
  TimeoutSeconds: integer(1, secondsMax),
  Version: oneOf('1.0'),
};
export const commonFields: Record<string, Check> = { Type: text, Comment: text, QueryLanguage: oneOf('JSONata', 'JSONPath') };
export const continuingFields: Record<string, Check> = { Next: text, End: oneOf(true) };
const flowFields: Record<string, Check> = { Comment: text, StartAt: text, States: anyObject };

const processorConfig: Check = (value, path, place) => {
  object({ Mode: oneOf('INLINE', 'DISTRIBUTED'), ExecutionType: oneOf('STANDARD', 'EXPRESS') }, [])(value, path, place);
  if (isObject(value) && value.Mode === 'DISTRIBUTED') place.report(path, 'This interpreter runs inline maps only', 'unsupported');
};
const distributed: Check = (_value, path, { report }) => report(path, 'Fields of a distributed map are not interpreted', 'unsupported');
/** White space, wildcards, brackets, marks with a meaning in ARNs and URLs, control characters. */
const unfitForLabel = /[\s?*<>{}[\]:;,\\|^~$#%&`"\p{Cc}]/u;
const label: Check = (value, path, place) => {
  text(value, path, place);
  if (typeof value === 'string' && (value.length === 0 || value.length > 40))
    place.report(path, `A label has 1 to 40 characters, this one ${value.length}`);
  else if (typeof value === 'string' && unfitForLabel.test(value))
    place.report(path, `A label has no white space, brackets, wildcards or signs such as : ; # % & in it, but this is ${describe(value)}`);
  distributed(value, path, place);
};

/** What the file may say of one kind of state. */
interface StateKind {
  /** Goes on by Next or End. */
  continues: boolean;
  required: readonly string[];
  fields: Record<string, Check>;
  /** Rules over several fields. */
  further?: (state: JsonObject, path: string, place: Place) => void;
  /** The flows inside, with the places where they stand. */
  flows?: (state: JsonObject) => [string, Json | undefined][];
}

const output = onlyJsonata(template);
export const stateKinds: Record<string, StateKind> = {
  Task: {
    continues: true,
    required: ['Resource'],
    fields: {
      Resource: resource,
      Arguments: onlyJsonata(template),
      Output: output,
      Assign: assignments,
      TimeoutSeconds: seconds,
      HeartbeatSeconds: seconds,
      Credentials: (value, path, place) => {
        object({ RoleArn: text }, ['RoleArn'])(value, path, place);
        template(value, path, place);
      },
      Retry: retry,
      Catch: catcher,
    },
    further: (state, path, { report }) => {
      const { TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
      if (typeof timeout === 'number' && typeof heartbeat === 'number' && heartbeat >= timeout) {
        report(`${path}/HeartbeatSeconds`, `HeartbeatSeconds (${heartbeat}) must be smaller than TimeoutSeconds (${timeout})`);
      }
    },
  },
  Wait: {
    continues: true,
    required: [],
    fields: { Seconds: orExpression(integer(0, secondsMax)), Timestamp: orExpression(timestamp), Output: output, Assign: assignments },
    further: (state, path, { report }) => {
      const given = Object.keys(state).filter((field) => /^(Seconds|Timestamp)(Path)?$/.test(field));
      if (given.length !== 1) report(path, `A Wait has exactly one of 'Seconds' and 'Timestamp', this one ${given.length}`);
    },
  },
  Pass: { continues: true, required: [], fields: { Output: output, Assign: assignments } },
  Succeed: { continues: false, required: [], fields: { Output: output } },
  Fail: { continues: false, required: [], fields: { Error: orExpression(text), Cause: orExpression(text) } },
  Choice: {
    continues: false,
    required: ['Choices'],
    fields: { Choices: choices, Default: text, Output: output, Assign: assignments },
    further: checkConditions,
  },
  Parallel: {
    continues: true,
    required: ['Branches'],
    fields: {
      Branches: list(object(flowFields, ['StartAt', 'States']), { empty: false }),
      Arguments: onlyJsonata(template),
      Output: output,
      Assign: assignments,
      Retry: retry,
      Catch: catcher,
    },
    flows: (state) => listOf(state.Branches).map((branch, index) => [`Branches[${index}]`, branch]),
  },
  Map: {
    continues: true,
    required: [],
    fields: {
      ItemProcessor: object({ ...flowFields, ProcessorConfig: processorConfig }, ['StartAt', 'States']),
      Iterator: object({ ...flowFields, ProcessorConfig: processorConfig }, ['StartAt', 'States']),
      Items: onlyJsonata((value, path, place) => {
        if (typeof value === 'string' ? expressionSource(value) === undefined : !isList(value))
          place.report(path, `Expected an array or a JSONata expression, but was ${describe(value)}`);
        template(value, path, place);
      }),
      ItemSelector: (value, path, place) => {
        if (place.language === 'JSONPath') place.report(path, 'ItemSelector in JSONPath is not interpreted', 'unsupported');
        template(value, path, place);
      },
      MaxConcurrency: orExpression(integer(0, secondsMax)),
      ToleratedFailureCount: orExpression(integer(0, secondsMax)),
      ToleratedFailurePercentage: orExpression(number(0, 100)),
      Label: label,
      ItemReader: distributed,
      ItemBatcher: distributed,
      ResultWriter: distributed,
      Output: output,
      Assign: assignments,
      Retry: retry,
      Catch: catcher,
    },
    further: (state, path, { report }) => {
      if ('ItemProcessor' in state === 'Iterator' in state) {
        report(path, "A Map has 'ItemProcessor' (or its old name 'Iterator'), and only one of them");
      }
    },
    flows: (state) => [
      ['ItemProcessor', state.ItemProcessor],
      ['Iterator', state.Iterator],
    ],
  },
};

function checkConditions(state: JsonObject, path: string, place: Place): void {
  for (const [index, rule] of listOf(state.Choices).entries()) {
    if (!isObject(rule) || 'Condition' in rule) continue;
    if (place.language === 'JSONata') place.report(`${path}/Choices[${index}]`, 'These fields are required: [Condition]');
    else place.report(`${path}/Choices[${index}]`, 'Choice rules in JSONPath are not interpreted', 'unsupported');
  }
}
