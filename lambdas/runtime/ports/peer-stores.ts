import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientConfig } from '../../../adapters/aws/client-config.ts';
import { AwsStore } from '../../../adapters/aws/store.ts';
import type { Store } from '../../../core/ports/index.ts';
import type { Base } from '../context.ts';

/** The peers' tables: journal copies are direct conditional writes, with no service of ours in between. */
export function createPeerStores({ clock, random }: Base, env: { PEER_TABLES: Record<string, string> }): Record<string, Store> {
  return Object.fromEntries(
    Object.entries(env.PEER_TABLES).map(([region, tableName]) => [
      region,
      new AwsStore({ client: new DynamoDBClient(clientConfig(region)), tableName, clock, random }),
    ]),
  );
}
