import type { Clock } from './types.ts';

/** What a wait gives when its scope was cancelled before anything else came. */
export const cancelled = Symbol('cancelled');
export type Cancelled = typeof cancelled;

/**
 * The part of a run that ends together: an execution, the branches of one Parallel, the iterations of one Map. Cancelling it wakes every
 * wait inside it; nothing is thrown.
 */
export class Scope {
  readonly #listeners = new Set<() => void>();
  readonly #leave: () => void;
  #cancelled = false;

  constructor(parent?: Scope) {
    this.#leave = parent ? parent.onCancel(() => this.cancel()) : () => {};
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  /** Forgets the parent, once nothing runs in this scope any more. */
  close(): void {
    this.#leave();
  }

  onCancel(listener: () => void): () => void {
    if (this.#cancelled) listener();
    else this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

/** Lets everything through, until the region is lost: then it holds what arrives, in order, until the region is back. */
export class Gate {
  #closed = false;
  #gone = false;
  #held: (() => void)[] = [];

  get closed(): boolean {
    return this.#closed;
  }

  pass(go: () => void): void {
    if (!this.#closed) go();
    else if (!this.#gone) this.#held.push(go);
  }

  opened(): Promise<void> {
    return new Promise((resolve) => this.pass(resolve));
  }

  close(): void {
    this.#closed = true;
  }

  /** Closes for good: what is held, and all that still comes, is dropped. */
  wall(): void {
    this.#closed = true;
    this.#gone = true;
    this.#held = [];
  }

  open(): void {
    if (this.#gone) return;
    this.#closed = false;
    const held = this.#held;
    this.#held = [];
    for (const go of held) this.pass(go);
  }
}

/** Starts the sources of one wait; each may settle it, and leaves behind what is to be undone once it is over. */
export type Sources<T> = (settle: (value: T) => void, cleanUp: (undo: () => void) => void) => void;

/** Waits for whatever comes first, the scope's end included; that one gives up the sources at once, even while the region is lost. */
export function firstOf<T>(scope: Scope, gate: Gate, sources: Sources<T>): Promise<T | Cancelled> {
  return new Promise((resolve) => {
    const undos: (() => void)[] = [];
    let over = false;
    const end = (value: T | Cancelled) => {
      if (over) return;
      over = true;
      for (const undo of undos) undo();
      gate.pass(() => resolve(value));
    };
    undos.push(scope.onCancel(() => end(cancelled)));
    if (over) return;
    sources(
      (value) => gate.pass(() => void end(value)),
      (undo) => void undos.push(undo),
    );
  });
}

/** A pause on the clock. @returns false when the scope ended before it was over. */
export async function pause(scope: Scope, gate: Gate, clock: Clock, ms: number): Promise<boolean> {
  const woken = await firstOf<true>(scope, gate, (settle, cleanUp) => {
    const timer = new AbortController();
    // With a reason of its own: the default one is an exception with a stack, thousands of times an hour.
    cleanUp(() => timer.abort(cancelled));
    void clock.sleep(ms, timer.signal).then(() => settle(true));
  });
  return woken === true;
}
