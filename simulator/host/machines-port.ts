import type { Decision } from '../../adapters/memory/approver.ts';
import { overdue } from '../../adapters/memory/deadline.ts';
import { type Approval, failed, Json, type JsonObject, ok, type Result } from '../../core/model/index.ts';
import type { Call, Clock, Machines } from '../../core/ports/index.ts';
import type { StateMachines } from '../asl/state-machines.ts';

/** A decision ends the wait of the machine that asked for it, in the words in which respond reads it. */
export function wake(machines: StateMachines, { taskToken }: Approval, { accept, by, reason }: Decision): Result<void> {
  if (taskToken === undefined) return ok(undefined);
  const told = machines.sendTaskSuccess(taskToken, { code: accept ? 'ok' : 'refused', retryable: false, reason: `${by}: ${reason}` });
  return told.ok ? ok(undefined) : failed(told.error === 'TaskTimedOut' ? 'superseded' : 'unavailable', told.reason);
}

type Description = { status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED'; output?: Json };

/** The Machines port over Step Functions of one region. An execution's id is `<machine>:<name>`; its ARN will do as well. */
export class SimulatedMachines implements Machines {
  readonly #engine: () => StateMachines;
  readonly #clock: Clock;
  readonly #arnPrefix: string;

  /** @param engine asked anew each time: a lost region comes back with another one */
  constructor(engine: () => StateMachines, clock: Clock, region: string) {
    this.#engine = engine;
    this.#clock = clock;
    this.#arnPrefix = `arn:aws:states:${region}:111111111111:execution:`;
  }

  async start(machine: string, name: string, input: JsonObject, call: Call): Promise<Result<{ executionId: string; started: boolean }>> {
    const late = overdue(this.#clock, call);
    if (late) return late;
    const reply = this.#engine().start(machine, name, input);
    if (reply.status === 'refused')
      return failed(
        reply.error === 'StateMachineDoesNotExist' ? 'not-found' : reply.error === 'ServiceUnavailable' ? 'unavailable' : 'invalid',
        reply.reason,
      );
    return ok({ executionId: `${machine}:${name}`, started: reply.status === 'started' });
  }

  async describe(executionId: string, call: Call): Promise<Result<Description>> {
    const late = overdue(this.#clock, call);
    if (late) return late;
    const found = this.#engine().describe(executionId.startsWith('arn:') ? executionId : this.#arnPrefix + executionId);
    if (found === undefined) return failed('not-found', `there is no execution ${executionId}`);
    return ok({ status: found.status, ...(found.output === undefined ? {} : { output: Json.parse(found.output) }) });
  }
}
