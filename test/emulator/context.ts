import type { Clock } from '../../core/ports/index.ts';
import type { FaultProxy } from './fault-proxy.ts';
import type { Emulator } from './ministack.ts';
import type { StandIns } from './stand-ins.ts';

/** What a stage works with. */
export interface StageContext {
  projectRoot: string;
  emulator: Emulator;
  /** In front of the emulator; SDK clients of tests go through it, the deployed application straight to the emulator. */
  proxy: FaultProxy;
  standIns: StandIns;
  regions: readonly [string, string];
  account: string;
  clock: Clock;
  /** Environment for a child process (the CDK CLI) that talks to the emulator and to nothing else. */
  environment: Record<string, string>;
}

/** One part of the suite. `run` throws when it fails and answers lines for the report. */
export interface Stage {
  name: string;
  run(context: StageContext): Promise<string[]>;
}
