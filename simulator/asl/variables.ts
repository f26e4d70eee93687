import { jsonBytes } from './payload-size.ts';
import type { Json, JsonObject } from './types.ts';

/** The variables of one scope. Inner scopes (a branch, an iteration) read what stands outside and assign only their own. */
export class Variables {
  readonly #outer: Variables | undefined;
  readonly #own = new Map<string, Json>();
  readonly #budget: { bytes: number };

  constructor(outer?: Variables) {
    this.#outer = outer;
    this.#budget = outer ? outer.#budget : { bytes: 0 };
  }

  get(name: string): Json | undefined {
    const own = this.#own.get(name);
    return own === undefined ? this.#outer?.get(name) : own;
  }

  /** @returns the bytes that all variables of the execution take now. */
  assign(values: JsonObject): number {
    for (const [name, value] of Object.entries(values)) {
      const before = this.#own.get(name);
      this.#budget.bytes += size(value) - (before === undefined ? 0 : size(before));
      this.#own.set(name, value);
    }
    return this.#budget.bytes;
  }
}

const size = (value: Json) => jsonBytes(value, Number.POSITIVE_INFINITY);
