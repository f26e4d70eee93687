import * as z from 'zod';
import type { Verdict } from '../model/index.ts';

/** How often one endpoint is probed: faster while something fails, slower while all is well. Kept in the Store between runs. */
export const IntervalState = z.object({
  intervalMs: z.number().positive(),
  /** The last ten conclusive verdicts, oldest first: `p` is a pass, `f` a failure. */
  recent: z.string().regex(/^[pf]{0,10}$/),
  nextDueAt: z.number(),
});
export type IntervalState = z.infer<typeof IntervalState>;

export interface IntervalRule {
  baseMs: number;
  minMs: number;
  maxMs: number;
}

const windowSize = 10;
const passed = 'p';
const failed = 'f';

/** From an endpoint's `intervalSeconds`; the configuration has already held services with failover on to 20 s at most. */
export function intervalRuleOf(seconds: { base: number; min: number; max: number }): IntervalRule {
  return { baseMs: seconds.base * 1000, minMs: seconds.min * 1000, maxMs: seconds.max * 1000 };
}

/** The state before the first probe: due at once. */
export function firstInterval(rule: IntervalRule, now: number): IntervalState {
  return { intervalMs: rule.baseMs, recent: '', nextDueAt: now };
}

/**
 * After every probe: × 0.5 when the last ten hold a failure, × 1.5 when ten are there and all passed, clamped. `slotAt` is the time of
 * the slot the probe was due in, not the moment it ended: otherwise an interval as long as the slots would skip every second one.
 * An inconclusive probe says nothing about the endpoint and changes only `nextDueAt`.
 */
export function afterProbe(state: IntervalState, verdict: Verdict, slotAt: number, rule: IntervalRule): IntervalState {
  const recent = verdict === 'inconclusive' ? state.recent : (state.recent + (verdict === 'pass' ? passed : failed)).slice(-windowSize);
  const factor = verdict === 'inconclusive' ? 1 : intervalFactor(recent);
  const intervalMs = Math.min(rule.maxMs, Math.max(rule.minMs, state.intervalMs * factor));
  return { intervalMs, recent, nextDueAt: slotAt + intervalMs };
}

function intervalFactor(recent: string): number {
  if (recent.includes(failed)) return 0.5;
  return recent.length === windowSize ? 1.5 : 1;
}

/** Scheduled slots come so often: at 0, 20 and 40 s of a minute. */
export const slotsEveryMs = 20_000;
/** And in between so often, while something fails. */
export const hurriedEveryMs = 5_000;

/**
 * Whether an endpoint that failed lately is due before the next scheduled slot. What is grey passes now and then: one look that passes
 * among the last ten is no reason to look less often.
 */
export function isHurried(state: IntervalState | undefined, nextSlotAt: number): boolean {
  return state !== undefined && state.nextDueAt < nextSlotAt && state.recent.includes(failed);
}

/**
 * An endpoint is due at the first slot at or after its `nextDueAt`, or as soon as `mostMs` have passed since its last probe. That is asked
 * for one which is heeded — somebody works on its service or its region — with its quickest interval, however calm it was: a proof of
 * recovery has minutes, and wants several looks in them.
 */
export function isDue({ nextDueAt, intervalMs }: IntervalState, slotAt: number, mostMs: number = intervalMs): boolean {
  return slotAt >= nextDueAt - Math.max(0, intervalMs - mostMs);
}
