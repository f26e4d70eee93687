import { compileExpression, expressionSource } from './expression.ts';
import { parseTimestamp } from './timestamps.ts';
import type { Json, JsonObject } from './types.ts';

/** Something wrong with a machine file. `unsupported`: AWS takes it, this interpreter does not. */
export interface Problem {
  /** As AWS writes places: `/States/Vote drain/Retry[0]/ErrorEquals`. */
  path: string;
  kind: 'invalid' | 'unsupported';
  message: string;
}

/** What the checks of one place share. */
export interface Place {
  report(path: string, message: string, kind?: Problem['kind']): void;
  language: Language;
  machineType: 'STANDARD' | 'EXPRESS';
  /** Every state name seen so far in the file. */
  seen: Set<string>;
  /** Variables that the flows around this one assign. */
  outer: ReadonlySet<string>;
}

export type Language = 'JSONata' | 'JSONPath';
export type Check = (value: Json, path: string, place: Place) => void;

/** Reads the fields of an object: unknown ones are refused, never ignored. */
export function checkFields(
  object: JsonObject,
  path: string,
  place: Place,
  fields: Record<string, Check>,
  required: readonly string[],
): void {
  const missing = required.filter((field) => !(field in object));
  if (missing.length > 0) place.report(path, `These fields are required: [${missing.join(', ')}]`);
  for (const [field, value] of Object.entries(object)) {
    const check = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (check) check(value, `${path}/${field}`, place);
    else if (!jsonPathFields.has(field)) place.report(`${path}/${field}`, `The field '${field}' is not supported here`);
    else if (place.language === 'JSONata') place.report(`${path}/${field}`, `The field '${field}' is JSONPath, and the state is JSONata`);
    else place.report(`${path}/${field}`, `'${field}' is JSONPath; this interpreter runs JSONata only`, 'unsupported');
  }
}

const jsonPathFields = new Set([
  'InputPath',
  'OutputPath',
  'ResultPath',
  'Parameters',
  'Result',
  'ResultSelector',
  'ItemsPath',
  'SecondsPath',
  'TimestampPath',
  'ErrorPath',
  'CausePath',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
  'MaxConcurrencyPath',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentagePath',
  'Variable',
  'And',
  'Or',
  'Not',
]);

export const text: Check = (value, path, { report }) => {
  if (typeof value !== 'string') report(path, `Expected a string, but was ${describe(value)}`);
};
export const oneOf =
  (...values: Json[]): Check =>
  (value, path, { report }) => {
    if (!values.includes(value)) report(path, `Expected one of [${values.join(', ')}], but was ${describe(value)}`);
  };
export const integer =
  (min: number, max: number): Check =>
  (value, path, { report }) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      report(path, `Expected an integer from ${min} to ${max}, but was ${describe(value)}`);
    }
  };
export const number =
  (min: number, max: number): Check =>
  (value, path, { report }) => {
    if (typeof value !== 'number' || value < min || value > max)
      report(path, `Expected a number from ${min} to ${max}, but was ${describe(value)}`);
  };
export const list =
  (each: Check, { empty }: { empty: boolean }): Check =>
  (value, path, place) => {
    if (!isList(value)) return place.report(path, `Expected an array, but was ${describe(value)}`);
    if (value.length === 0 && !empty) place.report(path, 'The array must not be empty');
    for (const [index, item] of value.entries()) each(item, `${path}[${index}]`, place);
  };
export const object =
  (fields: Record<string, Check>, required: readonly string[]): Check =>
  (value, path, place) => {
    if (!isObject(value)) return place.report(path, `Expected an object, but was ${describe(value)}`);
    checkFields(value, path, place, fields, required);
  };
/** A literal that passes the check, or in JSONata an expression in its place. */
export const orExpression =
  (literal: Check): Check =>
  (value, path, place) => {
    if (place.language === 'JSONata' && typeof value === 'string' && expressionSource(value) !== undefined) template(value, path, place);
    else literal(value, path, place);
  };
export const onlyJsonata =
  (check: Check): Check =>
  (value, path, place) => {
    if (place.language === 'JSONata') check(value, path, place);
    else place.report(path, `The field '${path.slice(path.lastIndexOf('/') + 1)}' is JSONata, and the state is JSONPath`);
  };
export const timestamp: Check = (value, path, { report }) => {
  if (typeof value !== 'string' || parseTimestamp(value) === undefined) report(path, 'String does not match RFC3339 timestamp');
};

/** An object whose inside is checked elsewhere. */
export const anyObject: Check = (value, path, { report }) => {
  if (!isObject(value)) report(path, `Expected an object, but was ${describe(value)}`);
};

/** Any JSON, with its expressions well formed. */
export const template: Check = (value, path, place) => {
  if (typeof value === 'string') {
    if (place.language === 'JSONata') checkText(value, path, place);
  } else if (isList(value)) {
    for (const [index, item] of value.entries()) template(item, `${path}[${index}]`, place);
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (place.language === 'JSONPath' && key.endsWith('.$'))
        place.report(`${path}/${key}`, 'Paths in payloads are JSONPath; this interpreter runs JSONata only', 'unsupported');
      template(item, `${path}/${key}`, place);
    }
  }
};

function checkText(value: string, path: string, { report }: Place): void {
  const source = expressionSource(value);
  if (source === undefined) {
    if (value.startsWith('{%') || value.endsWith('%}'))
      report(path, `A JSONata expression is written '{% … %}', with the spaces, but this is ${describe(value)}`);
    return;
  }
  try {
    if (source === '') throw new Error('it is empty');
    compileExpression(source, path);
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    report(path, `The JSONata expression cannot be parsed: ${code ? `${code}: ` : ''}${message}`);
  }
}

const variablePattern = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u;
export const assignments: Check = (value, path, place) => {
  if (!isObject(value)) return place.report(path, `Expected an object, but was ${describe(value)}`);
  for (const name of Object.keys(value)) {
    if (name === 'states' || name.length > 80) place.report(`${path}/${name}`, `'${name}' cannot be the name of a variable`);
    else if (!variablePattern.test(name) && !name.endsWith('.$'))
      place.report(`${path}/${name}`, `'${name}' is no identifier: no expression could name this variable`, 'unsupported');
  }
  template(value, path, place);
};

/** An ARN, a token that becomes one (`${…}`), or what CloudFormation puts in place of one. */
export const resource: Check = (value, path, { report, machineType }) => {
  if (isObject(value) && Object.keys(value).every((key) => key === 'Ref' || key.startsWith('Fn::')) && Object.keys(value).length === 1)
    return;
  if (typeof value !== 'string' || !(value.startsWith('arn:') || value.includes('${')))
    report(path, `Expected the ARN of a resource, but was ${describe(value)}`);
  else if (machineType === 'EXPRESS' && /:activity:|\.sync(:\d+)?$|\.waitForTaskToken$/.test(value))
    report(path, `An Express machine cannot wait for a callback, a job or an activity, but this is ${describe(value)}`);
};

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
export const listOf = (value: Json | undefined): readonly Json[] => (isList(value) ? value : []);

export function describe(value: Json | undefined): string {
  const shown = JSON.stringify(value) ?? 'nothing';
  return shown.length > 80 ? `${shown.slice(0, 77)}…` : shown;
}
