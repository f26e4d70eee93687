import type { StageContext } from '../../core/config/stage-context.ts';
import type { Message, Notification, Result } from '../../core/model/index.ts';

/** Evenkeel in one region as the simulator drives it; `simulator/region-runtime.ts` composes it from the stages. */
export interface RegionRuntime {
  /** One scheduled probe slot, with the looks until the next one. */
  slot(at: number): Promise<void>;
  /** Once a minute: heartbeat, votes published again, sweep. */
  minute(at: number): Promise<void>;
  /** What the bus brings. */
  deliver(message: Message): Promise<void>;
  /** One invocation of a function, by a state machine's task. */
  invoke(functionName: string, event: unknown): Promise<unknown>;
  /** What the own topic took, to the function that hands it on; a runtime without it hands nothing on. */
  forward?(note: Notification): Promise<Result<void>>;
  /** A person's order, as `evenkeel op` gives it; absent where nobody gives any. */
  operate?(order: unknown): Promise<unknown>;
}

export type RuntimeFactory = (ctx: StageContext) => RegionRuntime;
