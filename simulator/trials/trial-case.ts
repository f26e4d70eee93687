import type { AlertName, Config } from '../../core/config/schema.ts';
import type { Action, Step, Target } from '../../core/model/index.ts';
import type { SharedState } from '../host/shared-state.ts';
import type { FaultInput } from '../world/fault.ts';
import type { World } from '../world/world.ts';

/** The world before a run starts, for a case to arrange. */
export interface Scene {
  world: World;
  shared: SharedState;
  at: number;
}

/** One plan for one machine, in a world in which every step of it proves itself unless somebody interferes. */
export interface TrialCase {
  name: string;
  /** An action's machine carries out the steps; `respond` answers an incident of its alert, and plans by itself. */
  machine: Action | 'respond';
  alert?: AlertName;
  config: Config;
  /** The region that executes. */
  holder: string;
  target: Target;
  /** The region that is impaired, which nothing in the act path may call. */
  avoid: string[];
  steps: Step[];
  /** Seconds that the world runs before the plan starts. */
  leadSeconds: number;
  prepare(scene: Scene): void;
  /** Begins when the step `after` is committed, and keeps the last step from proving itself. */
  sabotage: { after: string; fault: FaultInput };
}
