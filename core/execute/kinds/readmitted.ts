import * as z from 'zod';
import { bucketMs, type FailureWindow, tallyOf, totalOf } from '../../knowledge/failure-windows.ts';
import { readStored } from '../../knowledge/stored.ts';
import { WatchState, watchKey } from '../../knowledge/watch-state.ts';
import { type Capacity, Target } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { lookAtRecovery } from '../recovery.ts';
import type { StepKind, StepLook } from '../step-kind.ts';

const callMs = 8_000;
/** One failed probe happens to what is well; the second one since the return ends the trial. */
const failuresMax = 2;

const Args = z.object({ target: Target, units: z.array(z.string()).min(1), seconds: z.number().positive() });

/**
 * The trial of units that were put back: proven when they took traffic for so long, the platform finds them healthy and no probe of the
 * service fails. Units that are out, gone or unhealthy, and probes that fail on them, end it at once.
 */
export const confirmReadmitted: StepKind = {
  async look(rawArgs, { ctx, appliedAt }): Promise<StepLook> {
    const { target, units, seconds } = Args.parse(rawArgs);
    const { store, clock, capacity } = ctx.ports;
    const now = await capacity.snapshot(target, within(clock, callMs));
    if (!now.ok) return { verdict: 'inconclusive', reason: now.reason };
    const watch = await readStored(store, clock, watchKey, WatchState);
    if (!watch.ok) return { verdict: 'inconclusive', reason: watch.reason };
    const end = whyItEnds(units, now.value) ?? whyProbesEndIt(units, watch.value.value?.windows[target.service], appliedAt, clock.now());
    if (end !== null) return { verdict: 'fail', reason: end, final: true };
    for (const unit of units) {
      const look = await lookAtRecovery(ctx, { ...target, unit }, appliedAt);
      if (look.verdict !== 'pass') return { ...look, final: look.verdict === 'fail' };
    }
    const service = await lookAtRecovery(ctx, target, appliedAt);
    if (service.verdict !== 'pass') return service;
    const passed = Math.floor((clock.now() - appliedAt) / 1000);
    const words = `${units.join(', ')} of ${target.service} took traffic for ${passed} s; ${service.reason}`;
    return passed < seconds ? { verdict: 'inconclusive', reason: `${words}; ${seconds} s are wanted` } : { verdict: 'pass', reason: words };
  },
};

function whyItEnds(units: readonly string[], { units: there }: Capacity): string | null {
  for (const id of units) {
    const unit = there.find((each) => each.id === id);
    if (unit === undefined) return `${id} has ended meanwhile`;
    if (unit.ejected) return `${id} is out again, and not by this run`;
    if (!unit.healthy) return `the platform calls ${id} unhealthy`;
  }
  return null;
}

/** Where units are not known by the addresses that are probed, whatever fails in the service counts against them: it went well without. */
function whyProbesEndIt(units: readonly string[], window: FailureWindow | undefined, since: number, now: number): string | null {
  // With the bucket that the return lies in: before it, what was out could not fail.
  const withinMs = now - since + bucketMs;
  for (const unit of units) {
    const tallies = window?.addresses[unit];
    const { judged, failed } = tallies === undefined ? totalOf(window, now, withinMs) : tallyOf(tallies, now, withinMs);
    if (failed >= failuresMax)
      return `${failed} of ${judged} probes of ${tallies === undefined ? 'the service' : unit} failed since the return`;
  }
  return null;
}
