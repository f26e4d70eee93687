import type { TimelineEntry } from '../../core/model/index.ts';

export interface TerminalParts {
  write: (text: string) => void;
  colour: boolean;
  /** Characters in a line; longer reasons are cut. */
  columns: number;
  /** Zero of the times until the first fault; then the fault is, and a later one once nothing stands. */
  startedAt: number;
}

type Tone = 'plain' | 'good' | 'bad' | 'warn' | 'quiet';

const codes: Record<Tone, string> = { plain: '', good: '\x1b[32m', bad: '\x1b[31m', warn: '\x1b[33m', quiet: '\x1b[2m' };

/** What is told of an entry in the terminal: a word, how it looks, and the text; null: nothing, it is in the timeline all the same. */
function lineOf(entry: TimelineEntry): { word: string; tone: Tone; text: string } | null {
  const { kind, data, reason, subject } = entry;
  const step = String(data.step ?? '');
  const say = (word: string, tone: Tone, text = reason) => ({ word, tone, text });
  switch (kind) {
    case 'FaultBegan':
      return say('FAULT', 'bad');
    case 'FaultEnded':
      return say('fault over', 'good');
    case 'HealthChanged':
      // Everything is unknown once, at the start.
      if (data.from === 'unknown' && data.to === 'healthy') return null;
      return say(
        'health',
        data.to === 'healthy' ? 'good' : data.to === 'unhealthy' ? 'bad' : 'warn',
        `${subject}: ${data.from} → ${data.to}; ${reason}`,
      );
    case 'QuorumReached':
      return say('quorum', 'bad');
    case 'IncidentOpened':
      return say('DETECTED', 'bad', `${String(data.incident)}: ${reason}`);
    case 'IncidentChanged':
      return say(
        'incident',
        data.to === 'resolved' ? 'good' : data.to === 'escalated' ? 'bad' : 'plain',
        `${String(data.incident)}: ${data.from} → ${data.to}; ${reason}`,
      );
    case 'PlanMade':
      return say('plan', 'plain', `${reason}; steps: ${Array.isArray(data.steps) ? data.steps.join(', ') : ''}`);
    case 'PolicyRefused':
      return say('refused', 'warn', `policy ${String(data.policy)}: ${reason}`);
    case 'GrantGiven':
      return say('granted', 'good', `${String(data.voter)} ${reason}`);
    case 'GrantRefused':
      return say('no grant', 'warn', `${String(data.voter)} ${reason}`);
    case 'VoteCast':
      return say(
        'vote',
        data.drain === true ? 'warn' : 'good',
        `${String(data.voter)} ${data.drain === true ? 'drains' : 'withdraws'} ${String(data.region)}: ${reason}`,
      );
    case 'StepApplied':
      return say('apply', 'plain', `${step}: ${reason}`);
    case 'StepLooked':
      return say('look', 'quiet', `${step}: ${String(data.verdict)}; ${reason}`);
    case 'StepVerified':
      return say(`${data.verdict === 'pass' ? 'PASS' : 'FAIL'}`, data.verdict === 'pass' ? 'good' : 'bad', `${step}: ${reason}`);
    case 'UndoApplied':
      return say('undo', 'warn', `${step}: ${reason}`);
    case 'UndoVerified':
      return say(data.verdict === 'pass' ? 'UNDONE' : 'undo FAIL', data.verdict === 'pass' ? 'good' : 'bad', `${step}: ${reason}`);
    case 'AnswersChanged':
      return say('DNS', 'warn');
    case 'OutcomeRecorded':
      return say(
        String(data.state).toUpperCase(),
        data.state === 'verified' ? 'good' : 'warn',
        `${String(data.action)} in ${String(data.seconds)} s: ${reason}`,
      );
    case 'TargetFrozen':
    case 'RunClaimed':
    case 'Superseded':
    case 'BreakerChanged':
    case 'SwitchChanged':
    case 'Abstained':
    case 'Trusted':
    case 'AnomalyFlagged':
    case 'ApprovalRequested':
    case 'ApprovalDecided':
      return say(kind, 'warn', `${subject}: ${reason}`);
    case 'FunctionFailed':
      return say('DEFECT', 'bad');
    case 'Notified':
      return say(data.page === true ? 'PAGED' : 'told', data.page === true ? 'bad' : 'quiet', `${String(data.title)}: ${reason}`);
    default:
      return null;
  }
}

const timeWidth = 9;
const regionWidth = 11;
const wordWidth = 11;

/** A line per transition: seconds since the fault (before it: since the start), the region that says it, what it is, and why. */
export function createTerminal(parts: TerminalParts): (entry: TimelineEntry) => void {
  const paint = (tone: Tone, text: string) => (parts.colour && tone !== 'plain' ? `${codes[tone]}${text}\x1b[0m` : text);
  let zero = parts.startedAt;
  let faulty = false;
  let standing = 0;
  let last = '';
  return (entry) => {
    const line = lineOf(entry);
    if (line === null) return;
    if (entry.kind === 'FaultBegan' && standing === 0) {
      faulty = true;
      zero = entry.at;
    }
    if (entry.kind === 'FaultBegan' && entry.subject !== 'unit-crash') standing++;
    if (entry.kind === 'FaultEnded') standing--;
    // The same look again and again is said once.
    const same = `${entry.region} ${line.word} ${line.text.replace(/\d+(\.\d+)?/g, '#')}`;
    if (line.word === 'look' && same === last) return;
    if (line.word === 'look') last = same;
    const seconds = `${faulty ? '+' : '·'}${((entry.at - zero) / 1000).toFixed(1)} s`.padStart(timeWidth);
    const room = Math.max(40, parts.columns - timeWidth - regionWidth - wordWidth - 3);
    const [text = ''] = line.text.split('\n');
    const shown = text.length > room ? `${text.slice(0, room - 1)}…` : text;
    parts.write(
      `${seconds} ${entry.region.padEnd(regionWidth)} ${paint(line.tone, line.word.padEnd(wordWidth))} ${paint(line.tone === 'quiet' ? 'quiet' : 'plain', shown)}\n`,
    );
  };
}
