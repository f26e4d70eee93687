import type { StageContext } from '../../config/stage-context.ts';
import { readAllHealth } from '../../knowledge/health.ts';
import { readStored, updateStored } from '../../knowledge/stored.ts';
import { type Alarm, calmWatch, WatchState, watchKey } from '../../knowledge/watch-state.ts';
import { failed, ok, type Result } from '../../model/index.ts';
import type { AnalyzeContext } from '../analyze-context.ts';
import { parseTrigger, type Trigger } from '../triggers.ts';
import { readHoldFacts, whyHeld } from './hold.ts';
import { openServiceIncident } from './service-incident.ts';

const eventsMax = 100;

/** One event from outside. Answers what it came to in words; a malformed one is `invalid` and changes nothing. */
export async function onTrigger(ctx: AnalyzeContext, raw: unknown): Promise<Result<string>> {
  const trigger = parseTrigger(raw, ctx.config, ctx.region, ctx.ports.clock.now());
  if (!trigger.ok) return trigger;
  switch (trigger.value.kind) {
    case 'ignored':
      return ok(trigger.value.reason);
    case 'event':
      return countEvent(ctx, trigger.value);
    case 'alarm':
      return answerAlarm(ctx, trigger.value);
  }
}

/** The minute's look raises the alert when there are enough of them. */
async function countEvent(ctx: StageContext, { event, service, at, id }: Extract<Trigger, { kind: 'event' }>): Promise<Result<string>> {
  const { store, clock } = ctx.ports;
  const kept = await updateStored(store, clock, watchKey, WatchState, (current): WatchState | null => {
    const watch = current ?? calmWatch;
    if (watch.events.some((each) => each.id === id && each.event === event)) return null;
    return { ...watch, events: [...watch.events, { event, service, at, id }].slice(-eventsMax) };
  });
  return kept.ok ? ok(`${event} of ${service} is counted`) : kept;
}

async function answerAlarm(ctx: AnalyzeContext, trigger: Extract<Trigger, { kind: 'alarm' }>): Promise<Result<string>> {
  const { store, clock } = ctx.ports;
  const [watch, states] = await Promise.all([readStored(store, clock, watchKey, WatchState), readAllHealth(ctx)]);
  if (!watch.ok) return watch;
  if (!states.ok) return states;
  const { alert, service, unit, severity, reason } = trigger;
  const now = clock.now();
  const locus = unit === undefined ? 'service' : 'unit';
  const alarm: Alarm = {
    ...{ alert, service, locus, since: now, seenAt: now, raisedAt: now, incident: null, held: null, reason },
    ...(unit === undefined ? {} : { unit }),
  };
  const before = watch.value.value ?? calmWatch;
  const facts = await readHoldFacts(ctx, states.value, before.alarms);
  if (facts === null) return failed('unavailable', 'the table does not say what is open already');
  const held = whyHeld(ctx, alarm, facts);
  ctx.ports.trace.record({
    kind: held === null ? 'AlertRaised' : 'AlertHeld',
    subject: `${service}/${ctx.region}`,
    data: { alert, service, region: ctx.region, unit: unit ?? null, from: trigger.id },
    reason: held?.reason ?? reason,
  });
  if (held !== null) return ok(held.reason);
  const made = await openServiceIncident(
    ctx,
    { alert, service, locus, severity, reason, cause: reason, since: now, ...(unit === undefined ? {} : { unit }) },
    before.epochs[service] ?? 0,
    facts.standings,
  );
  if (made === null) return failed('unavailable', 'the incident could not be opened');
  await updateStored(store, clock, watchKey, WatchState, (current): WatchState => {
    const known = current ?? calmWatch;
    return { ...known, epochs: { ...known.epochs, [service]: made.epoch } };
  });
  return ok(`${made.id} is opened`);
}
