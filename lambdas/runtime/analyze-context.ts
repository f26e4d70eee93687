import type * as z from 'zod';
import type { AnalyzeEnv } from '../analyze/env.ts';
import { createContext, type FunctionContext } from './context.ts';
import { only } from './denied.ts';
import { lazy } from './lazy.ts';
import { createBus } from './ports/bus.ts';

/** Analysing looks at samples, answers, releases and metrics, and touches none of them. */
export function createAnalyzeContext(env: z.output<typeof AnalyzeEnv>): FunctionContext {
  return createContext('analyze', env, (base) => {
    const bus = createBus(base, env);
    const traffic = async () => (await import('./ports/traffic.ts')).createTraffic(base, bus);
    const capacity = async () => (await import('./ports/capacity.ts')).createCapacity(base);
    const releases = async () => (await import('./ports/releases.ts')).createReleases(base);
    return {
      bus,
      // Most invocations hear of a peer's observation, and ask no name server.
      traffic: only('analyze', 'traffic', lazy(traffic), ['observe']),
      capacity: only('analyze', 'capacity', lazy(capacity), ['snapshot']),
      releases: only('analyze', 'releases', lazy(releases), ['history']),
      notifier: lazy(async () => (await import('./ports/notifier.ts')).createNotifier(base, env)),
      metricSource: lazy(async () => (await import('./ports/metric-source.ts')).createMetricSource(base)),
    };
  });
}
