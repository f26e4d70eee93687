import { onAnalyzeMessage } from '../../core/analyze/analyze.ts';
import { emptySeriesMemory } from '../../core/analyze/anomalies.ts';
import { republishVotes } from '../../core/analyze/vote.ts';
import { createContext } from '../runtime/context.ts';
import { createBus } from '../runtime/ports/bus.ts';
import { createTraffic } from '../runtime/ports/traffic.ts';
import { createCarriers } from '../runtime/ports/vote-carriers.ts';
import { isBusEvent, messageOf, orRetry, serve } from '../runtime/serve.ts';
import { VoteEnv } from './env.ts';

const env = VoteEnv.parse(process.env);
const ctx = createContext('vote', env, (base) => {
  const bus = createBus(base, env);
  return { bus, traffic: createTraffic(base, bus, { carriers: createCarriers(base, env) }) };
});

/** A message asks for a vote or takes it back; the schedule has every standing vote published again. */
export const handler = serve(ctx, async (event) =>
  isBusEvent(event) ? orRetry(ctx, await onAnalyzeMessage(ctx, messageOf(event), emptySeriesMemory())) : republishVotes(ctx),
);
