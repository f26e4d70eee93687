import { noteOfIncident, noteOfRun } from '../../core/knowledge/notes.ts';
import {
  freezeSwitch,
  type Incident,
  isOpen,
  isRunning,
  type Notification,
  type Run,
  storeKey,
  targetKey,
} from '../../core/model/index.ts';
import { readIncidentRecords } from '../host/records.ts';
import type { SharedState } from '../host/shared-state.ts';
import type { Interference } from './interference.ts';
import { trialIncident } from './opening.ts';
import type { TrialCase } from './trial-case.ts';
import { differences, type WorldState } from './world-state.ts';

export type TrialEnd = 'verified' | 'undone' | 'escalated' | 'refused' | 'open';

/** What is left when a trial is over. */
export interface Ending {
  given: TrialCase;
  interference: Interference;
  struck: boolean;
  shared: SharedState;
  /** Tables that anybody still reads. */
  tables: SharedState['stores'];
  before: WorldState;
  world: WorldState;
  /** What the undisturbed run leaves behind. */
  goal: WorldState;
  minutes: number;
}

/** Once, and once more by a successor who cannot know: whoever told it died before he could say so. */
const toldMax = 2;

/** How it ended, and every promise about the end that was broken, in sentences. */
export function judgeEnding(ending: Ending): { end: TrialEnd; problems: string[] } {
  const { incident, runs } = readIncidentRecords(ending.tables.values(), trialIncident);
  const end = endOf(ending.given, incident, runs);
  const problems = [
    ...repeatedScripts(ending),
    ...(end === 'open' ? [openReason(ending, incident, runs)] : judgeClosed(ending, incident, runs)),
  ];
  return { end, problems };
}

/** A machine that carries out a plan ends as its run does; one that answers an incident as that does. */
function endOf({ machine }: TrialCase, incident: Incident | undefined, runs: readonly Run[]): TrialEnd {
  const [run] = runs;
  if (runs.some(isRunning)) return 'open';
  if (machine === 'respond')
    return incident === undefined || isOpen(incident) ? 'open' : incident.state === 'resolved' ? 'verified' : 'escalated';
  return run === undefined || run.state === 'running' || run.state === 'undoing' ? 'open' : run.state;
}

function openReason({ minutes }: Ending, incident: Incident | undefined, runs: readonly Run[]): string {
  const states = runs.map((run) => `${run.planId} is ${run.state}`).join(', ') || 'there is no run';
  return `open after ${minutes} minutes: the incident is ${incident?.state ?? 'nowhere'}, ${states}`;
}

function judgeClosed(ending: Ending, incident: Incident | undefined, runs: readonly Run[]): string[] {
  const responds = ending.given.machine === 'respond';
  return [
    ...judgeWorld(ending, runs),
    ...runs.flatMap((run) => (run.state === 'escalated' && !isFrozen(ending, run) ? ['escalated, but the target is not frozen'] : [])),
    ...runs.flatMap((run) => judgeTelling(ending, noteOfRun(run))),
    ...(responds && incident !== undefined ? judgeTelling(ending, noteOfIncident(incident)) : []),
  ];
}

/** What was given to people is theirs; everything else is as it was before, or as a verified run leaves it. */
function judgeWorld(ending: Ending, runs: readonly Run[]): string[] {
  if (runs.some((run) => run.state === 'escalated')) return [];
  const done = runs.find((run) => run.state === 'verified');
  const [end, should] = done === undefined ? [runs[0]?.state ?? 'never run', ending.before] : [done.state, ending.goal];
  return differences(should, ending.world)
    .filter((difference) => !isNobodysDoing(ending, difference) && !isLeftUnread(ending, difference))
    .map((what) => `${end}, but ${what}`);
}

/** A voter that is gone reads as no vote, whatever any run does: then answers and its own word are nobody's doing. */
function isNobodysDoing({ struck, interference, given }: Ending, difference: string): boolean {
  const what = difference.split(' is ')[0] ?? '';
  const gone = struck && 'what' in interference && interference.what === 'region';
  return gone && (what.startsWith('answers of') || what.endsWith(`by ${given.holder}`));
}

/** A distribution follows a shift best effort: one that cannot be read at the intent is left as it was. */
function isLeftUnread({ struck, interference, before, world }: Ending, difference: string): boolean {
  if (!struck || interference.kind !== 'answer' || interference.on.method !== 'origins') return false;
  const what = difference.split(' is ')[0] ?? '';
  return interference.on.operation === 'intent' && what.startsWith('origin of') && before.get(what) === world.get(what);
}

function isFrozen({ tables }: Ending, run: Run): boolean {
  return [...tables.values()].some(({ items }) => items.has(storeKey.switch(freezeSwitch(targetKey(run.target)))));
}

/** People hear how it ended: at least once, and not again and again. */
function judgeTelling({ shared, interference }: Ending, note: Pick<Notification, 'id' | 'page'> | null): string[] {
  if (note === null || isDeceived(interference)) return [];
  const sent = [...shared.notifiers.values()].flatMap((topic) => topic.sent.map(({ notification }) => notification));
  const told = sent.filter(({ id }) => id === note.id);
  if (told.length === 0) return [`${note.id}, and nobody was told`];
  if (told.length > toldMax) return [`${note.id}, and people were told ${told.length} times`];
  return told.every(({ page }) => page === note.page) ? [] : [`${note.id}, and nobody was paged`];
}

/** A topic that says that it took what it dropped cannot be found out. */
function isDeceived(interference: Interference): boolean {
  return interference.kind === 'answer' && interference.answer === 'lie' && interference.on.port === 'notifier';
}

function repeatedScripts({ shared, interference }: Ending): string[] {
  // The fault point itself starts the script twice.
  if (interference.kind === 'answer' && interference.answer === 'duplicate' && interference.on.port === 'scripts') return [];
  const runs = Object.values(shared.scripts.runs).map((run) => run.document);
  return [...new Set(runs)].flatMap((document) => {
    const times = runs.filter((each) => each === document).length;
    return times > 1 ? [`twice: ${document} ran ${times} times`] : [];
  });
}
