import jsonata from 'jsonata';
import { type Failure, failed, queryFailure, succeeded } from './failure.ts';
import { hash, parse, partition, range } from './functions.ts';
import type { Json, JsonObject } from './types.ts';

/**
 * What an expression may name: `$states`, the workflow's variables, and the four functions that are taken from the ports so that a run
 * repeats. A binding that is absent reads as undefined, which makes the expression fail as in AWS.
 */
export interface Bindings {
  variable(name: string): unknown;
}

/** A JSONata expression, parsed once per file. */
export interface Expression {
  kind: 'expression';
  source: string;
  /** Where it stands in its state: `Output/error`, `Items[1]`. */
  field: string;
  /** Every `$name` that occurs in it; only these are bound for an evaluation. */
  names: readonly string[];
  /** Which parts of `$states` it reads. */
  statesFields: readonly string[];
  /** The result as JSON, undefined when there is none. @throws what jsonata throws, or an Error for a result that is no JSON. */
  evaluate(bindings: Bindings): Json | undefined | Promise<Json | undefined>;
}

/** A JSON value in which strings of the form `{% … %}` are expressions. */
export type Template =
  | { kind: 'constant'; value: Json }
  | Expression
  | { kind: 'array'; items: Template[] }
  | { kind: 'object'; entries: [string, Template][] };

const expressionPattern = /^\{%\s([\s\S]*)\s%\}$/;

/** The source between the delimiters, or undefined when the text is a plain string. */
export function expressionSource(text: string): string | undefined {
  return expressionPattern.exec(text)?.[1]?.trim();
}

interface Node {
  readonly type?: string;
  readonly value?: unknown;
  readonly steps?: readonly Node[];
  readonly [key: string]: unknown;
}

/** What was compiled lately, by source: a machine is checked before it is parsed, and machines repeat one another's expressions. */
const compiled = new Map<string, Omit<Expression, 'field'>>();
const compiledMax = 2_000;

/** @throws the parser's error: an object with `code`, `position` and `message`. */
export function compileExpression(source: string, field: string): Expression {
  const known = compiled.get(source);
  if (known !== undefined) return { ...known, field };
  const expression = compile(source);
  if (compiled.size >= compiledMax) compiled.clear();
  compiled.set(source, expression);
  return { ...expression, field };
}

function compile(source: string): Omit<Expression, 'field'> {
  const ast = jsonata(source).ast() as unknown as Node;
  const names = new Set<string>();
  const statesFields = new Set<string>();
  collect(ast, names, statesFields);
  const usesNow = names.delete('now');
  if (usesNow) names.add('millis');
  const bound = [...names].filter((name) => name !== '' && name !== '$' && !Object.hasOwn(fixed, name));
  let program: jsonata.Expression | undefined;
  const full = async (bindings: Bindings) => {
    const values: Record<string, unknown> = {};
    for (const name of bound) {
      const value = bindings.variable(name);
      if (value !== undefined) values[name] = value;
    }
    program ??= build(source, names, usesNow);
    return toJson(await program.evaluate(undefined, values));
  };
  const path = plainPath(ast);
  return {
    kind: 'expression',
    source,
    names: bound,
    statesFields: [...statesFields],
    evaluate: path ? (bindings) => walk(path, bindings, full) : full,
  };
}

// AWS has no $eval: code that comes with the data is not run.
const fixed = { partition, range, hash, parse, eval: undefined };

/**
 * The program with AWS's functions in it. `$now` takes a picture and a time zone, which `$fromMillis` knows: it is made of that and the
 * clock's milliseconds.
 */
function build(source: string, names: ReadonlySet<string>, usesNow: boolean): jsonata.Expression {
  const program = jsonata(usesNow ? `($now := function($p, $z) { $fromMillis($millis(), $p, $z) }; ${source}\n)` : source);
  for (const [name, implementation] of Object.entries(fixed)) {
    if (names.has(name)) program.assign(name, implementation);
  }
  return program;
}

/** Walks the syntax tree for variable names and for `$states.<field>`. */
function collect(node: unknown, names: Set<string>, statesFields: Set<string>): void {
  if (Array.isArray(node)) {
    for (const item of node) collect(item, names, statesFields);
    return;
  }
  if (typeof node !== 'object' || node === null || node instanceof RegExp) return;
  const { type, value, steps } = node as Node;
  if (type === 'variable' && typeof value === 'string') names.add(value);
  if (type === 'path' && steps?.[0]?.type === 'variable' && steps[0].value === 'states' && steps[1]?.type === 'name') {
    statesFields.add(String(steps[1].value));
  }
  for (const child of Object.values(node)) collect(child, names, statesFields);
}

/** `$states.input.a.b` and `$name.a` as their steps; undefined for anything that is more than plain names. */
function plainPath(ast: Node): string[] | undefined {
  if (isPlain(ast, 'variable')) return [String(ast.value)];
  if (ast.type !== 'path' || !ast.steps || ast.keepSingletonArray || ast.group) return undefined;
  const [first, ...rest] = ast.steps;
  if (!first || !isPlain(first, 'variable') || !rest.every((step) => isPlain(step, 'name'))) return undefined;
  return ast.steps.map((step) => String(step.value));
}

function isPlain(node: Node, type: string): boolean {
  const decorated = ['predicate', 'stages', 'group', 'focus', 'index', 'tuple', 'ancestor', 'seekingParent', 'keepArray', 'cons'];
  return node.type === type && node.value !== '' && node.value !== '$' && !decorated.some((key) => node[key]);
}

/**
 * Most expressions of a machine are plain paths, and jsonata takes a dozen promises for one: objects are walked here, and the first
 * array on the way (over which JSONata maps) hands the whole expression to jsonata. A property test holds the two together.
 */
function walk(path: readonly string[], bindings: Bindings, full: Expression['evaluate']): ReturnType<Expression['evaluate']> {
  let value = bindings.variable(path[0] ?? '');
  for (let index = 1; index < path.length; index += 1) {
    if (Array.isArray(value)) return full(bindings);
    if (typeof value !== 'object' || value === null) return undefined;
    const key = path[index] ?? '';
    value = Object.hasOwn(value, key) ? (value as JsonObject)[key] : undefined;
  }
  return typeof value === 'function' ? full(bindings) : (value as Json | undefined);
}

/** Compiles every expression in a value. `field` is the path that errors name. @throws the parser's error. */
export function compileTemplate(value: Json, field: string): Template {
  if (typeof value === 'string') {
    const source = expressionSource(value);
    return source === undefined ? { kind: 'constant', value } : compileExpression(source, field);
  }
  if (typeof value !== 'object' || value === null) return { kind: 'constant', value };
  if (isList(value)) {
    const items = value.map((item, index) => compileTemplate(item, `${field}[${index}]`));
    return items.every((item) => item.kind === 'constant') ? { kind: 'constant', value } : { kind: 'array', items };
  }
  const entries = Object.entries(value).map(([key, item]): [string, Template] => [key, compileTemplate(item, `${field}/${key}`)]);
  return entries.every(([, item]) => item.kind === 'constant') ? { kind: 'constant', value } : { kind: 'object', entries };
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** Every expression in a template, in the order of the file. */
export function expressionsIn(template: Template): Expression[] {
  switch (template.kind) {
    case 'constant':
      return [];
    case 'expression':
      return [template];
    case 'array':
      return template.items.flatMap(expressionsIn);
    case 'object':
      return template.entries.flatMap(([, item]) => expressionsIn(item));
  }
}

/** Evaluates a template. `where` is AWS's phrase for the state, with which the cause of a failure begins. */
export async function evaluateTemplate(template: Template, bindings: Bindings, where: string): Promise<Evaluated> {
  switch (template.kind) {
    case 'constant':
      return succeeded(template.value);
    case 'expression':
      return evaluateExpression(template, bindings, where);
    case 'array': {
      const items: Json[] = [];
      for (const item of template.items) {
        const evaluated = await evaluateTemplate(item, bindings, where);
        if (!evaluated.ok) return evaluated;
        items.push(evaluated.value);
      }
      return succeeded(items);
    }
    case 'object': {
      const object: Record<string, Json> = {};
      for (const [key, item] of template.entries) {
        const evaluated = await evaluateTemplate(item, bindings, where);
        if (!evaluated.ok) return evaluated;
        object[key] = evaluated.value;
      }
      return succeeded(object);
    }
  }
}

/** `location` is the field of the expression that failed, for the EvaluationFailed event. */
export type Evaluated = { ok: true; value: Json } | { ok: false; failure: Failure; location: string };

async function evaluateExpression(expression: Expression, bindings: Bindings, where: string): Promise<Evaluated> {
  const lead = `${where} The JSONata expression '${expression.source}' specified for the field '${expression.field}'`;
  let value: Json | undefined;
  try {
    const pending = expression.evaluate(bindings);
    value = pending instanceof Promise ? await pending : pending;
  } catch (error) {
    return queryFailed(expression.field, `${lead} threw an error during evaluation. ${describe(error)}`);
  }
  if (value === undefined) return queryFailed(expression.field, `${lead} returned nothing (undefined).`);
  return succeeded(value);
}

export function queryFailed(location: string, cause: string): Evaluated & { ok: false } {
  return { ...failed(queryFailure(cause)), location };
}

function describe(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? `${code}: ${message}` : String(message ?? error);
}

/** The result as JSON: jsonata's sequences become plain arrays, what is JSON already is passed on by reference. @throws Error for what is none. */
function toJson(value: unknown): Json | undefined {
  if (value === undefined) return undefined;
  return isPlainJson(value) ? value : copyJson(value);
}

function isPlainJson(value: unknown): value is Json {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object') return typeof value === 'string' || typeof value === 'boolean';
  if (value === null) return true;
  if (Array.isArray(value)) return !('sequence' in value) && value.every(isPlainJson);
  if ('_jsonata_lambda' in value || '_jsonata_function' in value) return false;
  for (const key in value) {
    if (!isPlainJson((value as Record<string, unknown>)[key])) return false;
  }
  return true;
}

function copyJson(value: unknown): Json {
  if (Array.isArray(value)) return value.map(copyJson);
  if (typeof value === 'object' && value !== null && !('_jsonata_lambda' in value) && !('_jsonata_function' in value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyJson(item)]));
  }
  if (isPlainJson(value)) return value;
  throw new Error(`The result is no JSON: it has a ${typeof value === 'object' ? 'function' : typeof value} in it.`);
}
