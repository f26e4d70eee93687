import { setMember } from './copy.ts';

/** What a frozen value holds. */
interface Measured {
  /** From below: numbers count 8, strings and member names their length. */
  bytes: number;
  /** Whether every number in it is finite, as JSON wants it. */
  finite: boolean;
}

/** A value that was frozen here. */
export interface Frozen<T> extends Measured {
  value: T;
}

/**
 * `value` without its undefined members, frozen through and through: it can be handed to any number of readers without a copy for each, and
 * whoever gave it and changes it afterwards is told so by a TypeError. It is copied only where it holds undefined members.
 *
 * @param before what was frozen here earlier: the parts that both share are passed over, so that a small change of a large value costs little
 */
export function frozen<T>(value: T, before?: Frozen<unknown>): Frozen<T>;
export function frozen(value: unknown, before?: Frozen<unknown>): Frozen<unknown> {
  const measured: Measured = { bytes: before?.bytes ?? 0, finite: true };
  return { value: settle(value, before?.value, measured), bytes: measured.bytes, finite: measured.finite };
}

/** Freezes what `before` does not share, and adds to `measured` how many more bytes there are than in `before`. */
function settle(value: unknown, before: unknown, measured: Measured): unknown {
  if (value === before) return value;
  if (typeof value === 'number' && !Number.isFinite(value)) measured.finite = false;
  if (Array.isArray(value)) return settleElements(value, Array.isArray(before) ? before : without(before, measured), measured);
  if (isPlain(value)) return settleMembers(value, isPlain(before) ? before : without(before, measured), measured);
  measured.bytes += bytesOf(value) - bytesOf(before);
  return value;
}

type Members = Record<string, unknown>;

function settleMembers(value: Members, before: Members | undefined, measured: Measured): Members {
  let result = value;
  let shared = 0;
  for (const key in value) {
    const member = value[key];
    if (member === undefined) {
      if (result === value) result = withoutUndefined(value);
      continue;
    }
    const known = before && ownMember(before, key);
    if (known === undefined) measured.bytes += key.length;
    else shared += 1;
    if (member === known) continue;
    const settled = settle(member, known, measured);
    if (settled === member) continue;
    if (result === value) result = withoutUndefined(value);
    setMember(result, key, settled);
  }
  if (before !== undefined && shared < Object.keys(before).length)
    for (const key in before) if (ownMember(value, key) === undefined) measured.bytes -= key.length + bytesOf(before[key]);
  return Object.freeze(result);
}

function settleElements(value: readonly unknown[], before: readonly unknown[] | undefined, measured: Measured): readonly unknown[] {
  let result = value;
  for (let index = 0; index < value.length; index += 1) {
    const settled = settle(value[index], before?.[index], measured);
    if (settled !== value[index]) result = result.with(index, settled);
  }
  if (before !== undefined) for (let index = value.length; index < before.length; index += 1) measured.bytes -= bytesOf(before[index]);
  return Object.freeze(result);
}

function without(before: unknown, measured: Measured): undefined {
  measured.bytes -= bytesOf(before);
}

function bytesOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value === 'number') return 8;
  let bytes = 0;
  if (Array.isArray(value)) for (const element of value) bytes += bytesOf(element);
  else if (isPlain(value)) for (const key in value) bytes += key.length + bytesOf(value[key]);
  return bytes;
}

function withoutUndefined(value: Members): Members {
  const copy: Members = {};
  for (const key in value) if (value[key] !== undefined) setMember(copy, key, value[key]);
  return copy;
}

/** What every object inherits under `__proto__` is no member of it. */
function ownMember(value: Members, key: string): unknown {
  return key !== '__proto__' || Object.hasOwn(value, key) ? value[key] : undefined;
}

function isPlain(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
