import { onAnalyzeMessage } from '../../core/analyze/analyze.ts';
import { emptySeriesMemory } from '../../core/analyze/anomalies.ts';
import { createContext } from '../runtime/context.ts';
import { createBus } from '../runtime/ports/bus.ts';
import { createTraffic } from '../runtime/ports/traffic.ts';
import { messageOf, orRetry, serve } from '../runtime/serve.ts';
import { AnalyzeEnv } from './env.ts';

const env = AnalyzeEnv.parse(process.env);
const ctx = createContext('analyze', env, (base) => {
  const bus = createBus(base, env);
  return { bus, traffic: createTraffic(base, bus) };
});

/** Kept while the process is warm. */
const memory = emptySeriesMemory();

export const handler = serve(ctx, async (event) => orRetry(ctx, await onAnalyzeMessage(ctx, messageOf(event), memory)));
