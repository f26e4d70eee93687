import * as z from 'zod';

/** How the clients of all services come over a day (UTC): from the least, to `peakFactor` times it, and back, as a cosine. */
export const daySchema = z.strictObject({
  peakFactor: z.number().min(1).max(20).describe('Times the least load of the day that comes at its peak.'),
  peakAtHour: z.number().min(0).lt(24).describe('Hour of the peak, UTC; a scenario begins at noon.'),
  knownDays: z.number().min(0).max(5).default(0).describe('Days of which the load balancers have counted the requests before the start.'),
});
export type Day = z.output<typeof daySchema>;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Times the least load of the day at `at`. */
export function dayFactor({ peakFactor, peakAtHour }: Day, at: number): number {
  const sincePeak = ((at % dayMs) - peakAtHour * hourMs) / dayMs;
  return 1 + ((peakFactor - 1) * (1 + Math.cos(2 * Math.PI * sincePeak))) / 2;
}

/** Times before `startAt` at which requests were counted, each for the `stepMs` that began there. */
export function knownTimes({ knownDays }: Day, startAt: number, stepMs: number): number[] {
  const steps = Math.floor((knownDays * dayMs) / stepMs);
  return Array.from({ length: steps }, (_, index) => startAt - (steps - index) * stepMs);
}
