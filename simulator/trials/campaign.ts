import type { Observer as MachineObserver } from '../asl/types.ts';
import type { MachineSet } from '../host/machine-files.ts';
import type { TrialEnd } from './ending.ts';
import { type Answer, answers, type Death, deaths, type ExecutorCall, type Interference } from './interference.ts';
import { runTrial, type TrialReport } from './trial.ts';
import type { TrialCase } from './trial-case.ts';

export type CampaignName = 'kill' | 'answers' | 'twice';
export const campaignNames: readonly CampaignName[] = ['kill', 'answers', 'twice'];

export interface CampaignOptions {
  machines: MachineSet;
  settle: () => Promise<void>;
  campaigns: readonly CampaignName[];
  /** Of the trials of a campaign every n-th is run, the first of each step, death and answer always. 1: all of them. */
  every: number;
  /** Only the trials of one of several equal parts, for threads to share a case; absent: all of them. */
  part?: { index: number; of: number };
  onMachineEvent?: MachineObserver;
  /** Told of each trial as it ends. */
  onTrial?: (trial: CountedTrial) => void;
}

/** One trial of a campaign, with what it counts for. */
interface CountedTrial {
  case: string;
  machine: string;
  /** The step that was interfered with; a dash is the run as a whole. */
  step: string;
  /** What was done: a death, an answer, or what came twice. */
  what: string;
  sabotaged: boolean;
  interference: Interference;
  /** How many of the counted trials this one run stands for: those that cannot come out differently. */
  times: number;
  end: TrialEnd;
  problems: string[];
}

/** Counts of the ends of the trials of one machine, step and interference. `broken` counts trials in which a promise was. */
export interface Row {
  machine: string;
  step: string;
  what: string;
  trials: number;
  verified: number;
  undone: number;
  escalated: number;
  broken: number;
}

export const counted = ['trials', 'verified', 'undone', 'escalated', 'broken'] as const satisfies (keyof Row)[];

const rowKey = ({ machine, step, what }: Pick<Row, 'machine' | 'step' | 'what'>): string => [machine, step, what].join(' ');

export interface CampaignReport {
  /** All that were counted, and the worlds that were run for them. */
  trials: number;
  runs: number;
  rows: Row[];
  broken: CountedTrial[];
}

interface Planned {
  step: string;
  what: string;
  sabotaged: boolean;
  interference: Interference;
  times: number;
}

/** Runs the campaigns over the cases, one trial after the other, and counts. */
export async function runCampaigns(cases: readonly TrialCase[], options: CampaignOptions): Promise<CampaignReport> {
  const rows = new Map<string, Row>();
  const broken: CountedTrial[] = [];
  let trials = 0;
  let runs = 0;
  for (const given of cases) {
    const well = await undisturbed(given, options, false);
    const sabotaged = await undisturbed(given, options, true);
    const planned = thinned(
      options.campaigns.flatMap((name) => plansOf[name](well, sabotaged)),
      options.every,
    ).filter((_, index) => options.part === undefined || index % options.part.of === options.part.index);
    for (const plan of planned) {
      const report = await runTrial(given, { ...shared(options), ...plan, goal: well.world });
      // The call was not made this time: an answer before it changed the way. Nothing was interfered with, nothing is counted.
      if (!report.struck) continue;
      trials += plan.times;
      runs += 1;
      const trial: CountedTrial = { case: given.name, machine: given.machine, ...plan, end: report.end, problems: report.problems };
      count(rows, trial);
      if (trial.problems.length > 0) broken.push(trial);
      options.onTrial?.(trial);
    }
  }
  return { trials, runs, rows: [...rows.values()], broken };
}

/** What several threads have counted, as one. The order of the reports is that of the rows. */
export function mergedReports(reports: readonly CampaignReport[]): CampaignReport {
  const rows = new Map<string, Row>();
  for (const row of reports.flatMap((report) => report.rows)) {
    const key = rowKey(row);
    const known = rows.get(key);
    if (known === undefined) rows.set(key, { ...row });
    else for (const column of counted) known[column] += row[column];
  }
  return {
    trials: reports.reduce((sum, { trials }) => sum + trials, 0),
    runs: reports.reduce((sum, { runs }) => sum + runs, 0),
    rows: [...rows.values()],
    broken: reports.flatMap((report) => report.broken),
  };
}

/** The run that nobody interferes with. Throws when even that is not as it should be: nothing could be learned from the others. */
async function undisturbed(given: TrialCase, options: CampaignOptions, sabotaged: boolean): Promise<TrialReport> {
  const report = await runTrial(given, { ...shared(options), sabotaged });
  const end = sabotaged ? report.end !== 'verified' : report.end === 'verified';
  if (!end || report.problems.length > 0)
    throw new Error(`${given.name}, ${sabotaged ? 'sabotaged' : 'undisturbed'}, ends ${report.end}: ${report.problems.join('; ')}`);
  return report;
}

function shared({ machines, settle, onMachineEvent }: CampaignOptions) {
  return { machines, settle, ...(onMachineEvent === undefined ? {} : { onMachineEvent }) };
}

const plansOf: Record<CampaignName, (well: TrialReport, sabotaged: TrialReport) => Planned[]> = { kill, answers: answering, twice };

/** Deaths at every call and at every state of both runs; what both have in common is done once. */
function kill(well: TrialReport, sabotaged: TrialReport): Planned[] {
  const first = commonCalls(well, sabotaged);
  return deaths.flatMap((what) => [
    ...killsOf(well, what, 0, false),
    ...killsOf(sabotaged, what, first, true),
    ...statesOf(well, what, 0, false),
    ...statesOf(sabotaged, what, well.states, true),
  ]);
}

/**
 * To die before a call is to die after the one before it: between the two the executor only thinks. So there is one trial for each call,
 * after it, and one before the first. To die after a look into a table is to die after the call before it, in the same invocation and the
 * same moment, for a look changes nothing: one run counts for both.
 */
function killsOf({ calls }: TrialReport, what: Death, from: number, sabotaged: boolean): Planned[] {
  const planned: Planned[] = [];
  if (from === 0) planned.push({ step: '-', what, sabotaged, interference: { kind: 'kill', what, call: 1, stage: 'before' }, times: 1 });
  for (const [index, call] of calls.entries()) {
    if (index < from) continue;
    const last = planned.at(-1);
    if (last !== undefined && index > from && changesNothing(call, calls[index - 1])) last.times += 1;
    else
      planned.push({ step: call.step, what, sabotaged, interference: { kind: 'kill', what, call: index + 1, stage: 'after' }, times: 1 });
  }
  return planned;
}

function changesNothing({ port, method, invocation, at }: ExecutorCall, before: ExecutorCall | undefined): boolean {
  const isLook = (port === 'store' || port === 'peerStores') && (method === 'get' || method === 'query');
  return isLook && before?.invocation === invocation && before.at === at;
}

/** A process dies in a call, not between two states. */
function statesOf({ states }: TrialReport, what: Death, from: number, sabotaged: boolean): Planned[] {
  if (what === 'functions') return [];
  return Array.from({ length: Math.max(0, states - from) }, (_, index): Planned => {
    return { step: '-', what, sabotaged, interference: { kind: 'kill-at-state', what, state: from + index + 1 }, times: 1 };
  });
}

function commonCalls(a: TrialReport, b: TrialReport): number {
  const different = a.calls.findIndex((call, index) => signature(call) !== signature(b.calls[index]));
  return different < 0 ? a.calls.length : different;
}

/** Every answer to every kind of call that a step makes: once, and always. */
function answering(well: TrialReport, sabotaged: TrialReport): Planned[] {
  const seen = new Set<string>();
  return [...well.calls.map((call) => ({ call, sabotaged: false })), ...sabotaged.calls.map((call) => ({ call, sabotaged: true }))].flatMap(
    ({ call, sabotaged }) => {
      const key = signature(call);
      if (call.port === 'clock' || seen.has(key)) return [];
      seen.add(key);
      return answers.flatMap((answer) => [answered(call, answer, false, sabotaged), answered(call, answer, true, sabotaged)]);
    },
  );
}

function answered({ step, operation, port, method }: ExecutorCall, answer: Answer, always: boolean, sabotaged: boolean): Planned {
  return {
    step,
    what: answer,
    sabotaged,
    interference: { kind: 'answer', on: { step, operation, port, method }, answer, always },
    times: 1,
  };
}

function signature(call: ExecutorCall | undefined): string {
  return call === undefined ? '' : [call.function, call.operation, call.step, call.port, call.method].join(' ');
}

function twice(): Planned[] {
  const kinds: [string, Interference][] = [
    ['started twice', { kind: 'start-twice' }],
    ['invoked twice', { kind: 'invoke-twice', atOnce: false }],
    ['invoked twice at once', { kind: 'invoke-twice', atOnce: true }],
    ['messages twice', { kind: 'messages-twice' }],
  ];
  return kinds.flatMap(([what, interference]) =>
    [false, true].map((sabotaged) => ({ step: '-', what, sabotaged, interference, times: 1 })),
  );
}

function thinned(planned: readonly Planned[], every: number): Planned[] {
  const seen = new Set<string>();
  return planned.filter(({ step, what }, index) => {
    const isFirst = !seen.has(`${step} ${what}`);
    seen.add(`${step} ${what}`);
    return isFirst || index % every === 0;
  });
}

function count(rows: Map<string, Row>, { machine, step, what, end, problems, times }: CountedTrial): void {
  const key = rowKey({ machine, step, what });
  const row = rows.get(key) ?? { machine, step, what, trials: 0, verified: 0, undone: 0, escalated: 0, broken: 0 };
  rows.set(key, row);
  row.trials += times;
  if (end === 'verified' || end === 'escalated') row[end] += times;
  else if (end === 'undone' || end === 'refused') row.undone += times;
  if (problems.length > 0) row.broken += times;
}
