import type { StageContext } from '../config/stage-context.ts';
import { updateStored } from '../knowledge/stored.ts';
import { Lesson, type Outcome, storeKey, targetKey } from '../model/index.ts';

const plansMax = 50;

/** Counts an outcome under its action and alert, once for each plan, in whichever region hears of it. A refusal taught nothing. */
export async function learnFrom(ctx: StageContext, outcome: Outcome): Promise<void> {
  const { store, clock, trace } = ctx.ports;
  if (outcome.state === 'refused') return;
  const { action, alert, planId } = outcome;
  let counted = false;
  const learned = await updateStored(store, clock, storeKey.lesson(action, alert), Lesson, (current): Lesson | null => {
    counted = current?.plans?.includes(planId) !== true;
    return counted ? withOutcome(current, outcome) : null;
  });
  if (!learned.ok || learned.value === null || !counted) return;
  const { attempts, successes } = learned.value;
  trace.record({
    kind: 'LessonLearned',
    subject: targetKey(outcome.target),
    incident: outcome.incidentId,
    data: { action, alert, attempts, successes },
    reason: `${action} for ${alert}: ${successes} of ${attempts} proved themselves, in ${Math.round(learned.value.meanSeconds)} s on average`,
  });
}

function withOutcome(current: Lesson | null, outcome: Outcome): Lesson {
  const attempts = (current?.attempts ?? 0) + 1;
  const seconds = (outcome.endedAt - outcome.startedAt) / 1000;
  return {
    action: outcome.action,
    alert: outcome.alert,
    attempts,
    successes: (current?.successes ?? 0) + (outcome.state === 'verified' ? 1 : 0),
    meanSeconds: ((current?.meanSeconds ?? 0) * (attempts - 1) + seconds) / attempts,
    lastAt: Math.max(current?.lastAt ?? 0, outcome.endedAt),
    plans: [...(current?.plans ?? []), outcome.planId].slice(-plansMax),
  };
}
