import { wrapMethods } from '../../adapters/memory/wrap-methods.ts';

/** Kills a process in the midst of what it does: nothing that it waits for ever comes back, and it calls nothing more. */
export class Incarnation {
  #alive = true;
  #countdown: { calls: number; port: string | undefined; stage: 'before' | 'after'; died: () => void } | null = null;
  readonly #deathbed: (() => void)[] = [];

  get alive(): boolean {
    return this.#alive;
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const mourn of this.#deathbed.splice(0)) mourn();
  }

  /** Dies at the n-th call of a port from now on. */
  killAt(calls: number, port: string | undefined, stage: 'before' | 'after', died: () => void): void {
    this.#countdown = { calls, port, stage, died };
  }

  /** Runs `work` as a part of this process; resolves to `lost` when the process dies first. */
  async live<T>(work: Promise<T>, lost: () => T): Promise<T> {
    if (!this.#alive) return lost();
    return new Promise((resolve, reject) => {
      const mourn = () => resolve(lost());
      this.#deathbed.push(mourn);
      const leave = () => void this.#deathbed.splice(this.#deathbed.indexOf(mourn), 1);
      work.then(
        (value) => {
          leave();
          resolve(value);
        },
        (error: unknown) => {
          leave();
          reject(error);
        },
      );
    });
  }

  /** The same port, every method of which answers with a promise, for as long as the process lives. */
  guard<T extends object>(port: T, name: string): T {
    const heard = (value: unknown) => (this.#alive ? value : never);
    return wrapMethods(port, (_, method) => (...args) => {
      if (!this.#alive) return never;
      const fatal = this.#isFatal(name);
      if (fatal?.stage === 'before') return this.#die(fatal.died);
      const result = method(...args);
      if (!(result instanceof Promise)) return result;
      return fatal === null ? result.then(heard) : this.#die(fatal.died);
    });
  }

  #isFatal(port: string): { stage: 'before' | 'after'; died: () => void } | null {
    const countdown = this.#countdown;
    if (countdown === null || (countdown.port ?? port) !== port || --countdown.calls > 0) return null;
    this.#countdown = null;
    return countdown;
  }

  #die(died: () => void): Promise<never> {
    this.kill();
    died();
    return never;
  }
}

const never = new Promise<never>(() => {});
