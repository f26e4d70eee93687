import { isListed } from '../../core/model/index.ts';

/**
 * The table behind the Store. Partition `pk` is the first two segments of the key, so that what belongs together is read
 * together and consistently (`step#<plan>#…`, `vote#<group>#…`); sort key `key` is the whole key. The index `family` holds
 * those that are listed (core/model/item.ts) by their first segment (`lease#…`, `incident#…`): DynamoDB reads an index with a delay,
 * usually well under a second, and bills a write to it like one to the table.
 */
export const storeTable = { partition: 'pk', sort: 'key', ttl: 'ttl', familyIndex: 'family', family: 'family' } as const;

export function partitionOf(key: string): string {
  return key.split('#', 2).join('#');
}

export function familyOf(key: string): string {
  return key.split('#', 1).join('');
}

/** Where a prefix is looked for: its partition when both segments are complete, the index of listed families when only the first is. */
export type QueryPlace = { kind: 'partition'; partition: string } | { kind: 'family'; family: string } | { kind: 'nowhere' };

export function placeOf(prefix: string): QueryPlace {
  const hashes = prefix.split('#').length - 1;
  if (hashes >= 2) return { kind: 'partition', partition: partitionOf(prefix) };
  if (hashes === 1 && isListed(familyOf(prefix))) return { kind: 'family', family: familyOf(prefix) };
  return { kind: 'nowhere' };
}
