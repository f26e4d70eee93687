import type { StageContext } from '../../config/stage-context.ts';
import type { Action, Incident, JsonObject, Result, Step, Target } from '../../model/index.ts';

/** What a remedy comes to: the machine that runs it, what it acts on, its steps, and why. */
export interface Draft {
  action: Action;
  target: Target;
  steps: Step[];
  /** The region that receives traffic, where traffic moves. */
  to?: string;
  /** Share of the service's units that are out at once while it runs, 0..1. */
  capacityOutShare: number;
  reason: string;
}

/** Turns an action of a playbook into steps for one incident, or says why it does not apply (`refused`). Reads, never writes. */
export type Remedy = (ctx: StageContext, incident: Incident, args: JsonObject) => Promise<Result<Draft>>;
