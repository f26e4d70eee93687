import { overdue } from '../../adapters/memory/deadline.ts';
import { refusedByFence, type SeenEpochs } from '../../adapters/memory/fence.ts';
import { type Fence, ok, type Result, type Target, targetKey } from '../../core/model/index.ts';
import type { Call, Clock, FlagControl } from '../../core/ports/index.ts';

export interface FlagState {
  values: Map<string, string>;
  epochs: SeenEpochs;
}

/** The parameters of the live world: one map, as SSM would keep them. */
export class MemoryFlags implements FlagControl {
  readonly #state: FlagState;
  readonly #clock: Clock;

  constructor(state: FlagState, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
  }

  async read(target: Target, name: string, call: Call): Promise<Result<string | null>> {
    return overdue(this.#clock, call) ?? ok(this.#state.values.get(keyOf(target, name)) ?? null);
  }

  async write(target: Target, name: string, value: string | null, fence: Fence, call: Call): Promise<Result<void>> {
    const refusal = overdue(this.#clock, call) ?? refusedByFence(this.#state.epochs, targetKey(target), fence, this.#clock);
    if (refusal) return refusal;
    if (value === null) this.#state.values.delete(keyOf(target, name));
    else this.#state.values.set(keyOf(target, name), value);
    return ok(undefined);
  }
}

function keyOf(target: Target, name: string): string {
  return `${target.service}/${target.region} ${name}`;
}
