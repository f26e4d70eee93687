import type * as z from 'zod';
import type { PlanEnv } from '../plan/env.ts';
import { createContext, type FunctionContext } from './context.ts';
import { only } from './denied.ts';
import { lazy } from './lazy.ts';
import { createBus } from './ports/bus.ts';
import { createPeerStores } from './ports/peer-stores.ts';

/** Planning looks at everything and changes nothing: of the ports that act, it gets the methods that read. */
export function createPlanContext(env: z.output<typeof PlanEnv>): FunctionContext {
  return createContext('plan', env, (base) => {
    const bus = createBus(base, env);
    const notifier = lazy(async () => (await import('./ports/notifier.ts')).createNotifier(base, env));
    const traffic = async () => {
      const [{ createTraffic }, { createWeights }] = await Promise.all([import('./ports/traffic.ts'), import('./ports/weights.ts')]);
      return createTraffic(base, bus, { weights: createWeights(base) });
    };
    const capacity = async () => (await import('./ports/capacity.ts')).createCapacity(base);
    const releases = async () => (await import('./ports/releases.ts')).createReleases(base);
    const data = async () => (await import('./ports/databases.ts')).createDatabases(base);
    return {
      bus,
      peerStores: createPeerStores(base, env),
      traffic: only('plan', 'traffic', lazy(traffic), ['observe', 'shares']),
      capacity: only('plan', 'capacity', lazy(capacity), ['snapshot', 'quota']),
      releases: only('plan', 'releases', lazy(releases), ['history']),
      data: only('plan', 'data', lazy(data), ['status']),
      metricSource: lazy(async () => (await import('./ports/metric-source.ts')).createMetricSource(base)),
      machines: lazy(async () => (await import('./ports/machines.ts')).createMachines(base, env, ['respond', 'script', 'shift'])),
      approver: lazy(async () => (await import('./ports/approver.ts')).createApprover(base, notifier)),
    };
  });
}
