import { onVoteMessage, republishVotes } from '../../core/analyze/vote.ts';
import { isBusEvent, messageOf, orRetry, serve } from '../runtime/serve.ts';
import { createVoteContext } from '../runtime/vote-context.ts';
import { VoteEnv } from './env.ts';

const ctx = createVoteContext(VoteEnv.parse(process.env));

/** A message asks for a vote, takes it back or answers one; the schedule has every standing vote published again. */
export const handler = serve(ctx, async (event) =>
  isBusEvent(event) ? orRetry(ctx, await onVoteMessage(ctx, messageOf(event))) : republishVotes(ctx),
);
