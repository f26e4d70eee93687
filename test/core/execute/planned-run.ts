import type { JsonObject, Plan, Run, Step, StepRecord, StepTask, Target } from '../../../core/model/index.ts';
import { storeKey } from '../../../core/model/index.ts';
import { once, step } from '../../../core/plan/step.ts';
import { writeItem } from '../../../simulator/trials/seed-items.ts';
import { type RegionBench, regionContext, shopConfig, startAt } from '../region-context.ts';

export const region = 'eu-west-1';
export const target: Target = { service: 'checkout', region };
export const planId = 'scale-test';

export const raise: Step = step(
  'stage-1',
  'change-capacity',
  { changes: [{ target: { service: 'checkout', region }, change: { kind: 'count', desired: 8 } }] },
  once(300),
  { kind: 'restore-capacity', verify: once(300) },
);

export const runOf = (over: Partial<Run> = {}): Run => ({
  planId,
  incidentId: 'inc-1',
  action: 'scale',
  target,
  epoch: 3,
  holder: region,
  executionId: `scale:${planId}`,
  state: 'running',
  avoid: [],
  startedAt: startAt,
  leaseUntil: startAt + 120_000,
  reason: 'a test',
  ...over,
});

export const planOf = (steps: Step[], over: Partial<Plan> = {}): Plan => ({
  id: planId,
  version: 1,
  incident: 'inc-1',
  action: 'scale',
  target,
  level: 'resource',
  attempt: 1,
  steps,
  policies: [],
  successors: [region, 'us-west-2', 'us-east-1'],
  createdAt: startAt,
  createdEpoch: 3,
  reason: 'a test',
  ...over,
});

/** A region that holds a run of these steps, in its own table and its peers'. */
export function plannedRun(steps: Step[] = [raise], run: Partial<Run> = {}, where: string = region): RegionBench {
  const bench = regionContext(shopConfig(), where);
  for (const [, state] of bench.states) {
    writeItem(state, storeKey.plan(planId), planOf(steps));
    writeItem(state, storeKey.run(planId), runOf(run));
  }
  return bench;
}

export const task = (operation: StepTask['operation'], over: Partial<StepTask> = {}): StepTask => ({
  executionId: 'execution-1',
  planId,
  stepId: 'stage-1',
  epoch: 3,
  operation,
  ...over,
});

export const recordOf = (over: Partial<StepRecord> = {}): StepRecord => ({
  plan: planId,
  step: 'stage-1',
  kind: 'change-capacity',
  order: 0,
  executionId: 'execution-1',
  epoch: 3,
  state: 'applied',
  before: null,
  intentAt: startAt,
  looks: [],
  reason: 'a test',
  ...over,
});

/** What a table holds under a key; undefined: nothing. */
export function stored(bench: RegionBench, where: string, key: string): JsonObject | undefined {
  return bench.states.get(where)?.items.get(key)?.body as JsonObject | undefined;
}
