import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { ListBucketsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { emulatorClient } from '../client-settings.ts';
import type { StageContext } from '../context.ts';

const hourMs = 3_600_000;

/** The highest value that `voter` published within the hour about taking `subject` out of `checkout`; undefined: none yet. */
export async function publishedVote({ emulator, clock }: StageContext, voter: string, subject: string): Promise<number | undefined> {
  const client = new CloudWatchClient(emulatorClient(emulator.endpoint, voter));
  const { Datapoints = [] } = await client.send(
    new GetMetricStatisticsCommand({
      Namespace: `evenkeel/small/votes/${voter}`,
      MetricName: 'DrainVote',
      Dimensions: Object.entries({ group: 'checkout', subject, voter }).map(([Name, Value]) => ({ Name, Value })),
      StartTime: new Date(clock.now() - hourMs),
      EndTime: new Date(clock.now() + hourMs),
      Period: 60,
      Statistics: ['Maximum'],
    }),
  );
  const values = Datapoints.map(({ Maximum = 0 }) => Maximum);
  return values.length === 0 ? undefined : Math.max(...values);
}

/** How many votes to drain stand as objects in the bucket of `voter`; a vote that is taken back is an object that is gone. */
export async function standingObjects({ emulator }: StageContext, voter: string): Promise<number> {
  const client = new S3Client(emulatorClient(emulator.endpoint, voter));
  const { Buckets = [] } = await client.send(new ListBucketsCommand());
  const bucket = Buckets.find(({ Name }) => Name?.startsWith(`evenkeel-small-votes-${voter}-`))?.Name;
  if (bucket === undefined) throw new Error(`${voter} has no bucket for its votes`);
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.length;
}
