import type { Message } from '../../core/model/index.ts';
import { type LiftDegrade, onPlanMessage } from '../../core/plan/on-message.ts';
import { PlanTask, plan } from '../../core/plan/plan.ts';
import { createPlanContext } from '../runtime/plan-context.ts';
import { isBusEvent, isTick, messageOf, serve } from '../runtime/serve.ts';
import { PlanEnv } from './env.ts';

const ctx = createPlanContext(PlanEnv.parse(process.env));

/** Loaded when the first dependency is well again. */
const lift: LiftDegrade = async (...ended) => (await import('../../core/plan/lift-degrade.ts')).liftDegrade(...ended);

/** A message starts the responder of an incident, the responder's machine asks for a plan, and the schedule has breakers and the coming hour looked at. */
export const handler = serve(ctx, async (event) => {
  if (isBusEvent(event)) return onMessage(messageOf(event));
  return isTick(event) ? minute() : plan(ctx, PlanTask.parse(event));
});

/** Only an outcome pays for loading what may follow it. */
async function onMessage(message: Message): Promise<void> {
  await onPlanMessage(ctx, message, lift);
  if (message.type !== 'OutcomeRecorded') return;
  const { followTraffic } = await import('../../core/plan/follow-up.ts');
  await followTraffic(ctx, message);
}

/** No plan needs these: only the schedule pays for loading them. */
async function minute(): Promise<void> {
  const { recoverBreakers } = await import('../../core/plan/recover-breakers.ts');
  await recoverBreakers(ctx);
  const { proposeCapacity } = await import('../../core/plan/propose-capacity.ts');
  await proposeCapacity(ctx);
}
