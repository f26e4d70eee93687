import type { StageContext } from '../config/stage-context.ts';
import type { Result } from '../model/index.ts';
import type { Call, Store } from '../ports/index.ts';
import { retryTransient } from './transient.ts';

/** A deadline of five seconds ends most calls before. */
const attempts = 5;

const patientContexts = new WeakMap<StageContext, StageContext>();

/**
 * The same context with tables, the own and the peers', that ask again after throttles and server errors: what the act path writes (journal,
 * leases, runs, votes) must not fail for one busy second. All tries of a call share its deadline, so that none takes longer than it did;
 * a time-out has used it up and is answered at once.
 */
export function patientTables(ctx: StageContext): StageContext {
  const known = patientContexts.get(ctx);
  if (known !== undefined) return known;
  const { store, peerStores } = ctx.ports;
  const peers = Object.entries(peerStores).map(([region, peer]) => [region, patient(ctx, peer)] as const);
  const made = { ...ctx, ports: { ...ctx.ports, store: patient(ctx, store), peerStores: Object.fromEntries(peers) } };
  patientContexts.set(ctx, made);
  patientContexts.set(made, made);
  return made;
}

function patient(ctx: StageContext, store: Store): Store {
  const again = <T>(call: Call, once: () => Promise<Result<T>>, isSafe = (_: { code: string }) => true) =>
    retryTransient(ctx, once, { attempts, until: call.deadlineAt, isSafe });
  return {
    get: (key, call) => again(call, () => store.get(key, call)),
    // A write that may have had its effect would meet itself as a conflict.
    put: (item, expectedVersion, call) =>
      again(
        call,
        () => store.put(item, expectedVersion, call),
        ({ code }) => code === 'throttled',
      ),
    claim: (key, epoch, ttlSeconds, holder, call) => again(call, () => store.claim(key, epoch, ttlSeconds, holder, call)),
    append: (stream, entry, call) => again(call, () => store.append(stream, entry, call)),
    query: (prefix, limit, call) => again(call, () => store.query(prefix, limit, call)),
  };
}
