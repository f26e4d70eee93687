import type * as z from 'zod';
import type { VoteEnv } from '../vote/env.ts';
import { createContext, type FunctionContext } from './context.ts';
import { createBus } from './ports/bus.ts';
import { createTraffic } from './ports/traffic.ts';
import { createCarriers } from './ports/vote-carriers.ts';

/** A voter hears and answers on the buses, and casts its own vote. */
export function createVoteContext(env: z.output<typeof VoteEnv>): FunctionContext {
  return createContext('vote', env, (base) => {
    const bus = createBus(base, env);
    return { bus, traffic: createTraffic(base, bus, { carriers: createCarriers(base, env) }) };
  });
}
