import { createNodeNetwork } from '../../adapters/node/network.ts';
import { planProbes, probeSlot } from '../../core/probe/probe-slot.ts';
import { createProber } from '../../core/probe/prober.ts';
import { createContext } from '../runtime/context.ts';
import { lazy } from '../runtime/lazy.ts';
import { createBus } from '../runtime/ports/bus.ts';
import { createEmbeddedMetrics } from '../runtime/ports/embedded-metrics.ts';
import { serve } from '../runtime/serve.ts';
import { slotsOf } from '../runtime/slots.ts';
import { ProbeEnv } from './env.ts';

const env = ProbeEnv.parse(process.env);
const ctx = createContext('probe', env, (base) => ({
  prober: createProber({ network: createNodeNetwork(), ...base }),
  metricSink: createEmbeddedMetrics(env),
  bus: createBus(base, env),
  secrets: lazy(async () => (await import('../runtime/ports/secrets.ts')).createSecrets(base)),
}));
const { clock } = ctx.ports;

export const handler = serve(ctx, async (event) => {
  const plan = await planProbes(ctx, env.PROBE_PLACE);
  for (const at of slotsOf(event, clock.now())) await probeSlot(ctx, plan, at);
});
