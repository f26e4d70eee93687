/**
 * A deep copy of plain data (objects, arrays, primitives) without its undefined members, as a journey over the wire leaves it.
 * Anything else, such as a Map, is shared, not copied. Several times quicker than structuredClone, which the simulator feels.
 */
export function copyOf<T>(value: T): T;
export function copyOf(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((element: unknown) => copyOf(element));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    const member = value[key as keyof typeof value];
    if (member !== undefined) setMember(copy, key, copyOf(member));
  }
  return copy;
}

/** What a frozen copy holds: counted while it is made, for a second walk over it costs as much as the first. */
export interface Measured {
  /** From below: numbers count 8, strings and member names their length. */
  bytes: number;
  /** Whether every number in it is finite, as JSON wants it. */
  finite: boolean;
}

/** The same, frozen through and through: it can be handed to any number of readers without a copy for each. */
export function frozenCopyOf<T>(value: T, measured?: Measured): T;
export function frozenCopyOf(value: unknown, measured: Measured = { bytes: 0, finite: true }): unknown {
  if (typeof value === 'string') measured.bytes += value.length;
  else if (typeof value === 'number') {
    measured.bytes += 8;
    if (!Number.isFinite(value)) measured.finite = false;
  }
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return Object.freeze(value.map((element: unknown) => frozenCopyOf(element, measured)));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    const member = value[key as keyof typeof value];
    if (member === undefined) continue;
    measured.bytes += key.length;
    setMember(copy, key, frozenCopyOf(member, measured));
  }
  return Object.freeze(copy);
}

/** JSON may hold a member named `__proto__`; a plain assignment would set the prototype instead. */
function setMember(copy: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(copy, key, { value, enumerable: true, configurable: true, writable: true });
  else copy[key] = value;
}
