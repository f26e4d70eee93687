import type { StageContext } from '../config/stage-context.ts';
import type { Notification, Result } from '../model/index.ts';
import { within } from '../ports/within.ts';

const callMs = 8_000;

/** Sends one notification and says on the timeline whether it was taken. */
export async function tellPeople(ctx: StageContext, note: Notification): Promise<Result<void>> {
  const told = await ctx.ports.notifier.notify(note, within(ctx.ports.clock, callMs));
  ctx.ports.trace.record({
    kind: 'Notified',
    subject: note.incident ?? ctx.region,
    ...(note.incident === undefined ? {} : { incident: note.incident }),
    data: { severity: note.severity, page: note.page, title: note.title, delivered: told.ok },
    reason: note.text,
  });
  return told.ok ? { ok: true, value: undefined } : told;
}
