import { alertRule } from '../../knowledge/alert-rules.ts';
import { type Alarm, alarmKey } from '../../knowledge/watch-state.ts';
import type { Finding } from './findings.ts';

type Alarms = Readonly<Record<string, Alarm>>;

/** A sick unit is taken out sooner than anything is done to a whole service. */
const unitSeconds = 60;
/** What has not been seen for two buckets of the failure windows may be over: it is not raised on what was. */
const latelyMs = 40_000;

export function durationSecondsOf(alarm: Pick<Alarm, 'alert' | 'locus'>): number {
  if (alarm.alert === 'error-rate' && alarm.locus === 'unit') return unitSeconds;
  return alertRule(alarm.alert)?.durationSeconds ?? 0;
}

export interface AlarmChange {
  alarms: Record<string, Alarm>;
  raised: Alarm[];
  cleared: Alarm[];
}

/**
 * The alarms after one look. What was found goes on or begins; what was looked for and not found is over; what could not be looked at
 * (`looked` is false) stays as it is: missing data is neither health nor failure. Raised are those that have held for their duration since
 * they were first seen, are still seen now, or have two witnesses.
 */
export function stepAlarms(alarms: Alarms, findings: readonly Finding[], looked: (alarm: Alarm) => boolean, now: number): AlarmChange {
  const next: Record<string, Alarm> = {};
  const raised: Alarm[] = [];
  const cleared: Alarm[] = [];
  for (const finding of findings) {
    const key = alarmKey(finding.alert, finding.service, finding.unit);
    const known = alarms[key] ?? next[key];
    const { since = now, lastAt = now, certain = false, ...found } = finding;
    const alarm: Alarm =
      known === undefined
        ? { ...found, since, seenAt: now, raisedAt: null, incident: null, held: null }
        : { ...known, ...(finding.severity === undefined ? {} : { severity: finding.severity }), reason: finding.reason, seenAt: now };
    const held = certain || now - alarm.since >= durationSecondsOf(alarm) * 1000;
    const due = alarm.raisedAt === null && held && now - lastAt <= latelyMs;
    next[key] = due ? { ...alarm, raisedAt: now } : alarm;
    if (due) raised.push({ ...alarm, raisedAt: now });
  }
  for (const [key, alarm] of Object.entries(alarms)) {
    if (next[key] !== undefined) continue;
    if (looked(alarm)) cleared.push(alarm);
    else next[key] = alarm;
  }
  return { alarms: next, raised, cleared };
}
