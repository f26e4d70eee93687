import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type * as z from 'zod';
import { clientConfig } from '../../../adapters/aws/client-config.ts';
import { MetricVoteCarrier, type VoteCarrier } from '../../../adapters/aws/vote-carriers.ts';
import type { VoteEnv } from '../../vote/env.ts';
import type { Base } from '../context.ts';
import { lazy } from '../lazy.ts';

/** The carrier of each group as configured. With two regions a vote on oneself is the heartbeat, and that is always a metric. */
export function createCarriers({ region, config, clock }: Base, env: z.output<typeof VoteEnv>): Record<string, VoteCarrier> {
  const metric = new MetricVoteCarrier(new CloudWatchClient(clientConfig(region)), env.VOTE_NAMESPACE, clock);
  const object = lazy<VoteCarrier>(async () => (await import('./object-votes.ts')).createObjectVotes(region, env, clock));
  const votes: VoteCarrier = { cast: (vote, call) => (vote.subject === vote.voter ? metric : object).cast(vote, call) };
  return Object.fromEntries(config.trafficGroups.map(({ name, carrier }) => [name, carrier === 'metric' ? metric : votes]));
}
