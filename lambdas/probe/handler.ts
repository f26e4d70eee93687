import { SSMClient } from '@aws-sdk/client-ssm';
import { clientConfig } from '../../adapters/aws/client-config.ts';
import { AwsSecrets } from '../../adapters/aws/secrets.ts';
import { createNodeNetwork } from '../../adapters/node/network.ts';
import { planProbes, probeSlot } from '../../core/probe/probe-slot.ts';
import { createProber } from '../../core/probe/prober.ts';
import { createContext } from '../runtime/context.ts';
import { createBus } from '../runtime/ports/bus.ts';
import { createMetricSink } from '../runtime/ports/metric-sink.ts';
import { serve } from '../runtime/serve.ts';
import { runSlot, slotMs, slotsOf } from '../runtime/slots.ts';
import { ProbeEnv } from './env.ts';

const env = ProbeEnv.parse(process.env);
const ctx = createContext('probe', env, (base) => ({
  prober: createProber({ network: createNodeNetwork(), ...base }),
  metricSink: createMetricSink(base, env),
  bus: createBus(base, env),
  secrets: new AwsSecrets(new SSMClient(clientConfig(base.region)), process.env, base.clock),
}));
const { clock } = ctx.ports;

export const handler = serve(ctx, async (event) => {
  const plan = await planProbes(ctx);
  for (const at of slotsOf(event, clock.now())) await runSlot(clock, at, at + slotMs, (slot) => probeSlot(ctx, plan, slot));
});
