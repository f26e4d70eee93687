import { onTrigger } from '../core/analyze/alerts/on-trigger.ts';
import { judgeByCanary } from '../core/analyze/alerts/release-canary.ts';
import { watchMinute } from '../core/analyze/alerts/watch-minute.ts';
import { onAnalyzeMessage } from '../core/analyze/analyze.ts';
import type { AnalyzeContext } from '../core/analyze/analyze-context.ts';
import { emptySeriesMemory } from '../core/analyze/anomalies.ts';
import { causeOf } from '../core/analyze/likely-cause.ts';
import { watchRegions } from '../core/analyze/systemic.ts';
import { onVoteMessage, republishVotes } from '../core/analyze/vote.ts';
import type { StageContext } from '../core/config/stage-context.ts';
import { onAssistMessage } from '../core/execute/assist.ts';
import { runStep } from '../core/execute/run-step.ts';
import { sweep } from '../core/execute/sweep.ts';
import { UndoTask, undoStep } from '../core/execute/undo.ts';
import { CloseTask, closeRun } from '../core/learn/close-run.ts';
import { forward } from '../core/learn/forward.ts';
import { learnMinute, onLearnMessage } from '../core/learn/learn.ts';
import { notifyOf } from '../core/learn/notify.ts';
import { type FunctionName, functionNames, type Message, messageRoutes, StepTask } from '../core/model/index.ts';
import { followTraffic } from '../core/plan/follow-up.ts';
import { liftDegrade } from '../core/plan/lift-degrade.ts';
import { onPlanMessage } from '../core/plan/on-message.ts';
import { operate } from '../core/plan/operator.ts';
import { PlanTask, plan } from '../core/plan/plan.ts';
import { proposeCapacity } from '../core/plan/propose-capacity.ts';
import { recoverBreakers } from '../core/plan/recover-breakers.ts';
import { type ProbePlan, planProbes, probeSlot } from '../core/probe/probe-slot.ts';
import type { RegionRuntime } from './host/runtime.ts';

/** What the schedule sends once a minute to the functions that also take messages or tasks. */
const tick = { operation: 'minute' };

/** As long as the AWS adapter keeps a secret; a plan that lacks one is made again at the next slot. */
const planKeptMs = 300_000;

function isTick(event: unknown): boolean {
  return (event as { operation?: unknown }).operation === tick.operation;
}

function isMessage(event: unknown): event is Message {
  return 'type' in (event as object);
}

/** The slots of one process, which plans anew now and then. */
function slotsOf(ctx: StageContext): (at: number) => Promise<void> {
  let planned: { plan: ProbePlan; until: number } | null = null;
  return async (at) => {
    if (planned === null || planned.until <= at) {
      const plan = await planProbes(ctx);
      planned = { plan, until: plan.unprobed.length > 0 ? at : plan.secretive ? at + planKeptMs : Number.POSITIVE_INFINITY };
    }
    await probeSlot(ctx, planned.plan, at);
  };
}

type RegionFunctions = Record<FunctionName, (event: unknown) => Promise<unknown>>;

/** Each function with what tells its kinds of events apart, as lambdas/<name>/handler.ts does. */
function functionsOf(ctx: StageContext): RegionFunctions {
  const slot = slotsOf(ctx);
  const memory = emptySeriesMemory(watchRegions);
  const analyzing: AnalyzeContext = { ...ctx, explain: causeOf };
  return {
    probe: (event) => slot((event as { at: number }).at),
    analyze: async (event) => {
      if ('detail-type' in (event as object)) return onTrigger(analyzing, event);
      return isTick(event) ? watchMinute(analyzing, judgeByCanary) : onAnalyzeMessage(analyzing, event as Message, memory);
    },
    vote: (event) => onVoteMessage(ctx, event as Message),
    plan: async (event) => {
      if (isMessage(event)) {
        await onPlanMessage(ctx, event, liftDegrade);
        return followTraffic(ctx, event);
      }
      if (!isTick(event)) return plan(ctx, PlanTask.parse(event));
      await recoverBreakers(ctx);
      return proposeCapacity(ctx);
    },
    'step-apply': (event) => (isMessage(event) ? onAssistMessage(ctx, event) : runStep(ctx, StepTask.parse(event))),
    'step-verify': (event) => runStep(ctx, StepTask.parse(event)),
    'step-undo': (event) => undoStep(ctx, UndoTask.parse(event)),
    sweep: () => sweep(ctx),
    learn: async (event) => {
      if (isMessage(event)) return onLearnMessage(ctx, event);
      return isTick(event) ? learnMinute(ctx) : closeRun(ctx, CloseTask.parse(event));
    },
    notify: (event) => notifyOf(ctx, event as Message),
  };
}

/**
 * All functions of one region over one set of ports: what AWS starts as Lambdas, the simulated and the live world call here. The wiring
 * is that of lambdas/<name>/handler.ts; the code behind it is the same.
 */
export function createRegionRuntime(ctx: StageContext): RegionRuntime {
  const functions = functionsOf(ctx);
  const invoke = (name: string, event: unknown): Promise<unknown> => {
    const known = functionNames.find((each) => each === name);
    if (known === undefined) throw new Error(`no function ${JSON.stringify(name)}; there are ${functionNames.join(', ')}`);
    return functions[known](event);
  };
  return {
    invoke,
    async slot(at) {
      await invoke('probe', { at });
    },
    async minute() {
      await republishVotes(ctx);
      await invoke('analyze', tick);
      await invoke('sweep', {});
      await invoke('plan', tick);
      await invoke('learn', tick);
    },
    async deliver(message) {
      await Promise.all(functionNames.filter((name) => messageRoutes[name]?.includes(message.type)).map((name) => invoke(name, message)));
    },
    forward: (note) => forward(ctx, note),
    operate: (order) => operate(ctx, order),
  };
}
