/** Anything that can stand in a JSON text. Values are shared by reference between states and history: never change one in place. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** The parts of the ports that the interpreter needs; `core/ports` fits them by shape. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}
export interface Ids {
  /** A new id; `kind` is `task-token`, `execution`, `uuid` or `request`. */
  next(kind: string): string;
}

/** One attempt of one Task state, handed to the resolver. */
export interface TaskCall {
  /** The Resource as the file writes it, e.g. `arn:aws:states:::lambda:invoke`. */
  resource: string;
  arguments: Json;
  /** Name of the Task state. */
  state: string;
  machine: string;
  executionArn: string;
  executionName: string;
  /** 1 for the first attempt of this entry into the state, one more for each retry. */
  attempt: number;
  /** Only for `.waitForTaskToken`: single use, dead after the attempt has ended. */
  taskToken?: string;
  /** Aborts when the attempt's answer is of no more use: timeout, stop, a failed sibling, a lost region. */
  signal: AbortSignal;
  /** For `HeartbeatSeconds` on resources without a token: a long-running answer calls it to stay alive. */
  heartbeat: () => void;
}

/**
 * What became of a task. `output` is the whole reply of the API, so that `lambda:invoke` gives the shape of `lambdaInvoked(payload)`;
 * for `.waitForTaskToken` it is the reply of the submission and the result comes by token; for a `.sync` resource that the engine does
 * not run itself it is the completed job, and `submitted` the reply of the submission.
 */
export type TaskReply = { ok: true; output: Json; submitted?: Json } | { ok: false; error: string; cause?: string; submitted?: Json };
export type TaskResolver = (call: TaskCall) => Promise<TaskReply>;

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** How an execution ended. `output` only when SUCCEEDED; `error` and `cause` as far as the end names them. */
export interface ExecutionResult {
  status: Exclude<ExecutionStatus, 'RUNNING'>;
  output?: Json;
  error?: string;
  cause?: string;
  /** Epoch milliseconds. */
  stoppedAt: number;
}

/** What DescribeExecution tells. */
export interface ExecutionDescription {
  executionArn: string;
  name: string;
  machine: string;
  stateMachineArn: string;
  status: ExecutionStatus;
  input: Json;
  startedAt: number;
  stoppedAt?: number;
  output?: Json;
  error?: string;
  cause?: string;
  /** Events so far; AWS ends an execution at 25,000. */
  events: number;
}

/**
 * The answer to a start. `exists`: the name is taken. AWS answers like a first start when the input is the same and the run is still
 * going (`accepted`); otherwise with ExecutionAlreadyExists. Either way `done` follows the execution that has the name.
 */
export type StartReply =
  | { status: 'started'; executionArn: string; startedAt: number; done: Promise<ExecutionResult> }
  | { status: 'exists'; accepted: boolean; executionArn: string; startedAt: number; done: Promise<ExecutionResult>; reason: string }
  | {
      status: 'refused';
      error: 'StateMachineDoesNotExist' | 'InvalidName' | 'InvalidExecutionInput' | 'ServiceUnavailable';
      reason: string;
    };

/** The answer to a token: what SendTaskSuccess and its sisters would answer. */
export type TokenReply =
  | { ok: true }
  | { ok: false; error: 'InvalidToken' | 'TaskTimedOut' | 'InvalidOutput' | 'ServiceUnavailable'; reason: string };

type StateKind = 'Pass' | 'Task' | 'Choice' | 'Wait' | 'Succeed' | 'Fail' | 'Parallel' | 'Map';
export type HistoryEventType =
  | 'ExecutionStarted'
  | 'ExecutionSucceeded'
  | 'ExecutionFailed'
  | 'ExecutionAborted'
  | 'ExecutionTimedOut'
  | `${StateKind}StateEntered`
  | `${Exclude<StateKind, 'Fail'>}StateExited`
  | `${'Task' | 'Wait' | 'Parallel' | 'Map'}StateAborted`
  | `${'Parallel' | 'Map'}State${'Started' | 'Succeeded' | 'Failed'}`
  | `MapIteration${'Started' | 'Succeeded' | 'Failed' | 'Aborted'}`
  | `Task${'Scheduled' | 'Started' | 'StartFailed' | 'Submitted' | 'SubmitFailed' | 'Succeeded' | 'Failed' | 'TimedOut'}`
  | `LambdaFunction${'Scheduled' | 'Started' | 'StartFailed' | 'Succeeded' | 'Failed' | 'TimedOut'}`
  | 'EvaluationFailed'
  /** Not in AWS's history and not in ours (`id` 0): the observer is told which retrier was taken, and for how long it waits. */
  | 'RetryScheduled';

/** One line of an execution's history. Payloads are references. */
export interface HistoryEvent {
  /** From 1; AWS's limit is 25,000. 0: told to the observer only. */
  id: number;
  previousId: number;
  /** Epoch milliseconds. */
  at: number;
  type: HistoryEventType;
  machine: string;
  executionArn: string;
  executionName: string;
  /** Name of the state, where the event is one state's. */
  state?: string;
  /** Where the state stands in the file, as `statesOf` lists it: `Body/0/Vote drain`; a Map's processor stands under an asterisk. */
  path?: string;
  input?: Json;
  output?: Json;
  assigned?: JsonObject;
  error?: string;
  cause?: string;
  resource?: string;
  resourceType?: string;
  parameters?: Json;
  timeoutInSeconds?: number;
  heartbeatInSeconds?: number;
  /** Map: number of items; index of the iteration. */
  length?: number;
  index?: number;
  /** EvaluationFailed: the field, as `Output/error`. */
  location?: string;
  /** The Catch, Choice branch or Retry by which the run went on: an id of `branchesOf`. */
  taken?: string;
  /** RetryScheduled: the pause before the next attempt, and that attempt's number. */
  delayMs?: number;
  attempt?: number;
}

/** Told of every event of every execution, at the moment it is recorded. It must not throw and must not change what it is given. */
export type Observer = (event: HistoryEvent) => void;
