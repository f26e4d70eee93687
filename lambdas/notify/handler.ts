import { notifyOf } from '../../core/learn/notify.ts';
import { createContext } from '../runtime/context.ts';
import { createNotifier } from '../runtime/ports/notifier.ts';
import { createPeerStores } from '../runtime/ports/peer-stores.ts';
import { messageOf, serve } from '../runtime/serve.ts';
import { NotifyEnv } from './env.ts';

const env = NotifyEnv.parse(process.env);
const ctx = createContext('notify', env, (base) => ({
  notifier: createNotifier(base, env),
  peerStores: createPeerStores(base, env),
}));

export const handler = serve(ctx, (event) => notifyOf(ctx, messageOf(event)));
