import type { TimelineEntry } from '../../core/model/index.ts';
import type { Checker } from './checker.ts';

/** What may happen once only, by kind of entry: the fields that name the one thing. */
const onceBy: Record<string, readonly string[]> = {
  IncidentOpened: ['incident'],
  StepApplied: ['plan', 'step', 'epoch'],
  StepCommitted: ['plan', 'step'],
  UndoApplied: ['plan', 'step', 'epoch'],
  RunClaimed: ['plan', 'epoch'],
  OutcomeRecorded: ['plan'],
};

/** Nothing happens twice: deliveries and starts come twice, their effects do not. */
export function once(): Checker {
  const violations: Checker['violations'] = [];
  const seen = new Map<string, TimelineEntry>();
  return {
    name: 'once',
    violations,
    onEntry(entry) {
      const fields = onceBy[entry.kind];
      if (fields === undefined) return;
      const key = [entry.kind, ...fields.map((field) => String(entry.data[field]))].join(' ');
      const before = seen.get(key);
      if (before === undefined) seen.set(key, entry);
      else violations.push({ at: entry.at, reason: `${key} happens again in ${entry.region}, first at ${before.at} in ${before.region}` });
    },
  };
}
