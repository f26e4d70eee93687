import type * as z from 'zod';
import { isObject, type Path } from './problem.ts';
import type { ConfigInput } from './schema.ts';

type DeepPartial<T> = T extends (infer Item)[]
  ? (DeepPartial<Item> | undefined)[]
  : T extends object
    ? { [Key in keyof T]?: DeepPartial<T[Key]> | undefined }
    : T;

/**
 * A configuration of which any part may be missing. The rules read this, so that one pass reports a wrong type in one place
 * and a dependency cycle in another.
 */
export type Draft = DeepPartial<ConfigInput>;

/** Cuts what the schema could not read out of the raw value. Array positions stay, so that paths stay right. */
export function draftOf(raw: unknown, issues: z.core.$ZodIssue[]): Draft {
  const cuts = new Set(issues.flatMap(cutsOf).map(keyOf));
  // What is left was read by the schema without complaint about its type: this is the edge where it gets one.
  return (without(raw, [], cuts) ?? {}) as Draft;
}

function cutsOf(issue: z.core.$ZodIssue): Path[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => [...path, key]);
    case 'invalid_union':
      // Without a known kind nothing else in the object was looked at.
      return ['discriminator' in issue ? path.slice(0, -1) : path];
    case 'invalid_type':
    case 'invalid_value':
    case 'invalid_key':
    case 'invalid_element':
      return [path];
    default:
      // A value of the right type that is too long or oddly written can still be compared and referred to.
      return [];
  }
}

function without(value: unknown, path: Path, cuts: Set<string>): unknown {
  if (cuts.has(keyOf(path))) return undefined;
  if (Array.isArray(value)) return value.map((item, index) => without(item, [...path, index], cuts));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, without(item, [...path, key], cuts)]));
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}

/** The items that are there, with their positions. */
export function* each<T>(items: readonly (T | undefined)[] | undefined): Generator<[number, T]> {
  for (const [index, item] of (items ?? []).entries()) if (item !== undefined) yield [index, item];
}

/** The entries that are there. */
export function* entriesOf<T>(record: Record<string, T | undefined> | undefined): Generator<[string, T]> {
  for (const [key, item] of Object.entries(record ?? {})) if (item !== undefined) yield [key, item];
}

/** The `name` of each item that has one. */
export function namesOf(items: readonly ({ name?: string | undefined } | undefined)[] | undefined): string[] {
  return (items ?? []).flatMap((item) => item?.name ?? []);
}
