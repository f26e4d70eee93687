import type * as z from 'zod';
import { fieldAt, keysAt } from './json-schema.ts';
import { nearest } from './nearest.ts';
import { type Finding, type Path, valueAt } from './problem.ts';

/** Turns what the schema complains about into findings: what is wrong, and what the field is for. */
export function structuralFindings(raw: unknown, issues: z.core.$ZodIssue[]): Finding[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    if (path.length === 0 && (raw === undefined || raw === null)) return [emptyFile];
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(raw, path, key));
    return [{ path, message: messageOf(raw, path, issue), remedy: remedyOf(raw, path, issue) }];
  });
}

const emptyFile: Finding = {
  path: [],
  message: 'the file is empty',
  remedy: 'Give at least a name, the regions and the services; the shipped evenkeel.config.ts shows how.',
};

function unknownKey(raw: unknown, path: Path, key: string): Finding {
  const known = keysAt(raw, path);
  const near = nearest(key, known);
  const remedy = near === undefined ? `Remove it. Known keys: ${known.join(', ')}.` : `Did you mean ${JSON.stringify(near)}?`;
  return { path: [...path, key], message: `unknown key ${JSON.stringify(key)}`, remedy };
}

function messageOf(raw: unknown, path: Path, issue: z.core.$ZodIssue): string {
  const value = valueAt(raw, path);
  if (value === undefined && issue.code !== 'invalid_key') return `${lastName(path)} is missing`;
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' && Number.isFinite(value)
        ? 'must be a whole number'
        : `must be ${article(issue.expected)}, not ${article(typeOf(value))}`;
    case 'invalid_value':
      return isActionName(path) ? `names an unknown action ${JSON.stringify(value)}` : `must be ${oneOf(issue.values.map(String))}`;
    case 'too_small':
      return `must ${bound(issue.origin, 'at least', issue.minimum, issue.inclusive ?? true)}`;
    case 'too_big':
      return issue.message.startsWith('is ')
        ? issue.message
        : `must ${bound(issue.origin, 'at most', issue.maximum, issue.inclusive ?? true)}`;
    case 'invalid_union':
      return 'discriminator' in issue ? `must be ${oneOf(knownValues(issue))}` : issue.message;
    case 'invalid_key':
      return `${JSON.stringify(path.at(-1))} ${issue.issues[0]?.message ?? 'is not allowed as a key'}`;
    default:
      return issue.message;
  }
}

function remedyOf(raw: unknown, path: Path, issue: z.core.$ZodIssue): string {
  const value = valueAt(raw, path);
  const near = typeof value === 'string' ? nearest(value, knownValues(issue)) : undefined;
  if (near !== undefined) return `Did you mean ${JSON.stringify(near)}?`;
  const hint = value === undefined ? 'Add it.' : 'Correct it.';
  // Before the kind of a thing is known, its description would be that of a wrong kind.
  if ('discriminator' in issue) return hint;
  const meaning = fieldAt(raw, path)?.description ?? fieldAt(raw, path.slice(0, -1))?.description;
  return meaning === undefined ? hint : `${hint} ${meaning}`;
}

/** The words that the field takes, when it takes only some. */
function knownValues(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_value') return issue.values.filter((value) => typeof value === 'string');
  return issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
}

function isActionName(path: Path): boolean {
  return path[0] === 'playbooks' && path.at(-1) === 'action';
}

function lastName(path: Path): string {
  const last = path.at(-1);
  return typeof last === 'number' ? `item ${last}` : String(last);
}

function bound(origin: string, side: string, limit: number | bigint, inclusive: boolean): string {
  if (origin === 'array') return `hold ${side} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  if (origin === 'string') return limit === 1 && side === 'at least' ? 'not be empty' : `be ${side} ${limit} characters long`;
  if (inclusive) return `be ${side} ${limit}`;
  return side === 'at least' ? `be more than ${limit}` : `be less than ${limit}`;
}

function oneOf(values: string[]): string {
  return values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return Array.isArray(value) ? 'array' : typeof value;
}

const articles: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
  NaN: 'NaN',
  Infinity: 'infinity',
  '-Infinity': 'minus infinity',
};

function article(type: string): string {
  return articles[type] ?? `a ${type}`;
}
