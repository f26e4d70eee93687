import { failed, type Item, isListed, type Json, Lease, ok, type Result } from '../../core/model/index.ts';
import type { Call, Clock, Store } from '../../core/ports/index.ts';
import { overdue } from './deadline.ts';
import { type Frozen, frozen } from './freeze.ts';

/** One region's table. `keys` are the keys of `items` in order, `bodies` what `put` froze under them; `streams` remembers which entry got which number. */
export interface StoreState {
  items: Map<string, Item>;
  bodies: Map<string, Frozen<Json>>;
  keys: string[];
  streams: Map<string, Map<string, number>>;
}

export function createStoreState(): StoreState {
  return { items: new Map(), bodies: new Map(), keys: [], streams: new Map() };
}

/** DynamoDB takes no item larger than this. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const itemBytesMax = 400 * 1024;

/** Store over a state object whose items are frozen, so that readers share them; a peer's store is the same class over the peer's state with the caller's clock. */
export class MemoryStore implements Store {
  readonly #state: StoreState;
  readonly #clock: Clock;

  constructor(state: StoreState, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
  }

  async get(key: string, call: Call): Promise<Result<Item | null>> {
    return overdue(this.#clock, call) ?? ok(this.#living(key) ?? null);
  }

  async put(item: { key: string; body: Json; expiresAt?: number }, expectedVersion: number, call: Call): Promise<Result<Item>> {
    const late = overdue(this.#clock, call);
    if (late) return late;
    const before = this.#living(item.key);
    const version = before?.version ?? 0;
    if (version !== expectedVersion) return failed('conflict', `${item.key} has version ${version}, not ${expectedVersion}`);
    const known = this.#state.bodies.get(item.key);
    const body = storable(item.body, known !== undefined && known.value === before?.body ? known : undefined);
    if (!body.ok) return failed('invalid', `${item.key} cannot be stored: ${body.reason}`);
    this.#state.bodies.set(item.key, body.value);
    return ok(this.#write({ ...item, body: body.value.value, version: version + 1 }));
  }

  async claim(key: string, epoch: number, ttlSeconds: number, holder: string, call: Call): Promise<Result<Lease>> {
    const late = overdue(this.#clock, call);
    if (late) return late;
    const now = this.#clock.now();
    const stored = this.#living(key);
    const held = stored && Lease.parse(stored.body);
    // A lower epoch never wins, not even after the lease has ended: whoever comes back late finds himself fenced.
    const free = !held || epoch > held.epoch || (epoch === held.epoch && (holder === held.holder || held.until <= now));
    if (!free) return failed('superseded', `${key} is held by ${held.holder} with epoch ${held.epoch} until ${held.until}`);
    const lease: Lease = { key, epoch, holder, until: now + ttlSeconds * 1000 };
    // It never ages out: whoever comes next reads the epoch here and goes one higher.
    this.#write({ key, version: (stored?.version ?? 0) + 1, body: Object.freeze({ ...lease }) });
    return ok(lease);
  }

  async append(stream: string, entry: { id: string; body: Json }, call: Call): Promise<Result<number>> {
    const late = overdue(this.#clock, call);
    if (late) return late;
    const numbers = this.#state.streams.get(stream) ?? new Map<string, number>();
    const known = numbers.get(entry.id);
    if (known !== undefined) return ok(known);
    const body = storable(entry.body);
    if (!body.ok) return failed('invalid', `${entry.id} cannot be added to ${stream}: ${body.reason}`);
    const seq = numbers.size + 1;
    this.#state.streams.set(stream, numbers.set(entry.id, seq));
    this.#write({ key: `${stream}#${String(seq).padStart(8, '0')}`, version: 1, body: body.value.value });
    return ok(seq);
  }

  async query(prefix: string, limit: number, call: Call): Promise<Result<Item[]>> {
    const late = overdue(this.#clock, call);
    if (late) return late;
    const [family = '', ...segments] = prefix.split('#');
    if (segments.length === 1 && !isListed(family)) return failed('invalid', `prefix ${JSON.stringify(prefix)} names no listed family`);
    const found: Item[] = [];
    const { keys } = this.#state;
    for (let index = firstAtOrAfter(keys, prefix); found.length < limit; index++) {
      const key = keys[index];
      if (!key?.startsWith(prefix)) break;
      const item = this.#living(key);
      if (item) found.push(item);
    }
    return ok(found);
  }

  /** The item unless it has aged out. DynamoDB deletes up to days later, so each reader goes by its own clock and deletes nothing. */
  #living(key: string): Item | undefined {
    const item = this.#state.items.get(key);
    return item?.expiresAt !== undefined && item.expiresAt <= this.#clock.now() ? undefined : item;
  }

  /** @param item its body is frozen already */
  #write(item: Item): Item {
    const { items, keys } = this.#state;
    if (!items.has(item.key)) keys.splice(firstAtOrAfter(keys, item.key), 0, item.key);
    items.set(item.key, Object.freeze(item));
    return item;
  }
}

function firstAtOrAfter(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The body as the table keeps it, frozen; `invalid` when DynamoDB would not take it. */
function storable(body: Json, before?: Frozen<Json>): Result<Frozen<Json>> {
  const kept = frozen(body, before);
  if (!kept.finite) return failed('invalid', 'it holds a number that is not finite');
  if (kept.bytes > itemBytesMax) return failed('invalid', `it has ${kept.bytes} bytes, ${itemBytesMax} are allowed`);
  return ok(kept);
}
