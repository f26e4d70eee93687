import { overdue } from '../../adapters/memory/deadline.ts';
import { refusedByFence, type SeenEpochs } from '../../adapters/memory/fence.ts';
import { type Fence, ok, type Result, type Target, targetKey } from '../../core/model/index.ts';
import type { Call, Clock, FlagControl } from '../../core/ports/index.ts';
import type { World } from '../world/world.ts';

/** Parameters that the world's applications read. */
export class WorldFlags implements FlagControl {
  readonly #world: World;
  readonly #clock: Clock;
  readonly #epochs: SeenEpochs = {};

  constructor(world: World, clock: Clock) {
    this.#world = world;
    this.#clock = clock;
  }

  async read(target: Target, name: string, call: Call): Promise<Result<string | null>> {
    return overdue(this.#clock, call) ?? ok(this.#world.flags.get(keyOf(target, name)) ?? null);
  }

  async write(target: Target, name: string, value: string | null, fence: Fence, call: Call): Promise<Result<void>> {
    const refusal = overdue(this.#clock, call) ?? refusedByFence(this.#epochs, targetKey(target), fence, this.#clock);
    if (refusal) return refusal;
    if (value === null) this.#world.flags.delete(keyOf(target, name));
    else this.#world.flags.set(keyOf(target, name), value);
    return ok(undefined);
  }
}

function keyOf(target: Target, name: string): string {
  return `${target.service}/${target.region} ${name}`;
}
