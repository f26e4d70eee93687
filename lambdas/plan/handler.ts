import { onPlanMessage } from '../../core/plan/on-message.ts';
import { PlanTask, plan } from '../../core/plan/plan.ts';
import { createPlanContext } from '../runtime/plan-context.ts';
import { isBusEvent, messageOf, serve } from '../runtime/serve.ts';
import { PlanEnv } from './env.ts';

const ctx = createPlanContext(PlanEnv.parse(process.env));

/** A message starts the responder of an incident; the responder's machine asks for a plan. */
export const handler = serve(ctx, async (event) =>
  isBusEvent(event) ? onPlanMessage(ctx, messageOf(event)) : plan(ctx, PlanTask.parse(event)),
);
