import { DescribeExecutionCommand, ExecutionDoesNotExist, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { canonicalJson, failed, Json, type JsonObject, ok, type Result } from '../../core/model/index.ts';
import type { Call, Clock, Machines } from '../../core/ports/index.ts';
import { attempt } from './attempt.ts';
import { errorName } from './failure.ts';

type Description = { status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED'; output?: Json };

/** Machines over Step Functions. `arns` are the state machines of the own region by action. */
export class AwsMachines implements Machines {
  readonly #client: SFNClient;
  readonly #arns: Record<string, string>;
  readonly #clock: Clock;

  constructor(client: SFNClient, arns: Record<string, string>, clock: Clock) {
    this.#client = client;
    this.#arns = arns;
    this.#clock = clock;
  }

  /**
   * Asks first, for Step Functions answers a second start of a running execution like the first.
   * ExecutionAlreadyExists after that means that somebody started it in between.
   */
  async start(machine: string, name: string, input: JsonObject, call: Call): Promise<Result<{ executionId: string; started: boolean }>> {
    const stateMachineArn = this.#arns[machine];
    if (!stateMachineArn) return failed('not-found', `no machine ${machine} is known`);
    const executionId = executionArn(stateMachineArn, name);
    const exists = await this.#exists(executionId, call);
    if (!exists.ok) return exists;
    if (exists.value) return ok({ executionId, started: false });
    const command = new StartExecutionCommand({ stateMachineArn, name, input: canonicalJson(input) });
    const started = await attempt('states:StartExecution', this.#clock, call, async (options) => {
      try {
        const answer = await this.#client.send(command, options);
        return { executionId: answer.executionArn ?? executionId, started: true };
      } catch (error) {
        if (errorName(error) === 'ExecutionAlreadyExists') return { executionId, started: false };
        throw error;
      }
    });
    return started;
  }

  async describe(executionId: string, call: Call): Promise<Result<Description>> {
    const command = new DescribeExecutionCommand({ executionArn: executionId });
    const answer = await attempt('states:DescribeExecution', this.#clock, call, (options) => this.#client.send(command, options));
    if (!answer.ok) return answer;
    const { status, output } = answer.value;
    // PENDING_REDRIVE is an execution that a person is about to run again.
    const known = status === 'PENDING_REDRIVE' || status === undefined ? 'RUNNING' : status;
    return ok({ status: known, ...(output !== undefined && { output: Json.parse(JSON.parse(output)) }) });
  }

  #exists(executionArn: string, call: Call): Promise<Result<boolean>> {
    return attempt('states:DescribeExecution', this.#clock, call, async (options) => {
      try {
        await this.#client.send(new DescribeExecutionCommand({ executionArn }), options);
        return true;
      } catch (error) {
        if (error instanceof ExecutionDoesNotExist) return false;
        throw error;
      }
    });
  }
}

function executionArn(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}
