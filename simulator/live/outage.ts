/** The longest time without a good answer, watched answer by answer from a moment on. */
export class OutageWatch {
  #from: number;
  #open: number;
  #longest: { from: number; to: number } | null = null;

  /** @param startAt epoch ms; what came before does not count. */
  constructor(startAt: number) {
    this.#from = startAt;
    this.#open = startAt;
  }

  good(at: number): void {
    if (at < this.#from) return;
    if (this.#longest === null || at - this.#open > this.#longest.to - this.#longest.from) this.#longest = { from: this.#open, to: at };
    this.#open = at;
  }

  /** null until there was a good answer. */
  get longest(): { from: number; to: number } | null {
    return this.#longest;
  }
}
