import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateDBClusterCommand, CreateGlobalClusterCommand, RDSClient } from '@aws-sdk/client-rds';
import { isAccepted } from '../../../adapters/aws/approval-item.ts';
import { AwsDataControl, type DatabaseParts } from '../../../adapters/aws/data-control.ts';
import { FenceGuard } from '../../../adapters/aws/fence-guard.ts';
import { AwsMetricSource } from '../../../adapters/aws/metric-source.ts';
import type { DataHarness } from '../../adapters/contract/data-control.ts';
import { emulatorClient } from '../client-settings.ts';
import type { StageContext } from '../context.ts';
import type { Interceptor } from '../fault-proxy.ts';
import { freshStore } from './tables.ts';
import { freshName, realTime, systemClock } from './time.ts';

/** Aurora global databases over both regions. A lost member is one that RDS shows as out of touch. */
export async function databaseHarness(context: StageContext): Promise<DataHarness> {
  const [region, peer] = context.regions;
  const rds = Object.fromEntries(context.regions.map((name) => [name, new RDSClient(emulatorClient(context.proxy.endpoint, name))]));
  const settings = emulatorClient(context.proxy.endpoint, region);
  const databases: Record<string, DatabaseParts> = {};
  const store = await freshStore(context);
  await store.put(
    {
      key: 'approval#yes',
      body: {
        approval: { planId: 'p-1', incident: 'i-1', what: 'lossy failover', expiresAt: Date.now() + 60_000 },
        decision: { by: 'ada', accept: true, reason: 'lag is small', at: Date.now() },
      },
    },
    0,
    { deadlineAt: Date.now() + 5_000 },
  );
  return {
    ...realTime,
    regions: [region, peer],
    moveMs: 500,
    approval: 'yes',
    data: new AwsDataControl({
      region,
      databases,
      rds,
      dynamodb: new DynamoDBClient(settings),
      metrics: new AwsMetricSource(new CloudWatchClient(settings), systemClock),
      approved: (token, call) => isAccepted(store, token, call),
      guard: new FenceGuard(store, systemClock),
      clock: systemClock,
    }),
    async database() {
      const id = freshName('orders');
      const members: Record<string, string> = {};
      await rds[region]?.send(new CreateGlobalClusterCommand({ GlobalClusterIdentifier: id, Engine: 'aurora-postgresql' }));
      for (const name of context.regions) {
        const cluster = { DBClusterIdentifier: `${id}-${name}`, Engine: 'aurora-postgresql', GlobalClusterIdentifier: id };
        const made = await rds[name]?.send(
          new CreateDBClusterCommand({
            ...cluster,
            ...(name === region && { MasterUsername: 'admin1', MasterUserPassword: 'not-a-secret' }),
          }),
        );
        members[name] = made?.DBCluster?.DBClusterArn ?? '';
      }
      databases[id] = { kind: 'aurora-global', id, members };
      return id;
    },
    async lose(database, where) {
      const parts = databases[database];
      if (parts?.kind === 'aurora-global') context.proxy.intercept(outOfTouch(parts.members[where] ?? ''));
    },
  };
}

function outOfTouch(arn: string): Interceptor {
  return async (call, forward) => {
    const answer = await forward();
    if (call.operation !== 'DescribeGlobalClusters') return answer;
    const text = answer.body
      .toString()
      .replaceAll(/<SynchronizationStatus>[^<]*<\/SynchronizationStatus>/g, '')
      .replaceAll(
        `<DBClusterArn>${arn}</DBClusterArn>`,
        `<DBClusterArn>${arn}</DBClusterArn><SynchronizationStatus>pending-resync</SynchronizationStatus>`,
      );
    return { ...answer, body: Buffer.from(text) };
  };
}
