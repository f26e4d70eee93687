import type { StageContext } from '../config/stage-context.ts';
import { readStored } from '../knowledge/stored.ts';
import {
  failed,
  freezeSwitch,
  isoTime,
  killSwitch,
  ok,
  Plan,
  pauseSwitch,
  type Result,
  Run,
  type Step,
  Switch,
  storeKey,
  type Target,
  targetKey,
} from '../model/index.ts';

/** A plan with the run that executes it. */
export interface PlannedRun {
  plan: Plan;
  run: Run;
}

export async function readPlannedRun(ctx: StageContext, planId: string): Promise<Result<PlannedRun>> {
  const { store, clock } = ctx.ports;
  const [plan, run] = await Promise.all([
    readStored(store, clock, storeKey.plan(planId), Plan),
    readStored(store, clock, storeKey.run(planId), Run),
  ]);
  if (!plan.ok) return plan;
  if (!run.ok) return run;
  if (plan.value.value === null || run.value.value === null) return failed('not-found', `no plan or run ${planId} in ${ctx.region}`);
  return ok({ plan: plan.value.value, run: run.value.value });
}

export function stepOf(plan: Plan, stepId: string): Step | undefined {
  return plan.steps.find((step) => step.id === stepId);
}

/**
 * Why nothing new may start on this target now, or null. A switch that cannot be read counts as on. Kill and pause hold back what evenkeel
 * decides by itself, not what a person orders who breaks the glass; a freeze holds back everybody.
 */
export async function startRefusal(ctx: StageContext, target: Target, orderedBy?: string): Promise<string | null> {
  const automatic = orderedBy === undefined ? [killSwitch, pauseSwitch] : [];
  for (const name of [...automatic, freezeSwitch(targetKey(target))]) {
    const read = await readStored(ctx.ports.store, ctx.ports.clock, storeKey.switch(name), Switch);
    if (!read.ok) return `the switch ${name} cannot be read (${read.reason}): no new action starts`;
    const state = read.value.value;
    if (state?.on === true) return `${name} is on since ${isoTime(state.at)}, by ${state.by}: ${state.reason}`;
  }
  return null;
}
