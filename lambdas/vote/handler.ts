import { onDrainReply, onDrainRequested, onDrainWithdrawn, republishVotes } from '../../core/analyze/vote.ts';
import { type Message, messageRefusal, ok, type Result } from '../../core/model/index.ts';
import { isBusEvent, messageOf, orRetry, serve } from '../runtime/serve.ts';
import { createVoteContext } from '../runtime/vote-context.ts';
import { VoteEnv } from './env.ts';

const ctx = createVoteContext(VoteEnv.parse(process.env));

/** A message asks for a vote, takes it back or answers one; the schedule has every standing vote published again. */
export const handler = serve(ctx, async (event) =>
  isBusEvent(event) ? orRetry(ctx, await onVoteMessage(messageOf(event))) : republishVotes(ctx),
);

async function onVoteMessage(message: Message): Promise<Result<void>> {
  if (messageRefusal(message, ctx.ports.clock.now()) !== null) return ok(undefined);
  if (message.type === 'DrainRequested') return onDrainRequested(ctx, message.body);
  if (message.type === 'DrainWithdrawn') return onDrainWithdrawn(ctx, message.body);
  if (message.type === 'DrainGranted' || message.type === 'DrainRefused') return onDrainReply(ctx, message.body);
  return ok(undefined);
}
