import type { FaultAnswer } from '../../core/ports/index.ts';

/**
 * What dies. `functions`: the process, in the midst of an invocation. `machines`: all executions of the region as well, for good.
 * `stack`: everything of evenkeel in the region stands still, and comes back twenty minutes later where it was.
 * `region`: the region is gone for good, with all that runs in it.
 */
export type Death = 'functions' | 'machines' | 'stack' | 'region';
export const deaths: readonly Death[] = ['functions', 'machines', 'stack', 'region'];

/** The answers of a FaultPoint, and the crash. */
export const answers = ['refuse', 'throttle', 'hang', 'lie', 'late', 'duplicate', 'crash'] as const;
export type Answer = (typeof answers)[number];

/** One call of a port by the executor: which of its tasks made it. Clock sleeps count: a process can die while it waits. */
export interface ExecutorCall {
  function: string;
  operation: string;
  step: string;
  port: string;
  method: string;
  /** Which invocation of a function made it, counted from 1, and when. */
  invocation: number;
  at: number;
}

export type Interference =
  | { kind: 'none' }
  /** The executor dies at its n-th call (from 1), before the call has its effect or after it. */
  | { kind: 'kill'; what: Death; call: number; stage: 'before' | 'after' }
  /** It dies as its machines enter their n-th state. */
  | { kind: 'kill-at-state'; what: Death; state: number }
  /** The calls that match get this answer: the first of them, or all. */
  | { kind: 'answer'; on: Pick<ExecutorCall, 'step' | 'operation' | 'port' | 'method'>; answer: Answer; always: boolean }
  | { kind: 'start-twice' }
  /** Each task is invoked twice, one after the other (the second answer counts) or both at once (the first counts). */
  | { kind: 'invoke-twice'; atOnce: boolean }
  /** Every message arrives twice. */
  | { kind: 'messages-twice' };

/** How long a late answer lets its caller wait: longer than any deadline in the act path. */
const lateMs = 30_000;

export function faultAnswer(answer: Exclude<Answer, 'crash'>): FaultAnswer {
  switch (answer) {
    case 'refuse':
    case 'throttle':
      return { kind: answer, reason: 'a trial' };
    case 'late':
      return { kind: 'late', ms: lateMs };
    case 'hang':
    case 'lie':
    case 'duplicate':
      return { kind: answer };
  }
}
