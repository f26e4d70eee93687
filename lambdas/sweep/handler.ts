import { sweep } from '../../core/execute/sweep.ts';
import { createContext } from '../runtime/context.ts';
import { lazy } from '../runtime/lazy.ts';
import { createBus } from '../runtime/ports/bus.ts';
import { createMachines } from '../runtime/ports/machines.ts';
import { createPeerStores } from '../runtime/ports/peer-stores.ts';
import { createTraffic } from '../runtime/ports/traffic.ts';
import { serve } from '../runtime/serve.ts';
import { SweepEnv } from './env.ts';

const env = SweepEnv.parse(process.env);
const ctx = createContext('sweep', env, (base) => {
  const bus = createBus(base, env);
  return {
    bus,
    peerStores: createPeerStores(base, env),
    traffic: createTraffic(base, bus),
    metricSource: lazy(async () => (await import('../runtime/ports/metric-source.ts')).createMetricSource(base)),
    machines: createMachines(base, env, ['respond', 'undo', 'undo-weights']),
  };
});

export const handler = serve(ctx, () => sweep(ctx));
