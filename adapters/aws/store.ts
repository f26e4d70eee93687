import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { failed, type Item, type Json, Lease, ok, type Result } from '../../core/model/index.ts';
import type { Call, Clock, Random, Store } from '../../core/ports/index.ts';
import { attempt } from './attempt.ts';
import { decodeItem, encodeItem, keyOf, whyUnfit } from './store-items.ts';
import { placeOf, storeTable } from './store-keys.ts';
import { appendToStream } from './store-stream.ts';

export interface AwsStoreParts {
  client: DynamoDBClient;
  tableName: string;
  clock: Clock;
  /** Jitter between tries of an append that raced with another. */
  random: Random;
}

/** Pages of a query that are read at most; DynamoDB gives up to 1 MB a page. */
const pagesMax = 100;

/** Store over one DynamoDB table. Journal copies go through the same class with a client in the peer's region and the peer's table. */
export class AwsStore implements Store {
  readonly #parts: AwsStoreParts;

  constructor(parts: AwsStoreParts) {
    this.#parts = parts;
  }

  async get(key: string, call: Call): Promise<Result<Item | null>> {
    const { client, tableName, clock } = this.#parts;
    const command = new GetItemCommand({ TableName: tableName, Key: keyOf(key), ConsistentRead: true });
    const answer = await attempt('dynamodb:GetItem', clock, call, (options) => client.send(command, options));
    if (!answer.ok) return answer;
    return ok(answer.value.Item ? living(decodeItem(answer.value.Item), clock.now()) : null);
  }

  async put(item: { key: string; body: Json; expiresAt?: number }, expectedVersion: number, call: Call): Promise<Result<Item>> {
    const unfit = whyUnfit(item.body);
    if (unfit) return failed('invalid', `${item.key} cannot be stored: ${unfit}`);
    const { client, tableName, clock } = this.#parts;
    const next: Item = { ...item, version: expectedVersion + 1 };
    const writeId = randomUUID();
    const command = new PutItemCommand({
      TableName: tableName,
      Item: { ...encodeItem(next), writeId: { S: writeId } },
      ...versionIs(expectedVersion, clock.now()),
    });
    const answer = await attempt('dynamodb:PutItem', clock, call, (options) => onCondition(client.send(command, options)));
    if (!answer.ok) return answer;
    if (!answer.value.refused) return ok(next);
    const { stored } = answer.value;
    // The SDK's retry of a write whose answer was lost meets its own item: that write did succeed.
    if (stored?.writeId?.S === writeId) return ok(next);
    const version = (stored && living(decodeItem(stored), clock.now())?.version) ?? 0;
    return failed('conflict', `${item.key} has version ${version}, not ${expectedVersion}`);
  }

  async claim(key: string, epoch: number, ttlSeconds: number, holder: string, call: Call): Promise<Result<Lease>> {
    const { client, tableName, clock } = this.#parts;
    const now = clock.now();
    const lease: Lease = { key, epoch, holder, until: now + ttlSeconds * 1000 };
    const command = new UpdateItemCommand({ TableName: tableName, Key: keyOf(key), ...takeLease(lease, now) });
    const answer = await attempt('dynamodb:UpdateItem', clock, call, (options) => onCondition(client.send(command, options)));
    if (!answer.ok) return answer;
    if (!answer.value.refused) return ok(lease);
    const { stored } = answer.value;
    if (!stored) return failed('superseded', `${key} is held by somebody else`);
    const held = Lease.parse(decodeItem(stored).body);
    return failed('superseded', `${key} is held by ${held.holder} with epoch ${held.epoch} until ${held.until}`);
  }

  async append(stream: string, entry: { id: string; body: Json }, call: Call): Promise<Result<number>> {
    const unfit = whyUnfit(entry.body);
    if (unfit) return failed('invalid', `${entry.id} cannot be added to ${stream}: ${unfit}`);
    return appendToStream(this.#parts, stream, entry, call);
  }

  async query(prefix: string, limit: number, call: Call): Promise<Result<Item[]>> {
    const place = placeOf(prefix);
    if (place.kind === 'nowhere') return failed('invalid', `prefix ${JSON.stringify(prefix)} names no listed family and no partition`);
    const { client, tableName, clock } = this.#parts;
    const input = {
      TableName: tableName,
      KeyConditionExpression: '#place = :place AND begins_with(#key, :prefix)',
      ExpressionAttributeNames: {
        '#place': place.kind === 'partition' ? storeTable.partition : storeTable.family,
        '#key': storeTable.sort,
      },
      ExpressionAttributeValues: { ':place': { S: place.kind === 'partition' ? place.partition : place.family }, ':prefix': { S: prefix } },
      ...(place.kind === 'partition' ? { ConsistentRead: true } : { IndexName: storeTable.familyIndex }),
    };
    return attempt('dynamodb:Query', clock, call, async (options) => {
      const items: Item[] = [];
      let pages = 0;
      if (limit <= 0) return items;
      for await (const page of paginateQuery({ client }, { ...input, Limit: Math.min(limit + 1, 1000) }, options)) {
        for (const stored of page.Items ?? []) {
          const item = living(decodeItem(stored), clock.now());
          if (item) items.push(item);
          if (items.length === limit) return items;
        }
        pages++;
        if (pages === pagesMax) throw new Error(`prefix ${prefix} has more than ${pagesMax} pages`);
      }
      return items;
    });
  }
}

/** DynamoDB deletes what has aged up to days late, so readers look at the time themselves. */
function living(item: Item, now: number): Item | null {
  return item.expiresAt === undefined || item.expiresAt > now ? item : null;
}

/** An item that has aged out counts as none. */
function versionIs(expected: number, now: number) {
  const alive = '(attribute_not_exists(expiresAt) OR expiresAt > :now)';
  const none = '(attribute_not_exists(#key) OR expiresAt <= :now)';
  return {
    ConditionExpression: expected === 0 ? none : `#version = :version AND ${alive}`,
    ExpressionAttributeNames: expected === 0 ? { '#key': storeTable.sort } : { '#version': 'version' },
    ExpressionAttributeValues: { ':now': { N: String(now) }, ...(expected !== 0 && { ':version': { N: String(expected) } }) },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}

/** The lease never ages out of the table: whoever comes next reads the epoch there and goes one higher. */
function takeLease(lease: Lease, now: number) {
  const { pk: _pk, key: _key, version: _version, ...written } = encodeItem({ key: lease.key, version: 1, body: null });
  const fields: Record<string, AttributeValue> = {
    ...written,
    // Never packed: an update leaves the attributes that it does not name, and a second body would contradict the first.
    body: { S: JSON.stringify(lease) },
    leaseEpoch: { N: String(lease.epoch) },
    leaseHolder: { S: lease.holder },
    leaseUntil: { N: String(lease.until) },
  };
  const names = Object.keys(fields);
  return {
    UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')} ADD version :one`,
    ConditionExpression:
      'attribute_not_exists(leaseUntil) OR leaseEpoch < :leaseEpoch OR (leaseEpoch = :leaseEpoch AND (leaseHolder = :leaseHolder OR leaseUntil <= :now))',
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [`:${name}`, value])),
      ':now': { N: String(now) },
      ':one': { N: '1' },
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}

/** A refused condition is an answer, not an error; it carries the stored item. */
async function onCondition(
  sent: Promise<unknown>,
): Promise<{ refused: false } | { refused: true; stored: Record<string, AttributeValue> | undefined }> {
  try {
    await sent;
    return { refused: false };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { refused: true, stored: error.Item };
  }
}
