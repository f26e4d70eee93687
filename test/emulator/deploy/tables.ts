import { inflateRawSync } from 'node:zlib';
import { type AttributeValue, DeleteItemCommand, DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { partitionOf } from '../../../adapters/aws/store-keys.ts';
import { emulatorClient } from '../client-settings.ts';
import type { StageContext } from '../context.ts';

/** Reads the regions' tables as anybody could, without a line of ours but the two key attributes. */
export class DeployedTables {
  readonly #clients: Map<string, DynamoDBClient>;

  constructor({ emulator, regions }: StageContext) {
    this.#clients = new Map(regions.map((region) => [region, new DynamoDBClient(emulatorClient(emulator.endpoint, region))]));
  }

  /** What an item holds, or undefined when it is not there. */
  async read<T>(region: string, key: string, schema: z.ZodType<T>): Promise<T | undefined> {
    const command = new GetItemCommand({
      TableName: 'evenkeel-small',
      Key: { pk: { S: partitionOf(key) }, key: { S: key } },
      ConsistentRead: true,
    });
    const { Item } = (await this.#clients.get(region)?.send(command)) ?? {};
    return Item === undefined ? undefined : bodyOf(Item, schema);
  }

  /** Everything in the partition of a key such as `step#<plan>#`. */
  async partition<T>(region: string, key: string, schema: z.ZodType<T>): Promise<T[]> {
    const command = new QueryCommand({
      TableName: 'evenkeel-small',
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: partitionOf(key) } },
      ConsistentRead: true,
    });
    const { Items = [] } = (await this.#clients.get(region)?.send(command)) ?? {};
    return Items.map((item) => bodyOf(item, schema));
  }

  /** Takes every item of a family out. */
  async clear(region: string, family: string): Promise<void> {
    const client = this.#clients.get(region);
    const { Items = [] } = (await client?.send(familyQuery(family))) ?? {};
    for (const { pk, key } of Items) {
      if (pk !== undefined && key !== undefined)
        await client?.send(new DeleteItemCommand({ TableName: 'evenkeel-small', Key: { pk, key } }));
    }
  }

  /** Everything of a family such as `run`, by the index. */
  async family<T>(region: string, family: string, schema: z.ZodType<T>): Promise<T[]> {
    const { Items = [] } = (await this.#clients.get(region)?.send(familyQuery(family))) ?? {};
    return Items.map((item) => bodyOf(item, schema));
  }
}

function familyQuery(family: string): QueryCommand {
  return new QueryCommand({
    TableName: 'evenkeel-small',
    IndexName: 'family',
    KeyConditionExpression: '#family = :family',
    ExpressionAttributeNames: { '#family': 'family' },
    ExpressionAttributeValues: { ':family': { S: family } },
  });
}

function bodyOf<T>(item: Record<string, AttributeValue>, schema: z.ZodType<T>): T {
  const text = item.packed?.B === undefined ? item.body?.S : inflateRawSync(item.packed.B).toString();
  return schema.parse(JSON.parse(z.string().parse(text)));
}
