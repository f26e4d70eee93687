import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { emulatorClient } from '../client-settings.ts';
import type { StageContext } from '../context.ts';

const hourMs = 3_600_000;

/** The highest value that `voter` published within the hour about taking `subject` out; undefined: none yet. */
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
