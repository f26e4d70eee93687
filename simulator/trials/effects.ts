import type { WorldState } from './world-state.ts';

/**
 * How often each thing in the world was changed. Applying is going forward, undoing is going back to where it was before; a thing that goes
 * forward again after it went back was changed twice.
 */
export class Effects {
  readonly #paths = new Map<string, { values: (string | undefined)[]; returning: boolean }>();
  readonly repeated: string[] = [];
  #last: WorldState;

  constructor(start: WorldState) {
    this.#last = start;
  }

  note(now: WorldState): void {
    for (const what of new Set([...this.#last.keys(), ...now.keys()])) {
      if (this.#last.get(what) !== now.get(what)) this.#step(what, this.#last.get(what), now.get(what));
    }
    this.#last = now;
  }

  #step(what: string, was: string | undefined, is: string | undefined): void {
    const path = this.#paths.get(what) ?? { values: [was], returning: false };
    this.#paths.set(what, path);
    const known = path.values.indexOf(is);
    if (known >= 0) {
      path.values.length = known + 1;
      path.returning = true;
      return;
    }
    if (path.returning) this.repeated.push(`${what} was changed again to ${is ?? 'absent'} after it had been put back`);
    path.values.push(is);
  }
}
