import type { LatelyAnswered } from '../model/index.ts';

/** A state is written once a minute, a second sooner or later. */
export const lookEveryMs = 55_000;
/** An hour of it: answers of single probes scatter by a third, and a release that is slower by a third must stand out. */
const looksMax = 60;

/** Takes in a look that passed, if the last one is a minute old. */
export function rememberAnswer(lately: LatelyAnswered | undefined, at: number, responseMs: number): LatelyAnswered {
  if (lately === undefined) return { at, count: 1, ms: [Math.round(responseMs)] };
  if (at - lately.at < lookEveryMs) return lately;
  return { at, count: lately.count + 1, ms: [...lately.ms, Math.round(responseMs)].slice(-looksMax) };
}
