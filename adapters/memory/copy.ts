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

/** JSON may hold a member named `__proto__`; a plain assignment would set the prototype instead. */
export function setMember(copy: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(copy, key, { value, enumerable: true, configurable: true, writable: true });
  else copy[key] = value;
}
