import { formatFloat64 } from './number.ts';
import { byteLength } from './text.ts';

/**
 * gatus's own small path language over a JSON body: `status`, `user.name`, `items[0].id`, `[2][1]`. Ported with its edges, because
 * conditions written for gatus rely on them: a path that goes on behind an array or a number answers that array or number.
 */

/** The value as gatus shows it, and its length: elements of an array, bytes of everything else. */
export interface PathValue {
  text: string;
  length: number;
}

/** Deeper values are refused: Go's decoder has such a limit too (10,000), and a hostile body must not exhaust our stack. */
const depthMax = 500;

/** `undefined` when the body is no JSON or nothing is at the path. */
export function evaluateJsonPath(path: string, body: string): PathValue | undefined {
  if (path === '' && !(body.startsWith('[') && body.endsWith(']'))) return { text: body, length: byteLength(body) };
  try {
    return walk(splitPath(path), JSON.parse(body));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TooDeep) return undefined;
    throw error;
  }
}

class TooDeep extends Error {}

/** A dot inside brackets does not end a key. */
function splitPath(path: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < path.length; index++) {
    const char = path[index];
    if (char === '[') depth++;
    if (char === ']') depth--;
    if (char === '.' && depth === 0) {
      keys.push(path.slice(start, index));
      start = index + 1;
    }
  }
  keys.push(path.slice(start));
  return keys;
}

function walk(keys: string[], root: unknown): PathValue | undefined {
  let value = root;
  for (const [index, key] of keys.entries()) {
    value = select(key, value);
    const last = index === keys.length - 1;
    if (value === null || value === undefined) return undefined;
    if (typeof value === 'string') return last ? measured(value) : undefined;
    if (Array.isArray(value)) return { text: formatValue(value, 0), length: value.length };
    if (!isObject(value) || last) return measured(isObject(value) ? canonicalObject(value, 0) : formatValue(value, 0));
  }
  return undefined;
}

function measured(text: string): PathValue {
  return { text, length: byteLength(text) };
}

const indexedKey = /^([^[]*)\[([^\]]*)\](.*)$/s;

function select(key: string, value: unknown): unknown {
  const indexed = key.endsWith(']') ? indexedKey.exec(key) : null;
  if (indexed) {
    const [, name = '', index = '', rest = ''] = indexed;
    const array = name === '' ? value : member(value, name);
    if (!/^[+-]?\d+$/.test(index) || !Array.isArray(array)) return undefined;
    const element: unknown = array[Number(index)];
    return rest.startsWith('[') ? select(rest, element) : element;
  }
  // A key that meets an array or a plain value answers that value: a body may be nothing but a number.
  return isObject(value) ? member(value, key) : value;
}

function member(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** fmt's %v: `[1 2 map[a:b]]`, keys sorted. */
export function formatValue(value: unknown, depth = 0): string {
  if (depth > depthMax) throw new TooDeep();
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'number') return formatFloat64(value);
  if (Array.isArray(value)) return `[${value.map((element) => formatValue(element, depth + 1)).join(' ')}]`;
  if (!isObject(value)) return String(value);
  return `map[${sortedEntries(value)
    .map(([key, entry]) => `${key}:${formatValue(entry, depth + 1)}`)
    .join(' ')}]`;
}

/** encoding/json's Marshal: minified, keys sorted, `<`, `>` and `&` escaped. */
function canonicalObject(value: unknown, depth: number): string {
  if (depth > depthMax) throw new TooDeep();
  if (Array.isArray(value)) return `[${value.map((element) => canonicalObject(element, depth + 1)).join(',')}]`;
  if (!isObject(value)) return quote(value);
  return `{${sortedEntries(value)
    .map(([key, entry]) => `${quote(key)}:${canonicalObject(entry, depth + 1)}`)
    .join(',')}}`;
}

const escapedByGo = /[<>&\u2028\u2029]/g;

function quote(value: unknown): string {
  return JSON.stringify(value).replace(escapedByGo, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function sortedEntries(value: Record<string, unknown>): [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}
