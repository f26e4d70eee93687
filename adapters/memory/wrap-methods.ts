type AnyMethod = (...args: unknown[]) => unknown;

/**
 * The same port with every method replaced by what `wrap` makes of it; what is no method stays as it is now. A plain object: ports are
 * called half a million times in a simulated day, and a Proxy makes each call slow.
 */
export function wrapMethods<T extends object>(port: T, wrap: (name: string, method: AnyMethod) => AnyMethod): T {
  const wrapped: Record<string, unknown> = {};
  for (let layer: object | null = port; layer !== null && layer !== Object.prototype; layer = Object.getPrototypeOf(layer)) {
    for (const name of Object.getOwnPropertyNames(layer)) {
      if (name === 'constructor' || Object.hasOwn(wrapped, name)) continue;
      const member: unknown = Reflect.get(port, name);
      wrapped[name] = typeof member === 'function' ? wrap(name, (...args) => Reflect.apply(member, port, args)) : member;
    }
  }
  return wrapped as T;
}
