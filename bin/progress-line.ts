/** What of a terminal is used: `process.stderr` is one. */
export interface Terminal {
  isTTY?: boolean;
  write(text: string): unknown;
}

const patienceMs = 2_000;
const renewedEveryMs = 200;
const lineStart = '\r\u001b[K';

/** One line that is renewed while long work goes on. Nothing is written for short work, nor where nobody looks: in a pipe, in a log. */
export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  #nextAt: number;
  #shown = false;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
    this.#nextAt = terminal.isTTY === true ? now() + patienceMs : Number.POSITIVE_INFINITY;
  }

  /** Shows the text, unless it is too early or another was shown a moment ago. */
  renew(text: string): void {
    const now = this.#now();
    if (now < this.#nextAt) return;
    this.#terminal.write(`${lineStart}${text}`);
    this.#shown = true;
    this.#nextAt = now + renewedEveryMs;
  }

  /** Takes the line away, if there is one. */
  clear(): void {
    if (this.#shown) this.#terminal.write(lineStart);
    this.#shown = false;
  }
}
