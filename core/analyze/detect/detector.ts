/** One measurement of one series. `value` in the series' own unit; `ok` is false when the request behind it failed. */
export interface DetectorSample {
  /** Epoch milliseconds. */
  at: number;
  value: number;
  ok?: boolean;
}

/** What a detector thinks of one sample. */
export interface Judgement<State> {
  state: State;
  /** 0 (as ever) to 1; `ALARM_SCORE` and more is an alarm. */
  score: number;
  /** The numbers behind the score; empty while there is nothing to say. */
  reason: string;
}

export { ALARM_SCORE } from '../../model/index.ts';

/**
 * A detector is a pure strategy over an explicit state of plain JSON (numbers, strings, arrays, objects; never NaN or
 * Infinity), so that a Lambda can put it away between two samples and go on identically.
 *
 * `step` changes the state it was given in place and returns it: one series has one owner, and copying on every sample
 * would cost more than judging it. Keep an old state with `save`.
 *
 * Samples that are not newer than the last one (duplicates, a clock that stepped back) and values that are no number or
 * beyond `LARGEST_VALUE` teach nothing and score 0.
 */
export interface Detector<State> {
  name: string;
  init(): State;
  step(state: State, sample: DetectorSample): Judgement<State>;
  /** JSON text of the state. */
  save(state: State): string;
  /** @throws Error when the text is no saved state of this detector. */
  restore(saved: string): State;
}

/** Squares of larger values would overflow to Infinity, which JSON cannot carry. */
const LARGEST_VALUE = 1e100;

export const readable = (value: number): boolean => Math.abs(value) <= LARGEST_VALUE;

/**
 * The share of a minute that lies between two samples, at most 1. Thresholds are set for a sample a minute: who looks more
 * often may raise so much fewer alarms a sample, and alarms stay as rare in time. Who looks less often keeps them as they are.
 */
export const minutesBetween = (intervalMs: number): number => (intervalMs > 0 ? Math.min(1, intervalMs / 60_000) : 1);

export const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

/** Values for people: four significant digits. */
export const shown = (value: number): string => String(Number(value.toPrecision(4)));

/** The two halves of keeping a state: JSON out, JSON in with the version checked. */
export function savedAs<State>(name: string): Pick<Detector<State>, 'save' | 'restore'> {
  return {
    save: (state) => JSON.stringify({ detector: name, version: STATE_VERSION, state }),
    restore: (saved) => {
      const read: { detector?: unknown; version?: unknown; state: State } = JSON.parse(saved);
      if (read?.detector !== name || read.version !== STATE_VERSION) {
        throw new Error(`expected a saved state of ${name} version ${STATE_VERSION}, got ${saved.slice(0, 80)}: start with init()`);
      }
      return read.state;
    },
  };
}

/** Goes up when a state's shape changes: an old one is refused and the series learns anew. */
const STATE_VERSION = 1;
