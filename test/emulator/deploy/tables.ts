import { inflateRawSync } from 'node:zlib';
import { type AttributeValue, DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
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
}

function bodyOf<T>(item: Record<string, AttributeValue>, schema: z.ZodType<T>): T {
  const text = item.packed?.B === undefined ? item.body?.S : inflateRawSync(item.packed.B).toString();
  return schema.parse(JSON.parse(z.string().parse(text)));
}
