/**
 * A port that is loaded when it is first used: most invocations of a step need one of six AWS services, and a cold start should
 * not pay for the others. Every method of a port is asynchronous, so nobody sees the difference.
 */
export function lazy<P extends object>(load: () => Promise<P>): P {
  let loaded: Promise<P> | undefined;
  const call =
    (method: string | symbol) =>
    async (...args: unknown[]) => {
      loaded ??= load();
      const port = await loaded;
      const member: unknown = Reflect.get(port, method);
      if (typeof member !== 'function') throw new Error(`the port has no method ${String(method)}`);
      return member.apply(port, args);
    };
  // The proxy has every method of the port; no type says so.
  return new Proxy({}, { get: (_, method) => (method === 'then' ? undefined : call(method)) }) as P;
}
