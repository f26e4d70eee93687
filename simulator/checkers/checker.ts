import type { Config } from '../../core/config/schema.ts';
import type { TimelineEntry } from '../../core/model/index.ts';
import type { Clock } from '../../core/ports/index.ts';
import type { PortCall } from '../host/fault-router.ts';
import type { RegionHost } from '../host/region-host.ts';
import type { SharedState } from '../host/shared-state.ts';
import type { World } from '../world/world.ts';

/** What checkers may look at: the world as it is, not as the code under test believes it to be. */
export interface Truth {
  config: Config;
  world: World;
  shared: SharedState;
  hosts: ReadonlyMap<string, RegionHost>;
  clock: Clock;
}

/** Watches one invariant (DESIGN §6). It gets everything and changes nothing. */
export interface Checker {
  readonly name: string;
  readonly violations: { at: number; reason: string }[];
  onEntry?(entry: TimelineEntry): void;
  /** Before the call has its effect. */
  onCall?(call: PortCall): void;
  /** Each world tick. */
  onTick?(at: number): void;
  onEnd?(at: number): void;
}

export type CheckerFactory = (truth: Truth) => Checker[];
