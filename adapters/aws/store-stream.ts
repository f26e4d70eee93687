import {
  BatchGetItemCommand,
  type DynamoDBClient,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { failed, type Json, ok, type Result } from '../../core/model/index.ts';
import type { Call, Clock, Random } from '../../core/ports/index.ts';
import { attempt, fullJitterMs } from './attempt.ts';
import { encodeItem } from './store-items.ts';

interface Parts {
  client: DynamoDBClient;
  tableName: string;
  clock: Clock;
  random: Random;
}

/** Appends to one stream race only among a few functions of one region. */
const triesMax = 10;

/**
 * Adds an entry under the next number, once per entry id. A stream has a head (its last number) and one marker per id,
 * both in a partition of their own without `family`, so that no query sees them. Head, marker and entry are written in one
 * transaction: either all three are there or none.
 */
export async function appendToStream(parts: Parts, stream: string, entry: { id: string; body: Json }, call: Call): Promise<Result<number>> {
  for (let tries = 0; tries < triesMax; tries++) {
    const state = await readStream(parts, stream, entry.id, call);
    if (!state.ok) return state;
    if (state.value.known !== undefined) return ok(state.value.known);
    const seq = state.value.last + 1;
    const written = await writeEntry(parts, stream, entry, seq, call);
    if (!written.ok) return written;
    if (written.value) return ok(seq);
    await parts.clock.sleep(fullJitterMs(tries, parts.random.next()));
  }
  return failed('throttled', `${stream} was appended to by others ${triesMax} times in a row`);
}

const partitionOfStream = (stream: string) => `stream~${stream}`;
const headKey = (stream: string) => ({ pk: { S: partitionOfStream(stream) }, key: { S: 'head' } });
const markerKey = (stream: string, id: string) => ({ pk: { S: partitionOfStream(stream) }, key: { S: `id~${id}` } });

async function readStream(parts: Parts, stream: string, id: string, call: Call): Promise<Result<{ last: number; known?: number }>> {
  const { client, tableName, clock } = parts;
  const command = new BatchGetItemCommand({
    RequestItems: { [tableName]: { Keys: [headKey(stream), markerKey(stream, id)], ConsistentRead: true } },
  });
  const answer = await attempt('dynamodb:BatchGetItem', clock, call, (options) => client.send(command, options));
  if (!answer.ok) return answer;
  // A partial answer would make a known entry look new.
  if (Object.keys(answer.value.UnprocessedKeys ?? {}).length > 0) return failed('throttled', `${stream}: DynamoDB left keys unread`);
  const found = answer.value.Responses?.[tableName] ?? [];
  const known = found.find((item) => item.key?.S !== 'head')?.seq?.N;
  const last = Number(found.find((item) => item.key?.S === 'head')?.seq?.N ?? 0);
  return ok({ last, ...(known !== undefined && { known: Number(known) }) });
}

/** True when it was written, false when another append came first. */
async function writeEntry(
  parts: Parts,
  stream: string,
  entry: { id: string; body: Json },
  seq: number,
  call: Call,
): Promise<Result<boolean>> {
  const { client, tableName: TableName, clock } = parts;
  const key = `${stream}#${String(seq).padStart(8, '0')}`;
  const command = new TransactWriteItemsCommand({
    TransactItems: [
      {
        Update: {
          TableName,
          Key: headKey(stream),
          UpdateExpression: 'SET seq = :next',
          ConditionExpression: seq === 1 ? 'attribute_not_exists(seq)' : 'seq = :last',
          ExpressionAttributeValues: { ':next': { N: String(seq) }, ...(seq > 1 && { ':last': { N: String(seq - 1) } }) },
        },
      },
      {
        Put: {
          TableName,
          Item: { ...markerKey(stream, entry.id), seq: { N: String(seq) } },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
      { Put: { TableName, Item: encodeItem({ key, version: 1, body: entry.body }), ConditionExpression: 'attribute_not_exists(pk)' } },
    ],
  });
  return attempt('dynamodb:TransactWriteItems', clock, call, async (options) => {
    try {
      await client.send(command, options);
      return true;
    } catch (error) {
      if (lostRace(error)) return false;
      throw error;
    }
  });
}

function lostRace(error: unknown): boolean {
  if (!(error instanceof TransactionCanceledException)) return false;
  const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None');
  return codes.some((code) => code === 'ConditionalCheckFailed' || code === 'TransactionConflict');
}
