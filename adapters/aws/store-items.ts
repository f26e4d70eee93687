import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { Item, type Json } from '../../core/model/index.ts';
import { familyOf, partitionOf, storeTable } from './store-keys.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html, less room for keys and attribute names */
const bodyBytesMax = 400 * 1024 - 2048;

export function keyOf(key: string): Record<string, AttributeValue> {
  return { [storeTable.partition]: { S: partitionOf(key) }, [storeTable.sort]: { S: key } };
}

/**
 * The item as DynamoDB keeps it. The body is JSON text: DynamoDB's own numbers and nesting are narrower than JSON's.
 * `ttl` is in seconds and rounded up, `expiresAt` in milliseconds is what readers go by.
 */
export function encodeItem(item: Item): Record<string, AttributeValue> {
  return {
    ...keyOf(item.key),
    [storeTable.family]: { S: familyOf(item.key) },
    version: { N: String(item.version) },
    body: { S: JSON.stringify(item.body) },
    ...(item.expiresAt !== undefined && {
      expiresAt: { N: String(item.expiresAt) },
      [storeTable.ttl]: { N: String(Math.ceil(item.expiresAt / 1000)) },
    }),
  };
}

/** Throws when the table holds something that evenkeel did not write. */
export function decodeItem(stored: Record<string, AttributeValue>): Item {
  return Item.parse({
    key: stored.key?.S,
    version: Number(stored.version?.N),
    body: JSON.parse(stored.body?.S ?? 'null'),
    ...(stored.expiresAt?.N !== undefined && { expiresAt: Number(stored.expiresAt.N) }),
  });
}

/** Why the body cannot be stored, or null. A number that is not finite would silently become null in JSON. */
export function whyUnfit(body: Json): string | null {
  let finite = true;
  const text = JSON.stringify(body, (_name, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value)) finite = false;
    return value;
  });
  if (!finite) return 'it holds a number that is not finite';
  const bytes = Buffer.byteLength(text);
  return bytes > bodyBytesMax ? `it has ${bytes} bytes, ${bodyBytesMax} are allowed` : null;
}
