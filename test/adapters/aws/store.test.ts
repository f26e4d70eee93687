import { ConditionalCheckFailedException, DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { AwsStore } from '../../../adapters/aws/store.ts';
import { decodeItem, encodeItem } from '../../../adapters/aws/store-items.ts';
import { placeOf } from '../../../adapters/aws/store-keys.ts';
import { answering, half, inputsOf, type Script, settings, stillClock } from './fake-send.ts';

function storeOn(script: Script) {
  const client = new DynamoDBClient(settings);
  const sent = answering(client, script);
  const clock = stillClock();
  return {
    sent,
    clock,
    store: new AwsStore({ client, tableName: 'table', clock, random: half }),
    call: { deadlineAt: clock.now() + 5_000 },
  };
}

const refused = (Item?: ReturnType<typeof encodeItem>) =>
  new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {}, ...(Item && { Item }) });

describe('the store', () => {
  test('looks for a prefix in its partition when two segments are complete, in the family otherwise, and nowhere without a family', () => {
    expect(placeOf('step#p1#')).toEqual({ kind: 'partition', partition: 'step#p1' });
    expect(placeOf('step#p1#a')).toEqual({ kind: 'partition', partition: 'step#p1' });
    expect(placeOf('lease#checkout')).toEqual({ kind: 'family', family: 'lease' });
    expect(placeOf('lease')).toEqual({ kind: 'nowhere' });
  });

  test('reads on over pages, past aged items, until it has as many as asked', async () => {
    const { store, call, sent, clock } = storeOn((_operation, _input, nth) => ({
      Items: [0, 1].map((n) => encodeItem({ key: `vote#g#${nth}${n}`, version: 1, body: n, ...(n === 0 && { expiresAt: clock.now() }) })),
      ...(nth < 5 && { LastEvaluatedKey: { pk: { S: 'x' } } }),
    }));
    const found = await store.query('vote#g#', 3, call);
    expect(found.ok && found.value.map((item) => item.key)).toEqual(['vote#g#01', 'vote#g#11', 'vote#g#21']);
    expect(sent).toHaveLength(3);
    expect(inputsOf(sent, 'Query')[1]).toMatchObject({ ConsistentRead: true, ExclusiveStartKey: { pk: { S: 'x' } } });
  });

  test('reads a family from the index, which knows no consistent read', async () => {
    const { store, call, sent } = storeOn(() => ({ Items: [] }));
    await store.query('lease#', 10, call);
    expect(inputsOf(sent, 'Query')[0]).toMatchObject({ IndexName: 'family', ExpressionAttributeValues: { ':place': { S: 'lease' } } });
    expect(inputsOf(sent, 'Query')[0]).not.toHaveProperty('ConsistentRead');
  });

  test('keeps the end of life in milliseconds for readers and in whole seconds, rounded up, for DynamoDB', () => {
    expect(encodeItem({ key: 'a#b', version: 1, body: null, expiresAt: 1_500 })).toMatchObject({
      expiresAt: { N: '1500' },
      ttl: { N: '2' },
    });
  });

  test('packs a long body, and leaves what nobody lists by its family out of the index', () => {
    const long = { reasons: Array.from({ length: 200 }, (_, n) => `endpoint ${n} answered 200`) };
    const packed = encodeItem({ key: 'observation#seen#a', version: 1, body: long });
    // No listed family: the index holds no copy, which would be billed like the item.
    expect(Object.keys(packed).sort()).toEqual(['key', 'packed', 'pk', 'version']);
    expect(packed.packed?.B?.length).toBeLessThan(1024);
    expect(decodeItem(packed).body).toEqual(long);
  });

  test('a refused write says which version there is; its own item is no conflict', async () => {
    const other = storeOn(() => refused(encodeItem({ key: 'plan#1', version: 7, body: null })));
    expect(await other.store.put({ key: 'plan#1', body: 1 }, 3, other.call)).toMatchObject({
      code: 'conflict',
      reason: 'plan#1 has version 7, not 3',
    });
    const own = storeOn((_operation, input) => refused({ ...(input.Item as ReturnType<typeof encodeItem>) }));
    expect(await own.store.put({ key: 'plan#1', body: 1 }, 3, own.call)).toMatchObject({ ok: true, value: { version: 4 } });
  });

  test('a number that JSON would lose, and a body that is too large, never leave the process', async () => {
    const { store, call, sent } = storeOn(() => ({}));
    expect(await store.put({ key: 'a#b', body: Number.NaN }, 0, call)).toMatchObject({ code: 'invalid' });
    expect(await store.put({ key: 'a#b', body: 'ü'.repeat(204_800) }, 0, call)).toMatchObject({ code: 'invalid' });
    expect(await store.append('a#b#t', { id: 'x', body: [Number.POSITIVE_INFINITY] }, call)).toMatchObject({ code: 'invalid' });
    expect(sent).toEqual([]);
  });

  test('an append that lost the race reads the head again and takes the next number', async () => {
    const lost = new TransactionCanceledException({
      message: 'cancelled',
      $metadata: {},
      CancellationReasons: [{ Code: 'ConditionalCheckFailed' }, { Code: 'None' }, { Code: 'None' }],
    });
    const { store, call, sent } = storeOn((operation, _input, nth) => {
      if (operation === 'BatchGetItem') return { Responses: { table: [{ key: { S: 'head' }, seq: { N: String(4 + nth) } }] } };
      return nth === 0 ? lost : {};
    });
    expect(await store.append('incident#1#t', { id: 'e', body: 1 }, call)).toEqual({ ok: true, value: 6 });
    expect(sent.map(({ operation }) => operation)).toEqual(['BatchGetItem', 'TransactWriteItems', 'BatchGetItem', 'TransactWriteItems']);
  });

  test('an entry that is there already answers its number, and nothing is written', async () => {
    const known = [
      { key: { S: 'head' }, seq: { N: '9' } },
      { key: { S: 'id~e' }, seq: { N: '4' } },
    ];
    const { store, call, sent } = storeOn(() => ({ Responses: { table: known } }));
    expect(await store.append('incident#1#t', { id: 'e', body: 1 }, call)).toEqual({ ok: true, value: 4 });
    expect(inputsOf(sent, 'TransactWriteItems')).toEqual([]);
  });

  test('an append that loses every race gives up as throttled', async () => {
    const lost = new TransactionCanceledException({ message: 'x', $metadata: {}, CancellationReasons: [{ Code: 'TransactionConflict' }] });
    const { store, call, sent } = storeOn((operation) => (operation === 'BatchGetItem' ? { Responses: { table: [] } } : lost));
    expect(await store.append('incident#1#t', { id: 'e', body: 1 }, { deadlineAt: call.deadlineAt + 60_000 })).toMatchObject({
      code: 'throttled',
      retryable: true,
    });
    expect(inputsOf(sent, 'TransactWriteItems')).toHaveLength(10);
  });

  test('keys that DynamoDB left unread are not taken for unknown entries', async () => {
    const { store, call, sent } = storeOn(() => ({ Responses: {}, UnprocessedKeys: { table: { Keys: [] } } }));
    expect(await store.append('incident#1#t', { id: 'e', body: 1 }, call)).toMatchObject({ code: 'throttled' });
    expect(inputsOf(sent, 'TransactWriteItems')).toEqual([]);
  });

  test('what evenkeel did not write is a broken assumption', async () => {
    const { store, call } = storeOn(() => ({ Item: { pk: { S: 'x' } } }));
    await expect(store.get('plan#1', call)).rejects.toThrow();
  });
});
