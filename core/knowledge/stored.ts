import type * as z from 'zod';
import { failed, type Item, type Json, ok, type Result } from '../model/index.ts';
import type { Clock, Store } from '../ports/index.ts';
import { within } from '../ports/within.ts';
import { agesAt } from './ageing.ts';

/** Patience with the table: it is in the same region, and a slow answer is as good as none. */
export const storeCallMs = 5_000;

const writeAttemptsMax = 8;

export interface Stored<T> {
  value: T | null;
  version: number;
}

/** Reads one item and parses it. Version 0 and null when there is none. A body that does not parse is `invalid`, never a throw. */
export async function readStored<T>(store: Store, clock: Clock, key: string, schema: z.ZodType<T>): Promise<Result<Stored<T>>> {
  const got = await store.get(key, within(clock, storeCallMs));
  if (!got.ok) return got;
  if (got.value === null) return ok({ value: null, version: 0 });
  const parsed = parseBody(schema, got.value.body);
  if (!parsed.ok) return failed('invalid', `stored item ${key} does not parse: ${parsed.reason}`);
  return ok({ value: parsed.value, version: got.value.version });
}

/** By schema: what a body was parsed to. */
const parsedBodies = new WeakMap<z.ZodType, WeakMap<object, unknown>>();

/** A body that is the very object that was parsed before (the memory store hands out frozen ones) is not parsed again. */
function parseBody<T>(schema: z.ZodType<T>, body: Json): Result<T> {
  const known = body !== null && typeof body === 'object' ? parsedBodies.get(schema)?.get(body) : undefined;
  // Null and undefined are never remembered.
  if (known !== undefined) return ok(known as T);
  const parsed = schema.safeParse(body);
  if (!parsed.success) return failed('invalid', parsed.error.issues[0]?.message ?? 'unknown');
  rememberParsed(schema, body, parsed.data);
  return ok(parsed.data);
}

function rememberParsed<T>(schema: z.ZodType<T>, body: Json, value: T): void {
  if (body === null || typeof body !== 'object' || value === undefined) return;
  const known = parsedBodies.get(schema);
  if (known === undefined) parsedBodies.set(schema, new WeakMap([[body, value]]));
  else known.set(body, value);
}

/** Reads all items under a prefix; those that do not parse are left out. */
export async function queryStored<T>(
  store: Store,
  clock: Clock,
  prefix: string,
  limit: number,
  schema: z.ZodType<T>,
): Promise<Result<T[]>> {
  const got = await store.query(prefix, limit, within(clock, storeCallMs));
  if (!got.ok) return got;
  return ok(
    got.value.flatMap((item) => {
      const parsed = parseBody(schema, item.body);
      return parsed.ok ? [parsed.value] : [];
    }),
  );
}

/**
 * Read, change, write on the version that was read; again from the read when somebody was quicker, at most eight times.
 * `change` returns the new value, or null to leave the item as it is. Answers the value that stands afterwards.
 */
export async function updateStored<T>(
  store: Store,
  clock: Clock,
  key: string,
  schema: z.ZodType<T>,
  change: (current: T | null) => T | null,
  expiresAt?: number,
): Promise<Result<T | null>> {
  for (let attempt = 0; attempt < writeAttemptsMax; attempt += 1) {
    const read = await readStored(store, clock, key, schema);
    if (!read.ok) return read;
    const next = change(read.value.value);
    if (next === null) return ok(read.value.value);
    const written = await writeStored(store, clock, key, schema, next, read.value.version, expiresAt);
    if (written.ok) return ok(next);
    if (written.code !== 'conflict') return written;
  }
  return failed('conflict', `${key} was changed by others ${writeAttemptsMax} times in a row`);
}

/** One conditional write of a value that its schema describes: reading it back needs no second parse. */
export async function writeStored<T>(
  store: Store,
  clock: Clock,
  key: string,
  schema: z.ZodType<T>,
  value: T,
  expectedVersion: number,
  expiresAt?: number,
): Promise<Result<Item>> {
  const written = await putStored(store, clock, key, value, expectedVersion, expiresAt);
  // What was written is what is read, so that the next change shares with it all that it leaves as it is.
  if (written.ok) rememberParsed(schema, written.value.body, written.value.body as T);
  return written;
}

/** One conditional write. What has ended ages by itself, where nothing else is said. */
export function putStored<T>(
  store: Store,
  clock: Clock,
  key: string,
  value: T,
  expectedVersion: number,
  expiresAt?: number,
): Promise<Result<Item>> {
  // Every stored type is made of JSON alone; zod's output types do not say so.
  const body = value as Json;
  const until = expiresAt ?? agesAt(key, body);
  return store.put(until === undefined ? { key, body } : { key, body, expiresAt: until }, expectedVersion, within(clock, storeCallMs));
}
