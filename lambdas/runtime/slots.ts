import * as z from 'zod';

/** What the schedule's rule puts into a delay queue: the minute, and how far into it the slot lies. */
const Slot = z.object({ minute: z.iso.datetime().transform((text) => Date.parse(text)), offsetSeconds: z.number().int().nonnegative() });
/** The schedule's event itself, or one of somebody else's that asks for a look: its time is the slot. */
const NowEvent = z.object({ time: z.iso.datetime().transform((text) => Date.parse(text)) });
const QueueEvent = z.object({ Records: z.array(z.object({ body: z.string() })).min(1) });

/** A slot that is older than this is dropped: its answer would be about another minute. */
const slotMaxAgeMs = 60_000;

/** The slots that an event asks for (epoch ms), without those that came too late. */
export function slotsOf(event: unknown, now: number): number[] {
  const atOnce = NowEvent.safeParse(event);
  return (atOnce.success ? [atOnce.data.time] : queuedSlots(event)).filter((at) => now - at <= slotMaxAgeMs);
}

function queuedSlots(event: unknown): number[] {
  return QueueEvent.parse(event)
    .Records.map(({ body }) => Slot.parse(JSON.parse(body)))
    .map(({ minute, offsetSeconds }) => minute + offsetSeconds * 1000);
}
