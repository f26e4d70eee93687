import type { Failure } from './failure.ts';
import { Frame } from './frame.ts';
import type { Machine, State } from './machine.ts';
import { runFlow } from './run-flow.ts';
import { cancelled, Scope } from './scope.ts';
import type { Engine } from './state-machines.ts';
import { formatTimestamp } from './timestamps.ts';
import type { ExecutionDescription, ExecutionResult, ExecutionStatus, HistoryEvent, HistoryEventType, Json } from './types.ts';
import { Variables } from './variables.ts';

/** AWS ends an execution whose history would grow beyond this. */
const historyEventsMax = 25_000;

/** What an event tells beyond when, where and what. */
export type EventDetail = Omit<Partial<HistoryEvent>, 'id' | 'previousId' | 'at' | 'type' | 'machine' | 'executionArn' | 'executionName'>;

/** One run of one machine. */
export class Execution {
  readonly engine: Engine;
  readonly machine: Machine;
  readonly machineName: string;
  readonly executionName: string;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly input: Json;
  readonly startedAt: number;
  readonly history: HistoryEvent[] = [];
  readonly done: Promise<ExecutionResult>;
  readonly #root = new Scope();
  readonly #settle: { resolve: (result: ExecutionResult) => void; reject: (error: unknown) => void };
  readonly #context: { Execution: Json; StateMachine: Json };
  #result: ExecutionResult | undefined;

  constructor(
    engine: Engine,
    machine: Machine,
    identity: { machineName: string; executionName: string; executionArn: string; stateMachineArn: string; input: Json },
  ) {
    this.engine = engine;
    this.machine = machine;
    this.machineName = identity.machineName;
    this.executionName = identity.executionName;
    this.executionArn = identity.executionArn;
    this.stateMachineArn = identity.stateMachineArn;
    this.input = identity.input;
    this.startedAt = engine.clock.now();
    this.#context = {
      Execution: {
        Id: this.executionArn,
        Input: this.input,
        Name: this.executionName,
        RoleArn: engine.roleArn,
        StartTime: formatTimestamp(this.startedAt),
        RedriveCount: 0,
      },
      StateMachine: { Id: this.stateMachineArn, Name: this.machineName },
    };
    const { promise, resolve, reject } = Promise.withResolvers<ExecutionResult>();
    this.done = promise;
    this.#settle = { resolve, reject };
  }

  get status(): ExecutionStatus {
    return this.#result?.status ?? 'RUNNING';
  }

  /** The parts of the context object that stay the same through the run. */
  get context(): { Execution: Json; StateMachine: Json } {
    return this.#context;
  }

  begin(): void {
    const frame = new Frame(this, this.#root, new Variables());
    frame.record('ExecutionStarted', undefined, { input: this.input });
    this.#limitTime();
    // A rejection is a broken resolver or clock, not an outcome of the machine: it goes to whoever waits for the run.
    this.#run(frame).catch((error) => {
      this.#settle.reject(error);
      this.#root.cancel();
    });
  }

  stop(error: string | undefined, cause: string | undefined): void {
    this.#conclude('ExecutionAborted', 'ABORTED', { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) });
  }

  /** Gives up timers and calls without an end: the region is gone. */
  abandon(): void {
    this.#root.cancel();
  }

  describe(): ExecutionDescription {
    const { stoppedAt, output, error, cause } = this.#result ?? {};
    return {
      executionArn: this.executionArn,
      name: this.executionName,
      machine: this.machineName,
      stateMachineArn: this.stateMachineArn,
      status: this.status,
      input: this.input,
      startedAt: this.startedAt,
      events: this.history.length,
      ...(stoppedAt === undefined ? {} : { stoppedAt }),
      ...(output === undefined ? {} : { output }),
      ...(error === undefined ? {} : { error }),
      ...(cause === undefined ? {} : { cause }),
    };
  }

  /** Writes one line of the history, after which nothing follows an execution's end. @returns the event's id, 0 when none was written. */
  record(previousId: number, type: HistoryEventType, state: State | undefined, detail: EventDetail): number {
    if (this.#result) return 0;
    if (this.engine.gate.closed) {
      this.engine.gate.pass(() => void this.record(previousId, type, state, detail));
      return 0;
    }
    if (this.history.length >= historyEventsMax - 1) {
      const cause = `The execution reached the maximum number of history events (${historyEventsMax}).`;
      this.#conclude('ExecutionFailed', 'FAILED', { error: 'States.Runtime', cause });
      return 0;
    }
    return this.#append(previousId, type, state, detail);
  }

  /** Tells the observer of something that has no line in AWS's history. */
  tell(type: HistoryEventType, state: State, detail: EventDetail): void {
    if (!this.#result) this.engine.onEvent(this.#event(0, this.history.length, type, state, detail));
  }

  #append(previousId: number, type: HistoryEventType, state: State | undefined, detail: EventDetail): number {
    const event = this.#event(this.history.length + 1, previousId, type, state, detail);
    this.history.push(event);
    this.engine.onEvent(event);
    return event.id;
  }

  #event(id: number, previousId: number, type: HistoryEventType, state: State | undefined, detail: EventDetail): HistoryEvent {
    return {
      id,
      previousId,
      at: this.engine.clock.now(),
      type,
      machine: this.machineName,
      executionArn: this.executionArn,
      executionName: this.executionName,
      ...(state ? { state: state.name, path: state.path } : {}),
      ...detail,
    };
  }

  async #run(frame: Frame): Promise<void> {
    const end = await runFlow(this.machine, this.input, frame);
    await frame.ready();
    if (end.kind === 'ended') this.#conclude('ExecutionSucceeded', 'SUCCEEDED', { output: end.output });
    if (end.kind === 'failed') this.#conclude('ExecutionFailed', 'FAILED', named(end.failure));
  }

  #limitTime(): void {
    const { clock, gate } = this.engine;
    const seconds = this.machine.timeoutSeconds;
    if (seconds === undefined) return;
    const timer = new AbortController();
    this.#root.onCancel(() => timer.abort(cancelled));
    void clock.sleep(seconds * 1000, timer.signal).then(() =>
      gate.pass(() => {
        if (!timer.signal.aborted) this.#conclude('ExecutionTimedOut', 'TIMED_OUT', { error: 'States.Timeout' });
      }),
    );
  }

  #conclude(type: HistoryEventType, status: ExecutionResult['status'], detail: { output?: Json; error?: string; cause?: string }): void {
    if (this.#result || this.#root.cancelled) return;
    this.#append(this.history.length, type, undefined, detail);
    this.#result = { status, ...detail, stoppedAt: this.engine.clock.now() };
    this.#root.cancel();
    this.#settle.resolve(this.#result);
  }
}

const named = ({ error, cause }: Failure) => ({ ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) });
