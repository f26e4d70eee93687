import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { Item, isListed, type Json } from '../../core/model/index.ts';
import { familyOf, partitionOf, storeTable } from './store-keys.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html, less room for keys and attribute names */
const bodyBytesMax = 400 * 1024 - 2048;

export function keyOf(key: string): Record<string, AttributeValue> {
  return { [storeTable.partition]: { S: partitionOf(key) }, [storeTable.sort]: { S: key } };
}

/** A write is billed by the kilobyte: a body that may cross the first one is packed, a smaller one stays readable. */
const plainBytesMax = 600;

/**
 * The item as DynamoDB keeps it. The body is JSON text, deflated when it is long: DynamoDB's own numbers and nesting are narrower than
 * JSON's. `ttl` is in seconds and rounded up, `expiresAt` in milliseconds is what readers go by.
 */
export function encodeItem(item: Item): Record<string, AttributeValue> {
  const family = familyOf(item.key);
  return {
    ...keyOf(item.key),
    ...(isListed(family) && { [storeTable.family]: { S: family } }),
    version: { N: String(item.version) },
    ...encodeBody(JSON.stringify(item.body)),
    ...(item.expiresAt !== undefined && {
      expiresAt: { N: String(item.expiresAt) },
      [storeTable.ttl]: { N: String(Math.ceil(item.expiresAt / 1000)) },
    }),
  };
}

function encodeBody(text: string): Record<string, AttributeValue> {
  if (text.length <= plainBytesMax) return { body: { S: text } };
  return { packed: { B: deflateRawSync(text, { level: constants.Z_BEST_COMPRESSION }) } };
}

function decodeBody({ body, packed }: Record<string, AttributeValue>): Json {
  return JSON.parse(packed?.B === undefined ? (body?.S ?? 'null') : inflateRawSync(packed.B).toString());
}

/** Throws when the table holds something that evenkeel did not write. */
export function decodeItem(stored: Record<string, AttributeValue>): Item {
  return Item.parse({
    key: stored.key?.S,
    version: Number(stored.version?.N),
    body: decodeBody(stored),
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
