/** One measurement of one series. `value` in the series' own unit; `ok` is false when the request behind it failed. */
export interface DetectorSample {
  /** Epoch milliseconds. */
  at: number;
  value: number;
  ok?: boolean;
}

/** What a detector thinks of one sample. `score` is 0 (as ever) to 1 (certain); `reason` carries the numbers behind it. */
export interface Judgement<State> {
  state: State;
  score: number;
  reason: string;
}

/**
 * A detector is a pure strategy over an explicit state of plain JSON (numbers, strings, arrays, objects; never NaN or
 * Infinity), so that a Lambda can put it away between two samples and go on identically.
 *
 * `step` may change the state it was given in place and return it: one series has one owner, and copying on every
 * sample would cost more than judging it. Keep the old state with `save`.
 */
export interface Detector<State, Config> {
  name: string;
  init(config?: Partial<Config>): State;
  step(state: State, sample: DetectorSample): Judgement<State>;
  /** A JSON text that `restore` turns into an equal state. */
  save(state: State): string;
  /** @throws Error when the text is no saved state of this detector. */
  restore(saved: string): State;
}
