import { setImmediate } from 'node:timers';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CampaignReport, runCampaigns } from '../../simulator/trials/campaign.ts';
import { trialCases } from '../../simulator/trials/cases.ts';
import { answers, deaths, type Interference } from '../../simulator/trials/interference.ts';
import { emptyCells, tableOf } from '../../simulator/trials/table.ts';
import { runTrial } from '../../simulator/trials/trial.ts';
import { machines } from './explorer.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** One plan for each machine; `evenkeel trials` takes all cases and every call. */
const names = [
  'failover with a switchover',
  'failback',
  'shift in a ramp',
  'scale units',
  'restart',
  'rollback',
  'rollout',
  'script',
  'respond',
];
const cases = trialCases.filter((each) => names.includes(each.name));

describe('what is done to a run, at a sample of all places', () => {
  let report: CampaignReport;
  beforeAll(async () => {
    report = await runCampaigns(cases, { machines, settle, campaigns: ['kill', 'answers', 'twice'], every: 97 });
    // The table of counts is what this test has to show.
    process.stdout.write(tableOf(report));
  }, 120_000);

  it('never breaks a promise: it ends verified, as it was before, or escalated with the target frozen', () => {
    expect(report.broken.map((trial) => [trial.case, trial.interference, trial.problems])).toEqual([]);
  });

  it('leaves no cell of machine, step and answer empty', () => {
    const steps = report.rows.filter((row) => row.step !== '-');
    expect(emptyCells(steps, [...answers, ...deaths])).toEqual([]);
  });

  it('takes back what it can reach: a region that lost its executions escalates nothing', () => {
    // A failback's undo asks the voters for a drain under the claim of the dead executor, which they refuse to a successor.
    // A responder whose action was taken back goes to the last level of its playbook, which pages: its incident ends escalated by design.
    const rows = report.rows.filter((row) => row.what === 'machines' && row.machine !== 'failback' && row.machine !== 'respond');
    expect(rows.filter((row) => row.escalated > 0)).toEqual([]);
  });

  it('has all three ends: trials in which everything is escalated would prove little', () => {
    const sum = (end: 'verified' | 'undone' | 'escalated') => report.rows.reduce((total, row) => total + row[end], 0);
    expect(Math.min(sum('verified'), sum('undone'), sum('escalated'))).toBeGreaterThan(0);
  });
});

describe.each(trialCases.map((each) => [each.name, each] as const))('%s', (_name, given) => {
  it('is verified when nobody interferes, and taken back or escalated when its last step never proves itself', async () => {
    const well = await runTrial(given, { machines, settle });
    expect([well.end, well.problems]).toEqual(['verified', []]);
    const sabotaged = await runTrial(given, { machines, settle, sabotaged: true });
    expect(['undone', 'escalated']).toContain(sabotaged.end);
    expect(sabotaged.problems).toEqual([]);
  });
});

describe('bugs that the whole table of trials found', () => {
  const caseOf = (name: string) => trialCases.filter((each) => each.name === name);
  const problemsOf = async (name: string, interference: Interference) => {
    const [given] = caseOf(name);
    if (given === undefined) throw new Error(`there is no case ${name}`);
    const { struck, problems } = await runTrial(given, { machines, settle, sabotaged: true, interference });
    return [struck, problems];
  };

  it('a region that is lost after it ended a run, and before people have it, leaves nobody untold', async () => {
    const [given] = caseOf('failover by objects');
    if (given === undefined) throw new Error('there is no such case');
    const { calls } = await runTrial(given, { machines, settle, sabotaged: true });
    const first = calls.findIndex((call) => call.function === 'learn');
    const ends: unknown[] = [];
    for (let call = first + 1; call <= calls.length; call += 1)
      ends.push(await problemsOf('failover by objects', { kind: 'kill', what: 'region', call, stage: 'after' }));
    expect(ends).toEqual(ends.map(() => [true, []]));
  });

  it('a table that never answers while a target is to be frozen has it frozen by the sweeper', async () => {
    const on = { step: '-', operation: 'freeze', port: 'store', method: 'get' };
    expect(await problemsOf('script without an undo', { kind: 'answer', on, answer: 'late', always: true })).toEqual([true, []]);
  });

  it.each(['refuse', 'crash'] as const)('an incident whose every responder ends in a %s is given to people', async (answer) => {
    const on = { step: '-', operation: 'escalate', port: 'store', method: 'get' };
    expect(await problemsOf('respond', { kind: 'answer', on, answer, always: true })).toEqual([true, []]);
  });
});
