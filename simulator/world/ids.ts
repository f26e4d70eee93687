import type { Ids } from '../../core/ports/index.ts';

/** `<kind>-<scope>-<n>`, counted by kind: the same run gives the same ids, and scopes (regions) never share one. */
export class SequentialIds implements Ids {
  readonly #scope: string;
  readonly #counts = new Map<string, number>();

  constructor(scope: string) {
    this.#scope = scope;
  }

  next(kind: string): string {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    return `${kind}-${this.#scope}-${count}`;
  }
}
