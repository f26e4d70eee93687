import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { encodeItem } from '../../adapters/aws/store-items.ts';
import { familyOf, placeOf } from '../../adapters/aws/store-keys.ts';
import { createStoreState, MemoryStore, type StoreState } from '../../adapters/memory/store.ts';
import { type Item, isListed, type Json, type Lease, type Result } from '../../core/model/index.ts';
import type { Call, Clock, Store } from '../../core/ports/index.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html */
const writeUnitBytes = 1024;
const readUnitBytes = 4096;

/**
 * The memory store with DynamoDB's meter on it: items are as large as adapters/aws encodes them, a write is billed once for the table and
 * once for the index `family`, a read of a partition is consistent and one of the index is not.
 */
export class MeteredStore implements Store {
  readonly #state: StoreState = createStoreState();
  readonly #inner: MemoryStore;
  readonly #onCall: () => void;
  writeUnits = 0;
  readUnits = 0;
  readonly writesByFamily = new Map<string, number>();

  constructor(clock: Clock, onCall: () => void) {
    this.#inner = new MemoryStore(this.#state, clock);
    this.#onCall = onCall;
  }

  reset(): void {
    this.writeUnits = 0;
    this.readUnits = 0;
    this.writesByFamily.clear();
  }

  /** Table and index. */
  storedBytes(): number {
    return [...this.#state.items.values()].reduce((sum, item) => sum + placesOf(item) * bytesOf(item), 0);
  }

  async get(key: string, call: Call): Promise<Result<Item | null>> {
    this.#onCall();
    const got = await this.#inner.get(key, call);
    this.readUnits += got.ok && got.value !== null ? Math.ceil(bytesOf(got.value) / readUnitBytes) : 1;
    return got;
  }

  async put(item: { key: string; body: Json; expiresAt?: number }, expectedVersion: number, call: Call): Promise<Result<Item>> {
    this.#onCall();
    this.#wrote({ ...item, version: expectedVersion + 1 });
    return this.#inner.put(item, expectedVersion, call);
  }

  async claim(key: string, epoch: number, ttlSeconds: number, holder: string, call: Call): Promise<Result<Lease>> {
    this.#onCall();
    this.#wrote({ key, version: 1, body: { key, epoch, holder, until: 0 } });
    return this.#inner.claim(key, epoch, ttlSeconds, holder, call);
  }

  async append(stream: string, entry: { id: string; body: Json }, call: Call): Promise<Result<number>> {
    this.#onCall();
    // Head, marker and entry in one transaction, which bills each twice; two consistent reads before it.
    this.readUnits += 2;
    this.#wrote({ key: `${stream}#00000000`, version: 1, body: entry.body }, 2);
    this.writeUnits += 4;
    return this.#inner.append(stream, entry, call);
  }

  async query(prefix: string, limit: number, call: Call): Promise<Result<Item[]>> {
    this.#onCall();
    const got = await this.#inner.query(prefix, limit, call);
    const bytes = got.ok ? got.value.reduce((sum, item) => sum + bytesOf(item), 0) : 0;
    const units = Math.max(1, Math.ceil(bytes / readUnitBytes));
    this.readUnits += placeOf(prefix).kind === 'partition' ? units : units / 2;
    return got;
  }

  #wrote(item: Item, times = 1): void {
    const units = times * placesOf(item) * Math.ceil(bytesOf(item) / writeUnitBytes);
    this.writeUnits += units;
    const family = item.key.split('#', 1).join('');
    this.writesByFamily.set(family, (this.writesByFamily.get(family) ?? 0) + units);
  }
}

/** Listed families are in the index, too. */
function placesOf(item: Item): number {
  return isListed(familyOf(item.key)) ? 2 : 1;
}

const known = new WeakMap<object, number>();

/** Names and values, in UTF-8; the write id that the adapter adds is 36 characters. */
function bytesOf(item: Item): number {
  const { body } = item;
  const cached = typeof body === 'object' && body !== null ? known.get(body) : undefined;
  if (cached !== undefined) return cached;
  const fields: [string, AttributeValue][] = Object.entries({ ...encodeItem(item), writeId: { S: 'x'.repeat(36) } });
  const bytes = fields.reduce(
    (sum, [name, value]) => sum + name.length + (value.B?.length ?? Buffer.byteLength(value.S ?? value.N ?? '')),
    0,
  );
  if (typeof body === 'object' && body !== null && Object.isFrozen(body)) known.set(body, bytes);
  return bytes;
}
