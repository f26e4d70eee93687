/**
 * The `pat(...)` function: Go's filepath.Match on Unix, with slashes taken out of both sides first, as gatus does, since a `*` would stop
 * at them. `*` any run of characters, `?` one character, `[a-z]` and `[^a-z]` classes, `\` escapes the next character.
 */

type Element = { kind: 'literal'; text: string } | { kind: 'any' } | { kind: 'class'; negated: boolean; ranges: [string, string][] };

/** The elements between two stars. */
type Chunk = Element[];

/** A malformed pattern (an open class, a trailing backslash) matches nothing. */
export function matchesPattern(pattern: string, value: string): boolean {
  if (pattern === '*') return true;
  const chunks = parsePattern(pattern.replaceAll('/', ''));
  return chunks !== undefined && matchChunks(chunks, value.replaceAll('/', ''));
}

/** Each star lets the following chunk float to its first place; the last chunk has to reach the end. */
function matchChunks(chunks: Chunk[], value: string): boolean {
  const [first = [], ...floating] = chunks;
  let position = matchAt(first, value, 0);
  if (position === undefined) return false;
  if (floating.length === 0) return position === value.length;
  const last = floating.pop() ?? [];
  for (const chunk of floating) {
    position = find(chunk, value, position);
    if (position === undefined) return false;
  }
  return endsWith(last, value, position);
}

/** A body may be a megabyte that almost matches everywhere: literal text is looked for by the engine's own search. */
function find(chunk: Chunk, value: string, from: number): number | undefined {
  const [first] = chunk;
  for (let start = from; start <= value.length; start++) {
    if (first?.kind === 'literal') {
      start = value.indexOf(first.text, start);
      if (start === -1) return undefined;
    }
    const end = matchAt(chunk, value, start);
    if (end !== undefined) return end;
  }
  return undefined;
}

function endsWith(chunk: Chunk, value: string, from: number): boolean {
  if (chunk.length === 0) return true;
  // One character of a class or a `?` is one or two UTF-16 units.
  const unitsMax = chunk.reduce((units, element) => units + (element.kind === 'literal' ? element.text.length : 2), 0);
  for (let start = Math.max(from, value.length - unitsMax); start <= value.length; start++) {
    if (matchAt(chunk, value, start) === value.length) return true;
  }
  return false;
}

/** The position after the chunk when it matches at `start`. */
function matchAt(chunk: Chunk, value: string, start: number): number | undefined {
  let position = start;
  for (const element of chunk) {
    if (element.kind === 'literal') {
      if (!value.startsWith(element.text, position)) return undefined;
      position += element.text.length;
      continue;
    }
    const code = value.codePointAt(position);
    if (code === undefined) return undefined;
    const char = String.fromCodePoint(code);
    if (!matchesElement(element, char)) return undefined;
    position += char.length;
  }
  return position;
}

function matchesElement(element: Exclude<Element, { kind: 'literal' }>, char: string): boolean {
  if (element.kind === 'any') return true;
  const code = char.codePointAt(0) ?? 0;
  const inside = element.ranges.some(([low, high]) => (low.codePointAt(0) ?? 0) <= code && code <= (high.codePointAt(0) ?? 0));
  return inside !== element.negated;
}

function parsePattern(pattern: string): Chunk[] | undefined {
  const chars = [...pattern];
  const chunks: Chunk[] = [[]];
  let position = 0;
  while (position < chars.length) {
    const char = chars[position++] ?? '';
    if (char === '*') {
      chunks.push([]);
      continue;
    }
    const parsed = parseElement(char, chars, position);
    if (!parsed) return undefined;
    append(chunks.at(-1) ?? [], parsed.element);
    position = parsed.next;
  }
  return chunks;
}

/** Literal characters next to one another are one text. */
function append(chunk: Chunk, element: Element): void {
  const last = chunk.at(-1);
  if (last?.kind === 'literal' && element.kind === 'literal') last.text += element.text;
  else chunk.push(element);
}

function parseElement(char: string, chars: string[], next: number): { element: Element; next: number } | undefined {
  if (char === '?') return { element: { kind: 'any' }, next };
  if (char === '[') return parseClass(chars, next);
  if (char !== '\\') return { element: { kind: 'literal', text: char }, next };
  const escaped = chars[next];
  return escaped === undefined ? undefined : { element: { kind: 'literal', text: escaped }, next: next + 1 };
}

function parseClass(chars: string[], start: number): { element: Element; next: number } | undefined {
  let position = start;
  const negated = chars[position] === '^';
  if (negated) position++;
  const ranges: [string, string][] = [];
  while (chars[position] !== ']' || ranges.length === 0) {
    const low = parseClassChar(chars, position);
    if (!low) return undefined;
    position = low.next;
    let high = low;
    if (chars[position] === '-') {
      const parsed = parseClassChar(chars, position + 1);
      if (!parsed) return undefined;
      high = parsed;
      position = parsed.next;
    }
    ranges.push([low.char, high.char]);
  }
  return { element: { kind: 'class', negated, ranges }, next: position + 1 };
}

function parseClassChar(chars: string[], start: number): { char: string; next: number } | undefined {
  const first = chars[start];
  if (first === undefined || first === '-' || first === ']') return undefined;
  const [char, next] = first === '\\' ? [chars[start + 1], start + 2] : [first, start + 1];
  // A class that ends with the pattern is open.
  if (char === undefined || next >= chars.length) return undefined;
  return { char, next };
}
