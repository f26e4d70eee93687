import type { StageContext } from '../config/stage-context.ts';
import type { Fence, Json, JsonObject, Plan, Result, Run, Verdict } from '../model/index.ts';

/** What a step's code gets to work with. `before` is what `before()` answered when the intent was written. */
export interface StepScope {
  ctx: StageContext;
  plan: Plan;
  run: Run;
  before: Json;
  /** What Apply answered; null before, and where it answers nothing. */
  result: Json;
  /** When Apply answered, epoch ms; for a pure check when it was first looked at. */
  appliedAt: number;
}

/** What is known before the step has a record. */
export type Planned = Pick<StepScope, 'ctx' | 'plan' | 'run'>;

/** One look at the effect. `final`: no further look can change it. */
export interface StepLook {
  verdict: Verdict;
  reason: string;
  final?: boolean;
}

/**
 * What a step of a plan does. Apply must be idempotent: it may run again after a crash or a time-out whose effect is unknown.
 * A kind without `apply` is a pure check. An undo step is a kind of its own, which gets the before-state of the step that it undoes.
 */
export interface StepKind {
  /** Applying it twice is doing it twice: a call whose effect is unknown is never made again. */
  single?: boolean;
  before?(args: JsonObject, scope: Planned): Promise<Result<Json>>;
  // biome-ignore lint/suspicious/noConfusingVoidType: the ports answer Result<void>, and both mean "nothing to keep".
  apply?(args: JsonObject, scope: StepScope, fence: Fence): Promise<Result<Json | void>>;
  look(args: JsonObject, scope: StepScope): Promise<StepLook>;
}
