import { type BreakerState, hold, release } from './breaker.ts';

/** Which services each service calls. */
export type Dependencies = Readonly<Record<string, readonly string[]>>;

/** The breakers of the services by name. */
export type Breakers = Readonly<Record<string, BreakerState>>;

/**
 * Opens the breakers of everything that depends on a sick service, directly or through others, so that a cascade finds
 * closed doors instead of retries. The sick service itself is left alone: it is the one to remediate.
 */
export function holdDependents(breakers: Breakers, dependencies: Dependencies, sick: string): Breakers {
  const held: Record<string, BreakerState> = { ...breakers };
  for (const name of dependentsOf(dependencies, sick)) {
    const state = breakers[name];
    if (state) held[name] = hold(state, sick);
  }
  return held;
}

/**
 * One step of the recovery, outwards from the sick service once its own breaker is closed: a dependent is let go when
 * everything it calls is closed again, so each layer proves itself before the next one adds load. Call it again after
 * every change until nothing is held.
 */
export function releaseNext(breakers: Breakers, dependencies: Dependencies, sick: string): Breakers {
  const next: Record<string, BreakerState> = { ...breakers };
  const closed = (name: string) => (breakers[name]?.circuit.kind ?? 'closed') === 'closed';
  for (const name of dependentsOf(dependencies, sick)) {
    const state = breakers[name];
    // Services that call each other would wait for each other for ever: inside such a circle only the rest counts.
    const circle = dependentsOf(dependencies, name);
    const calls = (dependencies[name] ?? []).filter((called) => !circle.has(called));
    if (state && calls.every(closed) && closed(sick)) next[name] = release(state, sick);
  }
  return next;
}

/** Everything that reaches `service` along calls, itself excluded unless it is on a circle of calls. */
function dependentsOf(dependencies: Dependencies, service: string): Set<string> {
  const found = new Set<string>();
  const waiting = [service];
  for (let called = waiting.pop(); called !== undefined; called = waiting.pop()) {
    for (const [caller, calls] of Object.entries(dependencies)) {
      if (!calls.includes(called) || found.has(caller)) continue;
      found.add(caller);
      waiting.push(caller);
    }
  }
  return found;
}
