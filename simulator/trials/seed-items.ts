import { copyOf } from '../../adapters/memory/copy.ts';
import type { StoreState } from '../../adapters/memory/store.ts';
import type { Json } from '../../core/model/index.ts';

/** Puts an item into a table as it lies there, past every port: what was so before the trial, or what is none of its business. */
export function writeItem(store: StoreState, key: string, value: unknown): void {
  const { items, keys } = store;
  const known = items.get(key);
  if (known === undefined) {
    keys.push(key);
    keys.sort();
  }
  items.set(key, { key, version: (known?.version ?? 0) + 1, body: copyOf(value) as Json });
}
