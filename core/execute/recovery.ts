import type { StageContext } from '../config/stage-context.ts';
import { bucketMs, type FailureWindow, type Tally } from '../knowledge/failure-windows.ts';
import { readStored } from '../knowledge/stored.ts';
import { WatchState, watchKey } from '../knowledge/watch-state.ts';
import { lookAtService } from './service-look.ts';
import type { StepLook } from './step-kind.ts';

/** Looks that may come before a proof's deadline: so many chances has what is still sick to look well for a while. */
const chances = 50;
/** How likely it may be that one of them comes about. */
const chanceMax = 0.01;
/** What fails more rarely is found by nobody in the time that a proof has. */
const shareLeast = 0.15;
const shareMost = 0.95;
/** So long without a failure is as good as any number of looks, where there are few of them. */
const quietMsEnough = 90_000;

interface Recovering {
  service: string;
  region: string;
  endpoint?: string | undefined;
  unit?: string | undefined;
}

/**
 * Whether a service, or the unit that was meant, has recovered since. What is grey passes now and then: if it failed before, a run of looks
 * without a failure has to be longer than one that what is as sick as before would show by chance.
 */
export async function lookAtRecovery(ctx: StageContext, { service, region, endpoint, unit }: Recovering, since: number): Promise<StepLook> {
  const subject = { service, region, ...(endpoint === undefined ? {} : { endpoint }), ...(unit === undefined ? {} : { unit }) };
  const look = await lookAtService(ctx, subject, since);
  if (look.verdict !== 'pass') return look;
  const watch = await readStored(ctx.ports.store, ctx.ports.clock, watchKey, WatchState);
  if (!watch.ok) return { verdict: 'inconclusive', reason: watch.reason };
  const unquiet = whyTooEarly(talliesOf(watch.value.value?.windows[service], unit), since, ctx.ports.clock.now());
  return unquiet === null ? look : { verdict: 'inconclusive', reason: `${unit ?? service}: ${unquiet}` };
}

function talliesOf(window: FailureWindow | undefined, address: string | undefined): readonly Tally[] {
  return address === undefined ? Object.values(window?.addresses ?? {}).flat() : (window?.addresses[address] ?? []);
}

/** Null: nothing failed lately, or long enough ago. @param tallies of five minutes, in no order */
export function whyTooEarly(tallies: readonly Tally[], since: number, now: number): string | null {
  const failing = tallies.filter((tally) => tally.failed > 0);
  if (failing.length === 0) return null;
  const quietSince = Math.max(since, ...failing.map((tally) => tally.at + bucketMs));
  if (now - quietSince >= quietMsEnough) return null;
  const share =
    sum(failing, 'failed') /
    sum(
      tallies.filter((tally) => tally.at < quietSince),
      'judged',
    );
  const passed = sum(
    tallies.filter((tally) => tally.at >= quietSince),
    'judged',
  );
  const needed = looksNeeded(share);
  if (passed >= needed) return null;
  return `${passed} probes passed since the last that failed, ${needed} are wanted after ${Math.round(share * 100)} % had failed, or ${quietMsEnough / 1000} s`;
}

const sum = (tallies: readonly Tally[], of: 'judged' | 'failed'): number => tallies.reduce((total, tally) => total + tally[of], 0);

/**
 * So many passes in a row that what fails a share p of its looks shows such a run with less than `chanceMax` in `chances` looks: a run of n
 * begins at any look with p (1 − p)^n (Feller, An Introduction to Probability Theory, XIII.7).
 */
export function looksNeeded(share: number): number {
  const p = Math.min(shareMost, Math.max(shareLeast, share));
  return Math.ceil(Math.log(chanceMax / (chances * p)) / Math.log(1 - p));
}
