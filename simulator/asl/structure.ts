import { allStates } from './coverage.ts';
import { expressionsIn, type Template } from './expression.ts';
import { isObject } from './field-checks.ts';
import { boundLongestPath } from './longest-path.ts';
import type { Flow, Machine, State, TaskState } from './machine.ts';
import { InvalidDefinition, parseMachine } from './parse-machine.ts';
import { reachableFrom, successorsOf } from './transitions.ts';
import type { Json, JsonObject } from './types.ts';

/** A rule of the house that a machine file breaks. */
export interface StructureProblem {
  rule:
    | 'valid'
    | 'body'
    | 'comment'
    | 'jsonata'
    | 'names'
    | 'time limits'
    | 'retries'
    | 'resources'
    | 'verified step'
    | 'ids only'
    | 'bounded';
  /** The state's path, `Body/0/Vote drain`; empty for the machine. */
  path: string;
  message: string;
}

/** AWS's limit is 25,000; the rest is room for what a person adds in haste. */
export const longestPathEventsMax = 20_000;

/** Walks a machine file and tells every house rule that it breaks (STYLE 19 and 20, DESIGN §4). */
export function structureProblems(definition: unknown): StructureProblem[] {
  let machine: Machine;
  try {
    machine = parseMachine(definition);
  } catch (error) {
    if (!(error instanceof InvalidDefinition)) throw error;
    return error.problems.map(({ path, message }) => ({ rule: 'valid', path, message }));
  }
  const states = allStates(machine);
  return [
    ...bodyProblems(machine),
    ...languageProblems(machine),
    ...commentProblems(machine),
    ...states.flatMap(nameProblems),
    ...timeProblems(machine, states),
    ...states.flatMap((state) =>
      state.type === 'Task' ? [...retryProblems(machine, state), ...resourceProblems(state), ...payloadProblems(state)] : [],
    ),
    ...stepProblems(machine),
    ...boundProblems(machine),
  ];
}

/** The tokens `${…}` of a machine file, each once, in order: what `DefinitionBody.fromFile` has to replace. */
export function tokensOf(definition: unknown): string[] {
  const found = JSON.stringify(definition).matchAll(/\$\{([^}]+)\}/g);
  return [...new Set([...found].map(([, name = '']) => name))].sort();
}

/** The definition with its tokens replaced, as CloudFormation does it. @throws Error that lists the tokens without a value. */
export function substituteTokens(definition: Json, values: { readonly [token: string]: string }): Json {
  const missing = tokensOf(definition).filter((token) => !Object.hasOwn(values, token));
  if (missing.length > 0) throw new Error(`no value is given for the tokens ${missing.join(', ')}`);
  const replace = (value: Json): Json => {
    if (typeof value === 'string') return value.replace(/\$\{([^}]+)\}/g, (_, token: string) => values[token] ?? '');
    if (Array.isArray(value)) return value.map(replace);
    return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replace(item)])) : value;
  };
  return replace(definition);
}

// One Parallel around everything that can fail, because only it can catch what the states inside let through. Before it a Pass may
// read the input: when that fails nothing has been done yet.
function bodyProblems(machine: Machine): StructureProblem[] {
  const problem = (message: string, path = ''): StructureProblem => ({ rule: 'body', path, message });
  const parallels = [...machine.states.values()].filter(({ type }) => type === 'Parallel');
  const [body] = parallels;
  if (parallels.length !== 1 || body?.type !== 'Parallel')
    return [problem(`A machine has one body, a Parallel, but this one has ${parallels.length}`)];
  const before = reachableFrom(machine, [machine.startAt], (state) => state === body);
  return [
    ...before
      .filter(({ type }) => type !== 'Pass')
      .map(({ path, type }) => problem(`Before the body only a Pass may stand, no ${type}`, path)),
    ...(body.branches.length === 1 ? [] : [problem(`The body has one branch, this one ${body.branches.length}`, body.path)]),
    ...(body.catch.some(({ errorEquals }) => errorEquals.includes('States.ALL'))
      ? []
      : [problem('The body has a Catch of States.ALL', body.path)]),
    ...(body.retry.length === 0 ? [] : [problem('The body has no Retry: a run that failed is undone, not run again', body.path)]),
    ...[...machine.states.values()].filter(isApply).map(({ path }) => problem('Nothing is applied outside the body', path)),
  ];
}

const isApply = (state: State) => payloadField(state, 'operation') === '"apply"';

function languageProblems(machine: Machine): StructureProblem[] {
  if (machine.definition.QueryLanguage === 'JSONata') return [];
  return [{ rule: 'jsonata', path: '', message: 'The machine says "QueryLanguage": "JSONata", for all its states' }];
}

function commentProblems(machine: Machine): StructureProblem[] {
  const silent = rawStates(machine.definition, '').filter(({ raw }) => typeof raw.Comment !== 'string' || raw.Comment.trim() === '');
  const message = 'Every state has a Comment that says what it is for';
  return [
    ...(machine.comment?.trim()
      ? []
      : [{ rule: 'comment' as const, path: '', message: 'The machine has a Comment that says what it is for' }]),
    ...silent.map(({ path }) => ({ rule: 'comment' as const, path, message })),
  ];
}

/** The states as the file has them, with their paths. */
function rawStates(flow: JsonObject, prefix: string): { path: string; raw: JsonObject }[] {
  const states = isObject(flow.States) ? Object.entries(flow.States) : [];
  return states.flatMap(([name, raw]) => {
    if (!isObject(raw)) return [];
    const path = `${prefix}${name}`;
    const branches = Array.isArray(raw.Branches)
      ? raw.Branches.flatMap((branch: Json, index) => (isObject(branch) ? rawStates(branch, `${path}/${index}/`) : []))
      : [];
    const processor = raw.ItemProcessor ?? raw.Iterator;
    return [{ path, raw }, ...branches, ...(isObject(processor) ? rawStates(processor, `${path}/*/`) : [])];
  });
}

/** `Vote drain`, `Undo journal`: words with spaces between, the first with a capital; a Choice may ask: `Is the undo proven?`. */
function nameProblems({ name, path, type }: State): StructureProblem[] {
  const phrase = type === 'Choice' ? name.replace(/\?$/, '') : name;
  if (/^[A-Z][a-z]+( [A-Za-z0-9-]+)*$/.test(phrase) && !/[a-z][A-Z]/.test(name)) return [];
  return [{ rule: 'names', path, message: `A state's name is an imperative phrase like 'Vote drain', but this is '${name}'` }];
}

function timeProblems(machine: Machine, states: State[]): StructureProblem[] {
  const endless = states.filter((state) => state.type === 'Task' && !state.timeoutSeconds);
  return [
    ...(machine.timeoutSeconds === undefined
      ? [{ rule: 'time limits' as const, path: '', message: 'The machine has TimeoutSeconds' }]
      : []),
    ...endless.map(({ path }) => ({ rule: 'time limits' as const, path, message: 'Every Task has TimeoutSeconds' })),
  ];
}

function retryProblems(machine: Machine, { path, retry }: TaskState): StructureProblem[] {
  const problem = (message: string): StructureProblem => ({ rule: 'retries', path, message });
  const raw = rawStates(machine.definition, '').find((one) => one.path === path)?.raw.Retry;
  if (retry.length === 0 || !Array.isArray(raw)) return [problem('Every Task has a Retry')];
  return raw.flatMap((rule: Json, index) => {
    const fields = isObject(rule) ? rule : {};
    const missing = ['MaxAttempts', 'BackoffRate', 'JitterStrategy'].filter((field) => !(field in fields));
    if (missing.length > 0) return [problem(`Retry[${index}] says ${missing.join(', ')} itself, and leaves nothing to defaults`)];
    return fields.JitterStrategy === 'FULL' ? [] : [problem(`Retry[${index}] has JitterStrategy FULL, not ${fields.JitterStrategy}`)];
  });
}

const allowedResources = /^arn:(?:aws|\$\{[^}]+\}):states:::(?:lambda:invoke(?:\.waitForTaskToken)?|states:startExecution\.sync:2)$/;

function resourceProblems({ path, resource }: TaskState): StructureProblem[] {
  if (allowedResources.test(resource.arn)) return [];
  const message = `A Task is lambda:invoke, lambda:invoke.waitForTaskToken or states:startExecution.sync:2, not ${resource.arn}`;
  return [{ rule: 'resources', path, message }];
}

/** Whole documents: what they hold is not ours to bound. A function's reply (`$states.result.Payload`) is small by contract. */
const wholeDocument = /^\$states(\.(input|result|context|errorOutput)(\.Execution(\.Input)?)?)?$/;

// Payloads stay small because they are ids: the journal lives in the Store.
function payloadProblems(task: TaskState): StructureProblem[] {
  const { path, assign } = task;
  const problem = (message: string): StructureProblem => ({ rule: 'ids only', path, message });
  const fields = payloadFields(task);
  if (!fields) return [problem('A Task writes its payload out, field by field')];
  const structured = fields.filter(
    ([, item]) => item.kind === 'array' || item.kind === 'object' || (item.kind === 'constant' && typeof item.value === 'object'),
  );
  const whole = [...fields.map(([, item]) => item), ...(assign ? [assign] : [])]
    .flatMap(expressionsIn)
    .filter(({ source }) => wholeDocument.test(source));
  return [
    ...structured.map(([key]) => problem(`The payload has ids and small facts, but '${key}' is a structure`)),
    ...whole.map(({ source, field }) => problem(`'${field}' takes the whole of ${source}; machines pass ids`)),
  ];
}

/** `Arguments.Payload` of a function, `Arguments.Input` of an execution; undefined unless it is written out as an object. */
function payloadFields({ arguments: given, resource }: TaskState): [string, Template][] | undefined {
  const field = resource.service === 'states' ? 'Input' : 'Payload';
  const payload = entriesOf(given)?.find(([key]) => key === field)?.[1];
  return entriesOf(payload);
}

function entriesOf(template: Template | undefined): [string, Template][] | undefined {
  if (template?.kind === 'object') return template.entries;
  if (template?.kind !== 'constant' || !isObject(template.value)) return undefined;
  return Object.entries(template.value).map(([key, value]) => [key, { kind: 'constant', value }]);
}

/** A task's payload field as text that can be compared: a constant's JSON, or an expression. */
function payloadField(state: State, field: string): string | undefined {
  const item = state.type === 'Task' ? payloadFields(state)?.find(([key]) => key === field)?.[1] : undefined;
  return item?.kind === 'constant' ? JSON.stringify(item.value) : item?.kind === 'expression' ? `{% ${item.source} %}` : undefined;
}

// Intent before, verify after: on every path, retries and catches among them.
function stepProblems(flow: Flow): StructureProblem[] {
  const states = [...flow.states.values()];
  const inner = states.flatMap((state) => (state.type === 'Parallel' ? state.branches : state.type === 'Map' ? [state.processor] : []));
  return [
    ...states.flatMap((state) => {
      switch (payloadField(state, 'operation')) {
        case '"apply"':
          return [...precededBy(flow, state, 'intent'), ...followedBy(flow, state, 'verify')];
        case '"undo"':
          return followedBy(flow, state, 'verifyUndo');
        default:
          return [];
      }
    }),
    ...inner.flatMap(stepProblems),
  ];
}

const isPartner = (step: State, operation: string) => (other: State) =>
  payloadField(other, 'operation') === JSON.stringify(operation) && payloadField(other, 'stepId') === payloadField(step, 'stepId');

function precededBy(flow: Flow, step: State, operation: string): StructureProblem[] {
  const reached = reachableFrom(flow, [flow.startAt], isPartner(step, operation));
  if (!reached.includes(step)) return [];
  return [{ rule: 'verified step', path: step.path, message: `It can be reached without its '${operation}'` }];
}

/** An end by Fail is fine: it leads to the body's Catch, which undoes. */
function followedBy(flow: Flow, step: State, operation: string): StructureProblem[] {
  const after = [step, ...reachableFrom(flow, successorsOf(step), isPartner(step, operation))];
  const ends = after.filter((state) => state.type === 'Succeed' || ('next' in state && state.next === undefined));
  return ends.map(({ path }) => ({
    rule: 'verified step',
    path: step.path,
    message: `'${path}' ends the flow after it without its '${operation}'`,
  }));
}

function boundProblems(machine: Machine): StructureProblem[] {
  const { events, unbounded } = boundLongestPath(machine);
  return [
    ...unbounded.map(
      ({ states, reason }): StructureProblem => ({
        rule: 'bounded',
        path: states[0] ?? '',
        message: `The loop ${states.join(' → ')} is not bounded: ${reason}`,
      }),
    ),
    ...(events < longestPathEventsMax
      ? []
      : [
          {
            rule: 'bounded' as const,
            path: '',
            message: `The longest path may write ${events} history events, at most ${longestPathEventsMax} are allowed`,
          },
        ]),
  ];
}
