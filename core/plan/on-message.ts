import type { StageContext } from '../config/stage-context.ts';
import { startResponder } from '../knowledge/responder.ts';
import type { Message } from '../model/index.ts';

/** An incident that is open and ours gets its responder; every other message is not for this stage. */
export async function onPlanMessage(ctx: StageContext, message: Message): Promise<void> {
  if (message.type !== 'IncidentOpened' && message.type !== 'IncidentChanged') return;
  if (message.body.region === ctx.region && message.body.state === 'open') await startResponder(ctx, message.body);
}
