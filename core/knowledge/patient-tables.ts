import type { StageContext } from '../config/stage-context.ts';
import { canonicalJson, type Item, ok, type Result } from '../model/index.ts';
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
  const again = <T>(call: Call, once: () => Promise<Result<T>>) => retryTransient(ctx, once, { attempts, until: call.deadlineAt });
  return {
    get: (key, call) => again(call, () => store.get(key, call)),
    put: (item, expectedVersion, call) => {
      let uncertain = false;
      return again(call, async () => {
        const written = await store.put(item, expectedVersion, call);
        if (!written.ok && written.code === 'conflict' && uncertain) return ownWrite(store, item, expectedVersion, call, written);
        uncertain ||= !written.ok && written.code !== 'throttled';
        return written;
      });
    },
    claim: (key, epoch, ttlSeconds, holder, call) => again(call, () => store.claim(key, epoch, ttlSeconds, holder, call)),
    append: (stream, entry, call) => again(call, () => store.append(stream, entry, call)),
    query: (prefix, limit, call) => again(call, () => store.query(prefix, limit, call)),
  };
}

/** The conflict of a second try may be with the first, whose effect was not known: the item as it was to be written is none. */
async function ownWrite(
  store: Store,
  item: Pick<Item, 'key' | 'body'>,
  expectedVersion: number,
  call: Call,
  conflict: Result<Item>,
): Promise<Result<Item>> {
  const found = await store.get(item.key, call);
  if (!found.ok || found.value === null) return conflict;
  const own = found.value.version === expectedVersion + 1 && canonicalJson(found.value.body) === canonicalJson(item.body);
  return own ? ok(found.value) : conflict;
}
