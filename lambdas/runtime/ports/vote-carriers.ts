import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { S3Client } from '@aws-sdk/client-s3';
import type * as z from 'zod';
import { clientConfig } from '../../../adapters/aws/client-config.ts';
import { MetricVoteCarrier, ObjectVoteCarrier, type VoteCarrier } from '../../../adapters/aws/vote-carriers.ts';
import type { VoteEnv } from '../../vote/env.ts';
import type { Base } from '../context.ts';

/** The carrier of each group as configured. With two regions a vote on oneself is the heartbeat, and that is always a metric. */
export function createCarriers({ region, config, clock }: Base, env: z.output<typeof VoteEnv>): Record<string, VoteCarrier> {
  const metric = new MetricVoteCarrier(new CloudWatchClient(clientConfig(region)), env.VOTE_NAMESPACE, clock);
  const object = createObjectCarrier();
  return Object.fromEntries(
    config.trafficGroups.map(({ name, carrier }) => [name, carrier === 'metric' || object === null ? metric : heartbeatByMetric(object)]),
  );

  function createObjectCarrier(): VoteCarrier | null {
    if (env.VOTE_BUCKET === '') return null;
    const objectOf = (group: string, subject: string) => {
      const known = env.VOTE_OBJECTS[`${group}/${subject}`];
      if (known === undefined) throw new Error(`VOTE_OBJECTS names no object for ${group}/${subject}: deploy again`);
      return { bucket: env.VOTE_BUCKET, ...known };
    };
    return new ObjectVoteCarrier(new S3Client(clientConfig(region)), objectOf, clock);
  }

  function heartbeatByMetric(votes: VoteCarrier): VoteCarrier {
    return { cast: (vote, call) => (vote.subject === vote.voter ? metric : votes).cast(vote, call) };
  }
}
