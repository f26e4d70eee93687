import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AwsStore } from '../../../adapters/aws/store.ts';
import { storeTable } from '../../../adapters/aws/store-keys.ts';
import { emulatorClient } from '../client-settings.ts';
import type { StageContext } from '../context.ts';
import { freshName, mathRandom, systemClock } from './time.ts';

/** A store over an empty table with the keys and the index that `lib` gives it. */
export async function freshStore(context: StageContext, region: string = context.regions[0]): Promise<AwsStore> {
  const client = new DynamoDBClient(emulatorClient(context.proxy.endpoint, region));
  const tableName = freshName('table');
  const names = [storeTable.partition, storeTable.sort, storeTable.family];
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [...new Set(names)].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keys(storeTable.partition, storeTable.sort),
      GlobalSecondaryIndexes: [
        { IndexName: storeTable.familyIndex, KeySchema: keys(storeTable.family, storeTable.sort), Projection: { ProjectionType: 'ALL' } },
      ],
    }),
  );
  return new AwsStore({ client, tableName, clock: systemClock, random: mathRandom });
}

function keys(partition: string, sort: string) {
  return [
    { AttributeName: partition, KeyType: 'HASH' as const },
    { AttributeName: sort, KeyType: 'RANGE' as const },
  ];
}
