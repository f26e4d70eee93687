import { compileExpression, expressionSource } from './expression.ts';
import { type Check, checkFields, describe, isList, isObject, type Language, listOf, type Place, type Problem } from './field-checks.ts';
import { exceedsBytes } from './payload-size.ts';
import { commonFields, continuingFields, machineFields, stateKinds } from './state-fields.ts';
import type { Json, JsonObject } from './types.ts';

export type { Problem } from './field-checks.ts';

/**
 * The static check of a machine file: what AWS's CreateStateMachine refuses, and JSONPath, which this interpreter does not run.
 * @param type An Express machine cannot wait for a callback, a job or an activity.
 * @returns every problem at once, none for a good file.
 */
export function validateDefinition(definition: unknown, type: Place['machineType'] = 'STANDARD'): Problem[] {
  const problems: Problem[] = [];
  const report = (path: string, message: string, kind: Problem['kind'] = 'invalid') =>
    void problems.push({ path: path || '/', kind, message });
  if (!isObject(definition)) {
    report('/', `A machine is a JSON object, but this is ${describe(definition as Json)}`);
    return problems;
  }
  if (exceedsBytes(definition, definitionBytesMax)) report('/', `The definition is larger than ${definitionBytesMax} bytes`);
  const language = languageOf(definition) ?? 'JSONPath';
  const place: Place = { report, language, machineType: type, seen: new Set(), outer: new Set() };
  checkFields(definition, '', place, machineFields, ['States', 'StartAt']);
  checkFlow(definition, '', place, language);
  return problems;
}

const definitionBytesMax = 1_048_576;
const stateNameLengthMax = 80;

function checkFlow(flow: JsonObject, path: string, place: Place, top: Language): void {
  const states = flow.States;
  if (!isObject(states)) return;
  const names = new Set(Object.keys(states));
  if (names.size === 0) place.report(`${path}/States`, 'A flow has at least one state');
  if (typeof flow.StartAt === 'string' && !names.has(flow.StartAt)) missingTarget(`${path}/StartAt`, flow.StartAt, place);
  const ways = waysOut(states);
  for (const name of new Set(ways.flatMap(({ assigns }) => assigns))) {
    if (place.outer.has(name))
      place.report(`${path}/States`, `The variable '${name}' is assigned in an outer scope already; inner scopes need names of their own`);
  }
  for (const [name, state] of Object.entries(states)) {
    const inner: Place = { ...place, outer: new Set([...place.outer, ...assignedBefore(name, ways)]) };
    checkState(name, state, `${path}/States/${name}`, inner, names, top);
  }
  checkReachable(flow, states, path, place);
}

function missingTarget(path: string, target: string, place: Place): void {
  place.report(path, `There is no state '${target}' in this flow`);
}

/** A way out of a state: its own, that of a Catch or of a Choice rule. */
interface WayOut {
  from: string;
  to: Json | undefined;
  assigns: string[];
}

function waysOut(states: JsonObject): WayOut[] {
  return Object.entries(states).flatMap(([from, state]) => {
    if (!isObject(state)) return [];
    return [state, ...listOf(state.Catch), ...listOf(state.Choices)].filter(isObject).map(({ Next: next, Default: otherwise, Assign }) => ({
      from,
      to: next ?? otherwise,
      assigns: isObject(Assign) ? Object.keys(Assign) : [],
    }));
  });
}

/**
 * The variables that may be set when a state is entered: those assigned on some way that leads to it. What a Parallel or a Map assigns
 * when it is left does not stand in the way of its own branches (recorded from AWS: a branch and the Catch around it take the same name).
 */
function assignedBefore(name: string, ways: readonly WayOut[]): Set<string> {
  const leading = new Set<Json | undefined>([name]);
  const assigned = new Set<string>();
  // The set grows while it is walked.
  for (const target of leading) {
    for (const { from, to, assigns } of ways) {
      if (to !== target) continue;
      leading.add(from);
      for (const variable of assigns) assigned.add(variable);
    }
  }
  return assigned;
}

function checkReachable(flow: JsonObject, states: JsonObject, path: string, place: Place): void {
  const targets = new Set<Json | undefined>([flow.StartAt]);
  let terminal = false;
  for (const state of Object.values(states)) {
    if (!isObject(state)) continue;
    terminal ||= state.End === true || state.Type === 'Succeed' || state.Type === 'Fail';
    for (const target of [state.Next, state.Default, ...[...listOf(state.Catch), ...listOf(state.Choices)].map(nextOf)])
      targets.add(target);
  }
  for (const name of Object.keys(states)) {
    if (!targets.has(name)) place.report(`${path}/States/${name}`, `State '${name}' is not reachable`);
  }
  if (!terminal) place.report(`${path}/States`, 'The flow never ends: no state has "End": true, and none is a Succeed or Fail');
}

const nextOf = (rule: Json) => (isObject(rule) ? rule.Next : undefined);

function checkState(name: string, state: Json, path: string, outer: Place, names: Set<string>, top: Language): void {
  const { report, seen } = outer;
  if (name.length > stateNameLengthMax)
    report(path, `A state's name has at most ${stateNameLengthMax} characters, this one ${name.length}`);
  if (seen.has(name)) report(path, `The state name '${name}' occurs twice in the machine`);
  seen.add(name);
  const kind = isObject(state) ? kindOf(state) : undefined;
  if (!isObject(state)) report(path, `A state is a JSON object, but this is ${describe(state)}`);
  else if (!kind) report(`${path}/Type`, `The field 'Type' should have one of these values: [${Object.keys(stateKinds).join(', ')}]`);
  else {
    if (top === 'JSONata' && state.QueryLanguage === 'JSONPath') {
      report(`${path}/QueryLanguage`, 'A machine in JSONata has no states in JSONPath');
    }
    const place: Place = { ...outer, language: languageOf(state) ?? outer.language };
    const fields: Record<string, Check> = { ...commonFields, ...(kind.continues ? continuingFields : {}), ...kind.fields };
    checkFields(state, path, place, fields, kind.required);
    if (kind.continues) checkTransition(state, path, place);
    for (const [target, where] of transitions(state)) {
      if (typeof target === 'string' && !names.has(target)) missingTarget(`${path}/${where}`, target, place);
    }
    checkExpressions(state, path, place);
    kind.further?.(state, path, place);
    for (const [where, flow] of kind.flows?.(state) ?? []) if (isObject(flow)) checkFlow(flow, `${path}/${where}`, place, top);
  }
}

const kindOf = ({ Type: type }: JsonObject) => (typeof type === 'string' && Object.hasOwn(stateKinds, type) ? stateKinds[type] : undefined);

const languageOf = ({ QueryLanguage: language }: JsonObject): Language | undefined =>
  language === 'JSONata' || language === 'JSONPath' ? language : undefined;

function checkTransition(state: JsonObject, path: string, place: Place): void {
  if ('Next' in state === 'End' in state) place.report(path, "A state has either 'Next' or 'End', and only one of them");
}

function transitions(state: JsonObject): [Json | undefined, string][] {
  return [
    [state.Next, 'Next'],
    [state.Default, 'Default'],
    ...listOf(state.Catch).map((rule, index): [Json | undefined, string] => [nextOf(rule), `Catch[${index}]/Next`]),
    ...listOf(state.Choices).map((rule, index): [Json | undefined, string] => [nextOf(rule), `Choices[${index}]/Next`]),
  ];
}

function checkExpressions(state: JsonObject, path: string, place: Place): void {
  if (place.language !== 'JSONata') return;
  const hasResult = ['Task', 'Parallel', 'Map'].includes(String(state.Type));
  for (const [field, value] of Object.entries(state)) {
    if (field === 'Branches' || field === 'ItemProcessor' || field === 'Iterator' || field === 'Comment') continue;
    if (field === 'Catch') {
      for (const [index, rule] of listOf(value).entries()) {
        if (isObject(rule))
          for (const part of ['Output', 'Assign']) checkAccess(rule[part], `${path}/Catch[${index}]/${part}`, place, ['errorOutput']);
      }
    } else checkAccess(value, `${path}/${field}`, place, hasResult && (field === 'Output' || field === 'Assign') ? ['result'] : []);
  }
}

function checkAccess(value: Json | undefined, path: string, place: Place, allowed: readonly string[]): void {
  if (isList(value)) for (const [index, item] of value.entries()) checkAccess(item, `${path}[${index}]`, place, allowed);
  else if (isObject(value)) for (const [key, item] of Object.entries(value)) checkAccess(item, `${path}/${key}`, place, allowed);
  if (typeof value !== 'string') return;
  for (const field of statesFieldsOf(value)) {
    if (field === 'input' || field === 'context' || allowed.includes(field)) continue;
    place.report(path, `'$states.${field}' cannot be used here`);
  }
}

function statesFieldsOf(value: string): readonly string[] {
  const source = expressionSource(value);
  if (!source) return [];
  try {
    return compileExpression(source, '').statesFields;
  } catch {
    return [];
  }
}
