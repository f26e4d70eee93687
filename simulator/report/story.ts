import type { TimelineEntry } from '../../core/model/index.ts';

/** A stretch of time with a look of its own: a fault, a state of health, a step. `to` null: to the end of the run. */
export interface Stretch {
  row: string;
  from: number;
  to: number | null;
  look: string;
  title: string;
  /** What stands beside it, for those who cannot point: a verdict. */
  word?: string;
}

/** A moment worth a mark. */
export interface Mark {
  row: string;
  at: number;
  look: string;
  title: string;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : String(value ?? ''));

export function faultStretches(entries: readonly TimelineEntry[]): Stretch[] {
  const standing = new Map<string, Stretch>();
  const found: Stretch[] = [];
  for (const { kind, at, data, reason } of entries) {
    if (kind !== 'FaultBegan' && kind !== 'FaultEnded') continue;
    const key = JSON.stringify(data);
    const open = standing.get(key);
    if (kind === 'FaultEnded') {
      if (open !== undefined) open.to = at;
      standing.delete(key);
      continue;
    }
    const row = reason.replace(/ begins$/, '');
    // What dies, dies at once; only the mark is left of it.
    const to = data.kind === 'executor-crash' ? at : null;
    const stretch: Stretch = { row, from: at, to, look: 'fault', title: `${row} ${JSON.stringify(data.with)}` };
    standing.set(key, stretch);
    found.push(stretch);
  }
  return found;
}

const rank = ['healthy', 'unknown', 'degraded', 'unhealthy'];

/** Health of each service and region: the worst that an observer outside it sees, but for those that do not trust themselves. */
export function healthStretches(entries: readonly TimelineEntry[]): Stretch[] {
  const views = new Map<string, Map<string, string>>();
  const abstaining = new Set<string>();
  const open = new Map<string, Stretch>();
  const found: Stretch[] = [];
  const judge = (subject: string, { at, region, reason }: TimelineEntry) => {
    const outside = [...(views.get(subject) ?? [])].filter(([observer]) => !subject.endsWith(`/${observer}`) && !abstaining.has(observer));
    const worst = outside.reduce((a, [, b]) => (rank.indexOf(b) > rank.indexOf(a) ? b : a), 'healthy');
    const last = open.get(subject);
    if (last?.look === worst) return;
    if (last !== undefined) last.to = at;
    const stretch: Stretch = {
      row: subject,
      from: at,
      to: null,
      look: worst,
      title: `${subject} is ${worst} as seen from ${region}: ${reason}`,
    };
    open.set(subject, stretch);
    found.push(stretch);
  };
  for (const entry of entries) {
    const { kind, subject, data, region } = entry;
    if (kind === 'Abstained') abstaining.add(region);
    if (kind === 'Trusted') abstaining.delete(region);
    if (kind === 'Abstained' || kind === 'Trusted') for (const known of views.keys()) judge(known, entry);
    if (kind !== 'HealthChanged' || subject.startsWith('aws-')) continue;
    const seen = views.get(subject) ?? new Map<string, string>();
    views.set(subject, seen.set(region, text(data.to)));
    judge(subject, entry);
  }
  return found;
}

const stepKinds: ReadonlySet<string> = new Set(['StepIntended', 'StepApplied', 'StepVerified', 'UndoApplied', 'UndoVerified']);

/** failover, failover 2, scale: each run has rows of its own. */
function runNames(entries: readonly TimelineEntry[]): Map<string, string> {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const { kind, data } of entries) {
    const plan = text(data.plan);
    if (!stepKinds.has(kind) || names.has(plan)) continue;
    const action = plan.slice(0, plan.indexOf('-'));
    const count = (counts.get(action) ?? 0) + 1;
    counts.set(action, count);
    names.set(plan, count === 1 ? action : `${action} ${count}`);
  }
  return names;
}

const verdictWords: Record<string, string> = { pass: 'proven', fail: 'failed', 'undo-pass': 'undone', 'undo-fail': 'not undone' };

/** Steps from their intent to their verdict, and their undo after it. */
export function stepStretches(entries: readonly TimelineEntry[]): Stretch[] {
  const open = new Map<string, Stretch>();
  const found: Stretch[] = [];
  const nameOf = runNames(entries);
  for (const entry of entries) {
    const plan = text(entry.data.plan);
    const key = `${plan} ${text(entry.data.step)}`;
    const row = `${nameOf.get(plan) ?? ''}: ${text(entry.data.step)}`;
    switch (entry.kind) {
      case 'StepIntended':
      case 'StepApplied':
      case 'UndoApplied': {
        const look = entry.kind === 'UndoApplied' ? 'undo' : 'running';
        const known = open.get(key);
        if (known !== undefined && known.look === look) break;
        const stretch: Stretch = { row, from: entry.at, to: null, look, title: `${row} in ${entry.region}: ${entry.reason}` };
        open.set(key, stretch);
        found.push(stretch);
        break;
      }
      case 'StepVerified':
      case 'UndoVerified': {
        const known = open.get(key) ?? { row, from: entry.at, to: null, look: 'running', title: '' };
        if (!open.has(key)) found.push(known);
        const verdict = text(entry.data.verdict);
        known.to = entry.at;
        known.look = entry.kind === 'UndoVerified' ? `undo-${verdict}` : verdict;
        known.title = `${row} in ${entry.region}: ${verdict}: ${entry.reason}`;
        known.word = verdictWords[known.look] ?? verdict;
        open.delete(key);
        break;
      }
      case 'OutcomeRecorded':
        // What was asked of another region is proven, or undone, with the step that asked for it: it ends with the run.
        for (const [known, stretch] of open) {
          if (!known.startsWith(`${plan} `) || stretch.to !== null) continue;
          stretch.to = entry.at;
          stretch.word = `for the run, which ended ${text(entry.data.state)}`;
        }
    }
  }
  return found;
}

export function incidentStretches(entries: readonly TimelineEntry[]): Stretch[] {
  const open = new Map<string, Stretch>();
  const found: Stretch[] = [];
  for (const { kind, at, data, reason } of entries) {
    if (kind !== 'IncidentOpened' && kind !== 'IncidentChanged') continue;
    const row = text(data.incident);
    const look = kind === 'IncidentOpened' ? 'open' : text(data.to);
    const last = open.get(row);
    if (last?.look === look) continue;
    if (last !== undefined) last.to = at;
    const over = look === 'resolved' ? at : null;
    const stretch: Stretch = { row, from: at, to: over, look, title: `${row} is ${look}: ${reason}` };
    open.set(row, stretch);
    found.push(stretch);
  }
  return found;
}

/** A row for each, or dots of one moment would hide one another. */
const voteRows: Record<string, string> = {
  QuorumReached: 'quorum',
  GrantGiven: 'grants',
  GrantRefused: 'grants',
  VoteCast: 'votes',
  AnswersChanged: 'answers',
};

const voteLooks: Record<string, string> = {
  GrantGiven: 'grant',
  GrantRefused: 'refusal',
  VoteCast: 'vote',
  AnswersChanged: 'answers',
  QuorumReached: 'quorum',
};

export function voteMarks(entries: readonly TimelineEntry[]): Mark[] {
  return entries.flatMap(({ kind, at, subject, region, reason, data }) => {
    const look = voteLooks[kind];
    if (look === undefined) return [];
    const back = data.drain === false || data.healthy === true;
    return [
      {
        row: `${subject.replace('group:', '')}: ${voteRows[kind] ?? ''}`,
        at,
        look: back ? `${look}-back` : look,
        title: `${kind} by ${text(data.voter ?? region)}: ${reason}`,
      },
    ];
  });
}

const tellingKinds: ReadonlySet<string> = new Set([
  ...[
    'FaultBegan',
    'FaultEnded',
    'QuorumReached',
    'Abstained',
    'Trusted',
    'IncidentOpened',
    'IncidentChanged',
    'PlanMade',
    'PolicyRefused',
  ],
  ...[
    'GrantGiven',
    'GrantRefused',
    'VoteCast',
    'AnswersChanged',
    'StepIntended',
    'StepApplied',
    'StepVerified',
    'UndoApplied',
    'UndoVerified',
  ],
  ...[
    'RunClaimed',
    'TargetFrozen',
    'OutcomeRecorded',
    'Notified',
    'ApprovalRequested',
    'ApprovalDecided',
    'ExecutorCrashed',
    'FunctionFailed',
  ],
  ...['StragglersSeen', 'Superseded', 'AnomalyFlagged'],
]);

/** Entries that a reader who was not there needs; repetitions of one kind about one thing are told once in ten minutes. */
export function tellingEntries(entries: readonly TimelineEntry[]): TimelineEntry[] {
  const toldAt = new Map<string, number>();
  return entries.filter(({ kind, subject, at, region }) => {
    if (!tellingKinds.has(kind)) return false;
    if (kind !== 'QuorumReached' && kind !== 'AnomalyFlagged') return true;
    const key = `${kind} ${subject} ${region}`;
    const again = at - (toldAt.get(key) ?? Number.NEGATIVE_INFINITY) < 600_000;
    if (!again) toldAt.set(key, at);
    return !again;
  });
}

type StoryLine = Pick<TimelineEntry, 'at' | 'region' | 'kind' | 'subject' | 'reason'>;

const foldedMs = 60_000;
const subjectsShown = 4;

/** Detectors speak about everything that a fault touches: those of one minute, with nothing between them, are one line. */
export function foldAnomalies(entries: readonly TimelineEntry[]): StoryLine[] {
  const folds: TimelineEntry[][] = [];
  for (const entry of entries) {
    const fold = folds.at(-1);
    const first = fold?.[0];
    const joins = first?.kind === 'AnomalyFlagged' && entry.kind === first.kind && entry.at - first.at < foldedMs;
    if (joins) fold?.push(entry);
    else folds.push([entry]);
  }
  return folds.flatMap((fold) => {
    const [first] = fold;
    if (first === undefined) return [];
    const regions = [...new Set(fold.map(({ region }) => region))];
    const subjects = [...new Set(fold.map(({ subject }) => subject))];
    const rest = subjects.length - subjectsShown;
    const shown = `${subjects.slice(0, subjectsShown).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
    return [{ at: first.at, region: regions.join(', '), kind: first.kind, subject: shown, reason: first.reason }];
  });
}
