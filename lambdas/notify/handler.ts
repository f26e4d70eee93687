import { notesOf } from '../../adapters/aws/note-topic.ts';
import { forward } from '../../core/learn/forward.ts';
import { notifyOf } from '../../core/learn/notify.ts';
import { createContext } from '../runtime/context.ts';
import { lazy } from '../runtime/lazy.ts';
import { createNotifier } from '../runtime/ports/notifier.ts';
import { createPeerStores } from '../runtime/ports/peer-stores.ts';
import { messageOf, orDeadLetter, serve } from '../runtime/serve.ts';
import { NotifyEnv } from './env.ts';

const env = NotifyEnv.parse(process.env);
const ctx = createContext('notify', env, (base) => ({
  notifier: createNotifier(base, env),
  courier: lazy(async () => (await import('../runtime/ports/courier.ts')).createCourier(base)),
  secrets: lazy(async () => (await import('../runtime/ports/secrets.ts')).createSecrets(base)),
  peerStores: createPeerStores(base, env),
}));

export const handler = serve(ctx, async (event) => {
  const notes = notesOf(event);
  if (notes === null) return notifyOf(ctx, messageOf(event));
  for (const note of notes) orDeadLetter(await forward(ctx, note));
});
