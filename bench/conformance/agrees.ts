import type { Json } from '../../simulator/asl/types.ts';

/**
 * Is a value what was recorded? Markers in the recording (`<uuid:1>`, `date`) stand for anything, and texts that are JSON (the causes of
 * Lambda errors) are compared as values, for their white space was not kept.
 */
export function agrees(actual: Json | undefined, recorded: Json | undefined, masked: readonly string[]): boolean {
  if (typeof recorded === 'string') return agreesText(actual, recorded, masked);
  if (typeof recorded !== 'object' || recorded === null) return actual === recorded;
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual) !== Array.isArray(recorded)) return false;
  const mine = Object.entries(actual);
  const theirs = new Map(Object.entries(recorded));
  return mine.length === theirs.size && mine.every(([key, value]) => theirs.has(key) && agrees(value, theirs.get(key), masked));
}

function agreesText(actual: Json | undefined, recorded: string, masked: readonly string[]): boolean {
  if (actual === recorded || masked.includes(recorded)) return true;
  if (typeof actual !== 'string') return false;
  const [left, right] = [jsonIn(actual), jsonIn(recorded)];
  if (left !== undefined && right !== undefined) return agrees(left, right, masked);
  const pattern = recorded.split(/<[a-z0-9_-]+:\d+>|<[a-z_]+>/i).map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return pattern.length > 1 && new RegExp(`^${pattern.join('[\\s\\S]*')}$`).test(actual);
}

/** The object or array that a text is the JSON of. */
function jsonIn(text: string): Json | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
