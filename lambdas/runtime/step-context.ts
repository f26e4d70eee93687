import type * as z from 'zod';
import type { FunctionName } from '../../core/model/index.ts';
import { createContext, type FunctionContext } from './context.ts';
import { lazy } from './lazy.ts';
import { createBus } from './ports/bus.ts';
import { createPeerStores } from './ports/peer-stores.ts';
import { createTraffic } from './ports/traffic.ts';
import type { StepEnv } from './step-env.ts';

/** What the functions of the machines' steps reach. Only those of a shift get the weights. */
export function createStepContext(functionName: FunctionName, env: z.output<typeof StepEnv>): FunctionContext {
  return createContext(functionName, env, (base) => {
    const bus = createBus(base, env);
    return {
      bus,
      peerStores: createPeerStores(base, env),
      traffic:
        env.REACH === 'weights'
          ? lazy(async () => createTraffic(base, bus, { weights: (await import('./ports/weights.ts')).createWeights(base) }))
          : createTraffic(base, bus),
      capacity: lazy(async () => (await import('./ports/capacity.ts')).createCapacity(base)),
      releases: lazy(async () => (await import('./ports/releases.ts')).createReleases(base)),
      data: lazy(async () => (await import('./ports/databases.ts')).createDatabases(base)),
      scripts: lazy(async () => (await import('./ports/scripts.ts')).createScripts(base)),
      flags: lazy(async () => (await import('./ports/flags.ts')).createFlags(base)),
    };
  });
}
