import type { Ports } from '../../core/ports/index.ts';

/** Asked instead of each call; `invoke` makes it. */
export type CallHook = (port: string, method: string, invoke: () => unknown) => unknown;

/** The same ports, every call of which (a sleep included) goes through the hook. Ids, chance and the timeline are no calls. */
export function hookedPorts(ports: Ports, hook: CallHook): Ports {
  const { ids, random, trace, peerStores, clock, ...others } = ports;
  const hooked = Object.fromEntries(Object.entries(others).map(([name, port]) => [name, hookedPort(port, name, hook)]));
  return {
    ...ports,
    ...hooked,
    peerStores: Object.fromEntries(Object.entries(peerStores).map(([region, store]) => [region, hookedPort(store, 'peerStores', hook)])),
    clock: {
      now: () => clock.now(),
      sleep: (ms, signal) => hook('clock', 'sleep', () => clock.sleep(ms, signal)) as Promise<void>,
    },
  };
}

function hookedPort<T extends object>(port: T, name: string, hook: CallHook): T {
  return new Proxy(port, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => hook(name, String(property), () => Reflect.apply(member, target, args));
    },
  });
}
