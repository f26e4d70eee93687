import { onPlanMessage, planMinute } from '../../core/plan/on-message.ts';
import { PlanTask, plan } from '../../core/plan/plan.ts';
import { createPlanContext } from '../runtime/plan-context.ts';
import { isBusEvent, isTick, messageOf, serve } from '../runtime/serve.ts';
import { PlanEnv } from './env.ts';

const ctx = createPlanContext(PlanEnv.parse(process.env));

/** A message starts the responder of an incident, the responder's machine asks for a plan, and the schedule has breakers and the coming hour looked at. */
export const handler = serve(ctx, async (event) => {
  if (isBusEvent(event)) return onPlanMessage(ctx, messageOf(event));
  return isTick(event) ? minute() : plan(ctx, PlanTask.parse(event));
});

/** No plan needs the forecast: only the schedule pays for loading it. */
async function minute(): Promise<void> {
  await planMinute(ctx);
  const { proposeCapacity } = await import('../../core/plan/propose-capacity.ts');
  await proposeCapacity(ctx);
}
