import * as z from 'zod';
import type { StageContext } from '../config/stage-context.ts';
import { queryStored, readStored, updateStored } from '../knowledge/stored.ts';
import { type Incident, Lesson, Plan, Run, storeKey, targetKey } from '../model/index.ts';

/** How the decisions that observe mode only wrote down compare with what happened, by action and alert. */
export const ShadowScore = z.object({
  action: z.string(),
  alert: z.string(),
  decisions: z.number().int(),
  /** Of these, how often the trouble lasted longer than the action would have taken. */
  wouldHaveHelped: z.number().int(),
  /** Incidents by whose plans were counted last. */
  plans: z.array(z.string()),
});
export type ShadowScore = z.infer<typeof ShadowScore>;

const plansMax = 500;
const keptMax = 50;
/** What an action is taken to need until outcomes say better. */
const usualSeconds = 300;

export const shadowKey = (action: string, alert: string): string => `shadow#${action}#${alert}`;

/**
 * When an incident is over, every decision for it that was not carried out is scored: had it been done when it was decided, would it have
 * ended the trouble sooner? What took less than the action takes was over by itself, and the action would have been for nothing.
 */
export async function scoreShadows(ctx: StageContext, incident: Incident): Promise<void> {
  const { store, clock } = ctx.ports;
  if (ctx.config.mode !== 'observe' || incident.resolvedAt === undefined || incident.region !== ctx.region) return;
  const plans = await queryStored(store, clock, 'plan#', plansMax, Plan);
  if (!plans.ok) return;
  for (const plan of plans.value.filter((each) => each.incident === incident.id)) {
    const run = await readStored(store, clock, storeKey.run(plan.id), Run);
    if (run.ok && run.value.value === null) await score(ctx, incident, plan, incident.overAt ?? incident.resolvedAt);
  }
}

async function score(ctx: StageContext, incident: Incident, plan: Plan, overAt: number): Promise<void> {
  const { store, clock, trace } = ctx.ports;
  const lesson = await readStored(store, clock, storeKey.lesson(plan.action, incident.alert), Lesson);
  const needs = (lesson.ok ? lesson.value.value?.meanSeconds : undefined) ?? usualSeconds;
  const lasted = (overAt - plan.createdAt) / 1000;
  const hit = lasted > needs;
  let counted = false;
  const written = await updateStored(store, clock, shadowKey(plan.action, incident.alert), ShadowScore, (current): ShadowScore | null => {
    counted = current?.plans.includes(plan.id) !== true;
    if (!counted) return null;
    return {
      action: plan.action,
      alert: incident.alert,
      decisions: (current?.decisions ?? 0) + 1,
      wouldHaveHelped: (current?.wouldHaveHelped ?? 0) + (hit ? 1 : 0),
      plans: [...(current?.plans ?? []), plan.id].slice(-keptMax),
    };
  });
  if (!written.ok || !counted) return;
  trace.record({
    kind: 'ShadowScored',
    subject: targetKey(plan.target),
    incident: incident.id,
    data: { incident: incident.id, plan: plan.id, action: plan.action, hit },
    reason: `${plan.action} takes about ${Math.round(needs)} s, the trouble lasted ${Math.round(lasted)} s after the decision: it ${hit ? 'would have helped' : 'was over by itself'}`,
  });
}
