import { CloseTask, closeRun } from '../../core/learn/close-run.ts';
import { createContext } from '../runtime/context.ts';
import { createBus } from '../runtime/ports/bus.ts';
import { createPeerStores } from '../runtime/ports/peer-stores.ts';
import { serve } from '../runtime/serve.ts';
import { LearnEnv } from './env.ts';

const env = LearnEnv.parse(process.env);
const ctx = createContext('learn', env, (base) => ({ bus: createBus(base, env), peerStores: createPeerStores(base, env) }));

export const handler = serve(ctx, (event) => closeRun(ctx, CloseTask.parse(event)));
