import type * as z from 'zod';
import type { SweepEnv } from '../sweep/env.ts';
import { createContext, type FunctionContext } from './context.ts';
import { only } from './denied.ts';
import { lazy } from './lazy.ts';
import { createBus } from './ports/bus.ts';
import { createPeerStores } from './ports/peer-stores.ts';
import { createTraffic } from './ports/traffic.ts';

/** Sweeping reads what others left behind and starts the machines that end it. */
export function createSweepContext(env: z.output<typeof SweepEnv>): FunctionContext {
  return createContext('sweep', env, (base) => {
    const bus = createBus(base, env);
    const capacity = async () => (await import('./ports/capacity.ts')).createCapacity(base);
    return {
      bus,
      peerStores: createPeerStores(base, env),
      traffic: createTraffic(base, bus),
      capacity: only('sweep', 'capacity', lazy(capacity), ['snapshot']),
      notifier: lazy(async () => (await import('./ports/notifier.ts')).createNotifier(base, env)),
      metricSource: lazy(async () => (await import('./ports/metric-source.ts')).createMetricSource(base)),
      machines: lazy(async () => (await import('./ports/machines.ts')).createMachines(base, env, ['respond', 'undo', 'undo-weights'])),
    };
  });
}
