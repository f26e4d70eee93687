import type { JsonObject } from '../../../core/model/index.ts';
import type { Call, Machines } from '../../../core/ports/index.ts';

/** Plans of this action are undone by a machine whose functions may change record weights. */
const weightsAction = 'shift';

/**
 * Core's names of executions as Step Functions takes them. Core says `<machine>:<name>`, an ARN will do as well; a name in AWS has
 * no colon. The undo of a shift goes to the undo machine with the right to weights: no other one has it.
 */
export class RegionMachines implements Machines {
  readonly #machines: Machines;
  readonly #arnPrefix: string;

  /** @param arnPrefix what stands before a machine's name in its ARN */
  constructor(machines: Machines, arnPrefix: string) {
    this.#machines = machines;
    this.#arnPrefix = arnPrefix;
  }

  async start(machine: string, name: string, input: JsonObject, call: Call) {
    const bare = name.startsWith(`${machine}:`) ? name.slice(machine.length + 1) : name;
    const started = await this.#machines.start(physicalMachine(machine, bare), bare, input, call);
    return started;
  }

  describe(executionId: string, call: Call) {
    return this.#machines.describe(executionId.startsWith('arn:') ? executionId : this.#arnOf(executionId), call);
  }

  #arnOf(executionId: string): string {
    const [machine = '', name = ''] = executionId.split(':', 2);
    return `${this.#arnPrefix.replace(':stateMachine:', ':execution:')}${physicalMachine(machine, name)}:${name}`;
  }
}

/** An undo is named `undo-<plan>-<epoch>`, and a plan `<action>-<hash>`. */
function physicalMachine(machine: string, executionName: string): string {
  return machine === 'undo' && executionName.startsWith(`undo-${weightsAction}-`) ? 'undo-weights' : machine;
}
