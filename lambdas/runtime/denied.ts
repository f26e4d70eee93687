import { failed } from '../../core/model/index.ts';

/**
 * A port that this function has no right to: every method answers `refused`, and says which function and which port.
 * Its role could not make the calls either; this way the adapter need not be in the bundle.
 */
export function denied<P extends object>(functionName: string, port: string): P {
  const refuse = (method: string) => async () => failed('refused', `the ${functionName} function has no right to ${port}.${method}`);
  // The proxy has every method that a caller may ask for; no type says so.
  return new Proxy({}, { get: (_, method) => refuse(String(method)) }) as P;
}

/** The named methods of a port; every other one answers `refused`. */
export function only<P extends object>(functionName: string, name: string, port: P, methods: readonly (keyof P & string)[]): P {
  const rest = denied<P>(functionName, name);
  return new Proxy(port, {
    get(target, method) {
      const allowed = methods.find((each) => each === method);
      if (allowed === undefined) return Reflect.get(rest, method);
      const value: unknown = Reflect.get(target, allowed);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
