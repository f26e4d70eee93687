import { Execution } from './execution.ts';
import type { Machine } from './machine.ts';
import { exceedsBytes, payloadBytesMax } from './payload-size.ts';
import { Gate } from './scope.ts';
import type {
  Clock,
  ExecutionDescription,
  ExecutionStatus,
  HistoryEvent,
  Ids,
  Json,
  Observer,
  Random,
  StartReply,
  TaskResolver,
  TokenReply,
} from './types.ts';

export interface StateMachinesOptions {
  clock: Clock;
  random: Random;
  ids: Ids;
  /** Answers every task but those that start executions. */
  resolve: TaskResolver;
  onEvent?: Observer;
  /** @default 'us-east-1' */
  region?: string;
  /** @default '111111111111' */
  account?: string;
  /** Shown in the context object. @default a role of that account */
  roleArn?: string;
  /** @default true: `states:startExecution` runs a registered machine; false: the resolver answers it too. */
  nested?: boolean;
}

/** A callback that some task is waiting for. */
export interface Callback {
  succeed(output: Json): void;
  fail(error: string | undefined, cause: string | undefined): void;
  beat(): void;
}

/** What the executions of one region share. */
export interface Engine {
  clock: Clock;
  random: Random;
  ids: Ids;
  gate: Gate;
  resolve: TaskResolver;
  onEvent: Observer;
  region: string;
  account: string;
  roleArn: string;
  nested: boolean;
  openToken(callback: Callback): { token: string; close: () => void };
  start(machine: string, name: string | undefined, input: Json): StartReply;
  stop(executionArn: string, error: string, cause: string): void;
  describe(executionArn: string): ExecutionDescription | undefined;
}

/** Step Functions in one region: machines, their executions, task tokens. Every time, id and random number is the ports'. */
export class StateMachines {
  readonly #machines = new Map<string, Machine>();
  readonly #executions = new Map<string, Execution>();
  readonly #tokens = new Map<string, Callback>();
  readonly #deadTokens = new Set<string>();
  readonly #gate = new Gate();
  readonly #engine: Engine;

  constructor(options: StateMachinesOptions) {
    const { clock, random, ids, resolve, onEvent = () => {}, region = 'us-east-1', account = '111111111111', nested = true } = options;
    const roleArn = options.roleArn ?? `arn:aws:iam::${account}:role/state-machines`;
    this.#engine = {
      ...{ clock, random, ids, gate: this.#gate, resolve, onEvent, region, account, roleArn, nested },
      openToken: (callback) => this.#openToken(callback),
      start: (machine, name, input) => this.start(machine, name ?? ids.next('execution'), input),
      stop: (arn, error, cause) => void this.stop(arn, error, cause),
      describe: (arn) => this.describe(arn),
    };
  }

  /** The name replaces an earlier machine of that name for executions that start from now on. */
  register(name: string, machine: Machine): void {
    this.#machines.set(name, machine);
  }

  /**
   * Starts once by name. The run begins before this returns; what it does is seen by the observer and in `done`.
   * @param machineName a registered name, or its ARN
   */
  start(machineName: string, executionName: string, input: Json = {}): StartReply {
    if (this.#gate.closed)
      return { status: 'refused', error: 'ServiceUnavailable', reason: `Step Functions in ${this.#engine.region} does not answer` };
    const name = machineName.startsWith('arn:') ? (machineName.split(':')[6] ?? '') : machineName;
    const machine = this.#machines.get(name);
    if (!machine) return { status: 'refused', error: 'StateMachineDoesNotExist', reason: `There is no state machine '${machineName}'` };
    if (!executionNamePattern.test(executionName)) {
      return {
        status: 'refused',
        error: 'InvalidName',
        reason: `'${executionName}' is no name for an execution: 1 to 80 letters, digits, '-', '_' or '.'`,
      };
    }
    if (exceedsBytes(input, payloadBytesMax)) {
      return { status: 'refused', error: 'InvalidExecutionInput', reason: `The input is larger than ${payloadBytesMax} bytes` };
    }
    const executionArn = this.#arn('execution', `${name}:${executionName}`);
    const existing = this.#executions.get(executionArn);
    if (existing) return existingReply(existing, input);
    const execution = new Execution(this.#engine, machine, {
      machineName: name,
      executionName,
      executionArn,
      stateMachineArn: this.#arn('stateMachine', name),
      input,
    });
    this.#executions.set(executionArn, execution);
    execution.begin();
    return { status: 'started', executionArn, startedAt: execution.startedAt, done: execution.done };
  }

  /** @returns undefined when there is no such execution. */
  describe(executionArn: string): ExecutionDescription | undefined {
    return this.#executions.get(executionArn)?.describe();
  }

  /** The events so far, oldest first: the live list, not a copy. */
  history(executionArn: string): readonly HistoryEvent[] {
    return this.#executions.get(executionArn)?.history ?? [];
  }

  /** Executions in the order of their start. */
  list({ status, machine }: { status?: ExecutionStatus; machine?: string } = {}): ExecutionDescription[] {
    return [...this.#executions.values()]
      .filter((run) => (status === undefined || run.status === status) && (machine === undefined || run.machineName === machine))
      .map((run) => run.describe());
  }

  /** Aborts a running execution, and the executions it waits for. @returns false when there was nothing to stop. */
  stop(executionArn: string, error?: string, cause?: string): boolean {
    const execution = this.#executions.get(executionArn);
    if (execution?.status !== 'RUNNING' || this.#gate.closed) return false;
    execution.stop(error, cause);
    return true;
  }

  sendTaskSuccess(token: string, output: Json): TokenReply {
    if (exceedsBytes(output, payloadBytesMax))
      return { ok: false, error: 'InvalidOutput', reason: `The output is larger than ${payloadBytesMax} bytes` };
    return this.#answer(token, (callback) => callback.succeed(output));
  }

  sendTaskFailure(token: string, error?: string, cause?: string): TokenReply {
    return this.#answer(token, (callback) => callback.fail(error, cause));
  }

  sendTaskHeartbeat(token: string): TokenReply {
    return this.#answer(token, (callback) => callback.beat());
  }

  /** The region is lost: nothing of its executions goes on, and it answers nothing, until `thaw`. Time passes meanwhile. */
  freeze(): void {
    this.#gate.close();
  }

  /** The region is back. What came while it was lost (answers, ends of waits, timeouts) now happens, in the order in which it came. */
  thaw(): void {
    this.#gate.open();
  }

  /** The region is lost for good: as `freeze`, and its timers and calls are given up. There is no `thaw` after it. */
  kill(): void {
    this.#gate.wall();
    for (const execution of this.#executions.values()) execution.abandon();
  }

  #answer(token: string, deliver: (callback: Callback) => void): TokenReply {
    if (this.#gate.closed)
      return { ok: false, error: 'ServiceUnavailable', reason: `Step Functions in ${this.#engine.region} does not answer` };
    const callback = this.#tokens.get(token);
    if (callback) {
      deliver(callback);
      return { ok: true };
    }
    if (this.#deadTokens.has(token))
      return { ok: false, error: 'TaskTimedOut', reason: 'The task has ended, or its token was used already' };
    return { ok: false, error: 'InvalidToken', reason: `'${token}' is no task token` };
  }

  #openToken(callback: Callback): { token: string; close: () => void } {
    const token = this.#engine.ids.next('task-token');
    const close = () => {
      if (this.#tokens.delete(token)) this.#deadTokens.add(token);
    };
    const once = (deliver: () => void) => {
      close();
      deliver();
    };
    this.#tokens.set(token, {
      succeed: (output) => once(() => callback.succeed(output)),
      fail: (error, cause) => once(() => callback.fail(error, cause)),
      beat: () => callback.beat(),
    });
    return { token, close };
  }

  #arn(kind: string, rest: string): string {
    return `arn:aws:states:${this.#engine.region}:${this.#engine.account}:${kind}:${rest}`;
  }
}

const executionNamePattern = /^[0-9A-Za-z_.-]{1,80}$/;

/** AWS: the same name with the same input is the same start as long as that run goes on, else ExecutionAlreadyExists. */
function existingReply(existing: Execution, input: Json): StartReply {
  const sameInput = canonical(existing.input) === canonical(input);
  const accepted = sameInput && existing.status === 'RUNNING';
  const reason = accepted
    ? `The execution '${existing.executionName}' is running with this input already`
    : `ExecutionAlreadyExists: '${existing.executionName}' ${sameInput ? `has ended ${existing.status}` : 'was started with another input'}`;
  return { status: 'exists', accepted, executionArn: existing.executionArn, startedAt: existing.startedAt, done: existing.done, reason };
}

/** The JSON text with keys in order. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_key, item) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
