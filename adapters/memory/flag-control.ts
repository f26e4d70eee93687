import { type Fence, ok, type Result, type Target, targetKey } from '../../core/model/index.ts';
import type { Call, Clock, FlagControl } from '../../core/ports/index.ts';
import { overdue } from './deadline.ts';
import { refusedByFence, type SeenEpochs } from './fence.ts';

/** Parameters that the applications of the world read; `values` by `flagKey`. */
export interface FlagState {
  values: Map<string, string>;
  epochs: SeenEpochs;
}

function flagKey(target: Pick<Target, 'service' | 'region'>, name: string): string {
  return `${target.service}/${target.region} ${name}`;
}

export class MemoryFlagControl implements FlagControl {
  readonly #state: FlagState;
  readonly #clock: Clock;

  constructor(state: FlagState, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
  }

  async read(target: Target, name: string, call: Call): Promise<Result<string | null>> {
    return overdue(this.#clock, call) ?? ok(this.#state.values.get(flagKey(target, name)) ?? null);
  }

  async write(target: Target, name: string, value: string | null, fence: Fence, call: Call): Promise<Result<void>> {
    const refusal = overdue(this.#clock, call) ?? refusedByFence(this.#state.epochs, targetKey(target), fence, this.#clock);
    if (refusal) return refusal;
    if (value === null) this.#state.values.delete(flagKey(target, name));
    else this.#state.values.set(flagKey(target, name), value);
    return ok(undefined);
  }
}
