import type { TimelineEntry } from '../../core/model/index.ts';
import type { Checker } from './checker.ts';

/**
 * What may happen once only, by kind of entry: the fields that name the one thing. Regions that cannot hear each other may both open an
 * incident, under one id, and both close a run, each for its own epoch; neither may do so twice.
 */
const onceBy: Record<string, readonly string[]> = {
  IncidentOpened: ['incident', 'openedBy'],
  StepApplied: ['plan', 'step', 'epoch'],
  StepCommitted: ['plan', 'step'],
  UndoApplied: ['plan', 'step', 'epoch'],
  RunClaimed: ['plan', 'epoch'],
  OutcomeRecorded: ['plan', 'epoch'],
};

/** Nothing happens twice: deliveries and starts come twice, their effects do not. */
export function once(): Checker {
  const violations: Checker['violations'] = [];
  const seen = new Map<string, TimelineEntry>();
  /** Once a table has said that it kept what it did not keep, nothing that leans on it can be held to this. */
  let liedTo = false;
  return {
    name: 'once',
    violations,
    onCall({ port, answer }) {
      liedTo ||= answer === 'lie' && (port === 'store' || port === 'peerStores');
    },
    onEntry(entry) {
      const fields = onceBy[entry.kind];
      if (fields === undefined || liedTo) return;
      const key = [entry.kind, ...fields.map((field) => String(field === 'openedBy' ? entry.region : entry.data[field]))].join(' ');
      const before = seen.get(key);
      if (before === undefined) seen.set(key, entry);
      else violations.push({ at: entry.at, reason: `${key} happens again in ${entry.region}, first at ${before.at} in ${before.region}` });
    },
  };
}
