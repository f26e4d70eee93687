import { onPlanMessage, planMinute } from '../../core/plan/on-message.ts';
import { PlanTask, plan } from '../../core/plan/plan.ts';
import { capacityStepsADay } from '../../core/plan/propose-capacity.ts';
import type { Forecaster } from '../../core/ports/index.ts';
import { lazy } from '../runtime/lazy.ts';
import { createPlanContext } from '../runtime/plan-context.ts';
import { isBusEvent, isTick, messageOf, serve } from '../runtime/serve.ts';
import { PlanEnv } from './env.ts';

const ctx = createPlanContext(PlanEnv.parse(process.env));
/** Needed once in five minutes, by no plan. */
const forecaster = lazy<Forecaster>(async () =>
  (await import('../../core/plan/forecast/automatic.ts')).automaticForecaster({ day: capacityStepsADay }),
);

/** A message starts the responder of an incident, the responder's machine asks for a plan, and the schedule has breakers and the coming hour looked at. */
export const handler = serve(ctx, async (event) => {
  if (isBusEvent(event)) return onPlanMessage(ctx, messageOf(event));
  return isTick(event) ? planMinute(ctx, forecaster) : plan(ctx, PlanTask.parse(event));
});
