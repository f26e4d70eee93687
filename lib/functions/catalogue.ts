import type { FunctionName } from '../../core/model/index.ts';

/** One deployed function: which bundle it runs, and how big it is. */
export interface FunctionShape {
  bundle: FunctionName;
  memoryMiB: number;
  timeoutSeconds: number;
  /** Concurrency that nobody else in the account can take; on the act path only. */
  reserved?: number;
  /**
   * Runs every minute whether anything happens or not. Such a function is traced when somebody who is traced calls it, a machine that is,
   * and leaves out the lines about starting and ending: traces and lines of calm minutes cost more than the minutes.
   */
  standing?: true;
}

/**
 * Every function of a region. The steps of a graceful shift are the same code with other rights: the failover path must not be able
 * to change a record, whatever it is told.
 */
export const functionShapes = {
  probe: { bundle: 'probe', memoryMiB: 512, timeoutSeconds: 60, standing: true },
  analyze: { bundle: 'analyze', memoryMiB: 512, timeoutSeconds: 60, standing: true },
  vote: { bundle: 'vote', memoryMiB: 256, timeoutSeconds: 30, reserved: 5, standing: true },
  plan: { bundle: 'plan', memoryMiB: 512, timeoutSeconds: 60, reserved: 5, standing: true },
  'step-apply': { bundle: 'step-apply', memoryMiB: 512, timeoutSeconds: 55, reserved: 10 },
  'step-verify': { bundle: 'step-verify', memoryMiB: 512, timeoutSeconds: 55, reserved: 10 },
  'step-undo': { bundle: 'step-undo', memoryMiB: 512, timeoutSeconds: 55, reserved: 10 },
  'step-apply-weights': { bundle: 'step-apply', memoryMiB: 512, timeoutSeconds: 55, reserved: 2 },
  'step-verify-weights': { bundle: 'step-verify', memoryMiB: 512, timeoutSeconds: 55, reserved: 2 },
  'step-undo-weights': { bundle: 'step-undo', memoryMiB: 512, timeoutSeconds: 55, reserved: 2 },
  sweep: { bundle: 'sweep', memoryMiB: 256, timeoutSeconds: 55, reserved: 2, standing: true },
  learn: { bundle: 'learn', memoryMiB: 256, timeoutSeconds: 30, reserved: 5, standing: true },
  notify: { bundle: 'notify', memoryMiB: 256, timeoutSeconds: 30 },
} as const satisfies Record<string, FunctionShape>;

export type DeployedFunction = keyof typeof functionShapes;
export const deployedFunctions = Object.keys(functionShapes) as DeployedFunction[];
