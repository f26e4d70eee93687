import * as z from 'zod';
import type { Sample } from '../model/index.ts';

/** How many looks came and failed in one bucket of time. */
const Tally = z.object({ at: z.number(), judged: z.number().int(), failed: z.number().int() });
export type Tally = z.infer<typeof Tally>;

/** What the own vantage's probes of one service here came to lately, by address; only while something fails. */
export const FailureWindow = z.object({ addresses: z.record(z.string(), z.array(Tally)) });
export type FailureWindow = z.infer<typeof FailureWindow>;

export const bucketMs = 20_000;
const windowMs = 300_000;
const addressesMax = 64;
/** An address that no lookup names any more, and probes without an address. */
const noAddress = '-';

/**
 * Takes in one slot's samples of one service. Undefined stays undefined while everything is well, so that a calm service costs nothing;
 * from its first failure until nothing has failed for a whole window every look is counted.
 */
export function foldWindow(window: FailureWindow | undefined, samples: readonly Sample[], now: number): FailureWindow | undefined {
  const judged = samples.filter((sample) => sample.verdict !== 'inconclusive');
  if (window === undefined && !judged.some((sample) => sample.verdict === 'fail')) return undefined;
  const addresses: Record<string, Tally[]> = {};
  for (const [address, tallies] of Object.entries(window?.addresses ?? {})) {
    const kept = tallies.filter((tally) => now - tally.at < windowMs + bucketMs);
    if (kept.length > 0) addresses[address] = kept.length === tallies.length ? tallies : kept;
  }
  for (const sample of judged) {
    const address = sample.address ?? noAddress;
    if (addresses[address] === undefined && Object.keys(addresses).length >= addressesMax) continue;
    addresses[address] = counted(addresses[address] ?? [], sample);
  }
  const next = { addresses };
  return totalOf(next, now).failed === 0 ? undefined : next;
}

function counted(tallies: readonly Tally[], { at, verdict }: Sample): Tally[] {
  const bucket = Math.floor(at / bucketMs) * bucketMs;
  const last = tallies.at(-1);
  const failed = verdict === 'fail' ? 1 : 0;
  if (last?.at !== bucket) return [...tallies, { at: bucket, judged: 1, failed }];
  return [...tallies.slice(0, -1), { at: bucket, judged: last.judged + 1, failed: last.failed + failed }];
}

/** Looks and failures of one address since `now − withinMs`, in whole buckets. */
export function tallyOf(
  tallies: readonly Tally[] | undefined,
  now: number,
  withinMs: number = windowMs,
): { judged: number; failed: number } {
  let judged = 0;
  let failed = 0;
  for (const tally of tallies ?? []) {
    if (now - tally.at > withinMs) continue;
    judged += tally.judged;
    failed += tally.failed;
  }
  return { judged, failed };
}

/** The same over all addresses but those in `except`. */
export function totalOf(
  window: FailureWindow | undefined,
  now: number,
  withinMs: number = windowMs,
  except: readonly string[] = [],
): { judged: number; failed: number } {
  let judged = 0;
  let failed = 0;
  for (const [address, tallies] of Object.entries(window?.addresses ?? {})) {
    if (except.includes(address)) continue;
    const tally = tallyOf(tallies, now, withinMs);
    judged += tally.judged;
    failed += tally.failed;
  }
  return { judged, failed };
}
