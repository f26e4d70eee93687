import type { StageContext } from '../../core/config/stage-context.ts';
import type { Message, Notification, Result } from '../../core/model/index.ts';
import type { OperatorAnswer } from '../../core/plan/operator.ts';

/** Evenkeel in one region as a simulated or live world drives it; `simulator/region-runtime.ts` composes it from the stages. */
export interface RegionRuntime {
  /** One scheduled slot (0, 20, 40 s of a minute), with the looks until the next one. */
  slot(at: number): Promise<void>;
  /** Once a minute: votes are published again, runs and incidents are swept. */
  minute(at: number): Promise<void>;
  /** One message from the region's bus, to every function that a rule names. */
  deliver(message: Message): Promise<void>;
  /** What the own topic took, to the function that hands it on; ok when everybody has it. */
  forward(note: Notification): Promise<Result<void>>;
  /** One invocation of one function, as a state machine's task makes it. */
  invoke(functionName: string, event: unknown): Promise<unknown>;
  /** A person's order, as `evenkeel op` gives it. */
  operate(order: unknown): Promise<Result<OperatorAnswer>>;
}

export type RuntimeFactory = (ctx: StageContext) => RegionRuntime;
