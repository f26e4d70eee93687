export interface CooldownConfig {
  /** Quiet time after a change before the next one in the same direction. */
  upSeconds: number;
  downSeconds: number;
  /** A change that reverses the last one within this time is a flap; each doubles the waiting, */
  flapSeconds: number;
  /** up to this many times the plain one. */
  penaltyMax: number;
}

/** Plain data; `null` before the first change. */
export type CooldownState = { at: number; direction: 'up' | 'down'; flaps: number } | null;

/** Seconds to wait before a change in this direction may be made; 0: now. @param at epoch milliseconds */
export function cooldownLeft(config: CooldownConfig, state: CooldownState, direction: 'up' | 'down', at: number): number {
  if (state === null) return 0;
  const plain = direction === 'up' ? config.upSeconds : config.downSeconds;
  const wait = plain * Math.min(config.penaltyMax, 2 ** state.flaps);
  // A clock that stepped back must not prolong the wait beyond itself.
  const passed = Math.max(0, (at - state.at) / 1000);
  return Math.max(0, wait - passed);
}

/** The state after a change. Flaps are forgotten when the last change is long enough ago. */
export function noteChange(config: CooldownConfig, state: CooldownState, direction: 'up' | 'down', at: number): CooldownState {
  if (state === null) return { at, direction, flaps: 0 };
  const recent = at - state.at < config.flapSeconds * 1000;
  if (!recent) return { at, direction, flaps: 0 };
  return { at, direction, flaps: state.flaps + (direction === state.direction ? 0 : 1) };
}
