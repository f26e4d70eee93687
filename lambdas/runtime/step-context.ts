import type * as z from 'zod';
import type { FunctionName } from '../../core/model/index.ts';
import type { Bus, TrafficControl } from '../../core/ports/index.ts';
import { type Base, createContext, type FunctionContext } from './context.ts';
import { lazy } from './lazy.ts';
import { createBus } from './ports/bus.ts';
import { createPeerStores } from './ports/peer-stores.ts';
import { createTraffic } from './ports/traffic.ts';
import type { StepEnv } from './step-env.ts';

/** Weights of records and origins of distributions: control planes, for graceful moves alone. */
async function createGracefulTraffic(base: Base, bus: Bus): Promise<TrafficControl> {
  const [{ createWeights }, { createDistributions }] = await Promise.all([
    import('./ports/weights.ts'),
    import('./ports/distributions.ts'),
  ]);
  return createTraffic(base, bus, { weights: createWeights(base), distributions: createDistributions(base) });
}

/** What the functions of the machines' steps reach. Only those of a shift get the weights. */
export function createStepContext(functionName: FunctionName, env: z.output<typeof StepEnv>): FunctionContext {
  return createContext(functionName, env, (base) => {
    const bus = createBus(base, env);
    return {
      bus,
      peerStores: createPeerStores(base, env),
      traffic: env.REACH === 'weights' ? lazy(() => createGracefulTraffic(base, bus)) : createTraffic(base, bus),
      capacity: lazy(async () => (await import('./ports/capacity.ts')).createCapacity(base)),
      releases: lazy(async () => (await import('./ports/releases.ts')).createReleases(base)),
      data: lazy(async () => (await import('./ports/databases.ts')).createDatabases(base)),
      scripts: lazy(async () => (await import('./ports/scripts.ts')).createScripts(base)),
      flags: lazy(async () => (await import('./ports/flags.ts')).createFlags(base)),
    };
  });
}
