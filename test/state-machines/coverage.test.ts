import { describe, expect, it } from 'vitest';
import { allStates, Coverage } from '../../simulator/asl/coverage.ts';
import { type Answer, type Exploration, explore, machines, type Script, untaken } from './explorer.ts';
import { except, well } from './scripts.ts';

const actions = ['failover', 'failback', 'shift', 'scale', 'restart', 'rollback', 'rollout', 'script'];
const codes = ['ok', 'pass', 'fail', 'inconclusive', 'refused', 'superseded'];

/** Names of the tasks that call functions, in the order of the file. */
function functionTasks(name: string): string[] {
  const machine = machines.get(name);
  if (machine === undefined) throw new Error(`there is no machine ${name}`);
  return allStates(machine).flatMap((state) => (state.type === 'Task' && state.resource.service === 'lambda' ? [state.name] : []));
}

const stateOf = ({ output }: Exploration) => (output as { state?: string } | undefined)?.state;

describe.each(actions)('%s', (name) => {
  it('ends verified when every step proves itself, and undoes nothing', async () => {
    const run = await explore(name, well);
    expect([run.status, stateOf(run), run.started]).toEqual(['SUCCEEDED', 'verified', [name]]);
  });

  it('hands over to undo, with its own plan and epoch, whichever step is refused or fails', async () => {
    const body = functionTasks(name).filter((task) => /^(Intend|Verify) /.test(task));
    for (const state of body) {
      for (const code of ['refused', 'fail', 'superseded']) {
        const run = await explore(name, except(state, { code }));
        expect([state, code, run.started, stateOf(run)]).toEqual([state, code, [name, 'undo'], 'undone']);
        const judged = run.payloads.find((payload) => payload.operation === 'judge');
        expect(judged).toMatchObject({ planId: 'plan-1', epoch: 1 });
      }
    }
  });

  it('hands over to undo when any function of the body dies, and does not try it again', async () => {
    const body = functionTasks(name).filter((task) => !task.startsWith('Record'));
    for (const state of body) {
      const run = await explore(name, except(state, { error: 'Lambda.Unknown' }));
      expect([state, run.started, stateOf(run), run.tasks.filter((task) => task === state).length]).toEqual([
        state,
        [name, 'undo'],
        'undone',
        1,
      ]);
    }
  });

  it('gives up a step that stays inconclusive for ever', async () => {
    for (const state of functionTasks(name).filter((task) => task.startsWith('Verify '))) {
      const run = await explore(name, except(state, { code: 'inconclusive' }));
      expect([state, stateOf(run)]).toEqual([state, 'undone']);
    }
  });
});

const refusedFreeze: Script = (call) =>
  call.state === 'Verify undo' ? { code: 'fail' } : call.state === 'Freeze target' ? { code: 'refused' } : well(call);

describe('undo', () => {
  it.each([
    ['Judge journal', { code: 'refused' }],
    ['Find last open step', { code: 'fail' }],
    ['Undo step', { code: 'refused' }],
    ['Verify undo', { code: 'fail' }],
    ['Verify undo', { code: 'inconclusive' }],
    ['Verify undo', { error: 'Lambda.Unknown' }],
  ] satisfies [string, Answer][])('freezes the target and escalates when %s answers %j', async (state, answer) => {
    const run = await explore('undo', except(state, answer));
    expect(stateOf(run)).toBe('escalated');
    expect(run.tasks).toContain('Freeze target');
    expect(run.payloads.at(-1)).toMatchObject({ operation: 'close', state: 'escalated' });
  });

  it('goes on when a function dies once: an undo may be tried again', async () => {
    const run = await explore('undo', (call) => (call.state === 'Undo step' && call.nth === 0 ? { error: 'Lambda.Unknown' } : well(call)));
    expect(stateOf(run)).toBe('undone');
  });

  it('leaves a run alone whose every step is committed', async () => {
    const run = await explore('undo', except('Judge journal', { code: 'pass' }));
    expect(stateOf(run)).toBe('verified');
    expect(run.tasks).not.toContain('Undo step');
  });

  it('asks again when the freeze is refused, six times, and then tells people all the same', async () => {
    const run = await explore('undo', refusedFreeze);
    expect(run.tasks.filter((task) => task === 'Freeze target')).toHaveLength(6);
    expect(stateOf(run)).toBe('escalated');
  });
});

const approving =
  (answer: Answer): Script =>
  (call) =>
    call.state === 'Plan remediation' ? { code: 'approve', waitSeconds: 900 } : call.state === 'Ask approval' ? answer : well(call);

/** A person agrees, and the look after it answers so. */
const approvedAnd =
  (again: Answer): Script =>
  (call) =>
    call.state === 'Look again' ? again : approving({ code: 'ok' })(call);

describe('respond', () => {
  const planned = (fields: Record<string, string>) => except('Plan remediation', { code: 'ok', ...fields });

  it.each(['failover', 'shift', 'scale', 'restart', 'rollback', 'script'])(
    'runs %s when that is planned, and resolves',
    async (machine) => {
      const run = await explore('respond', planned({ machine }), undefined, { [machine]: 'verified' });
      expect([run.started, stateOf(run)]).toEqual([['respond', machine], 'resolved']);
    },
  );

  it.each([
    ['a machine that nobody knows', planned({ machine: 'dance' }), 'escalated'],
    ['nothing left to try', except('Plan remediation', { code: 'refused' }), 'escalated'],
    ['an observed decision', except('Plan remediation', { code: 'observed' }), 'escalated'],
    ['somebody else who has it', except('Plan remediation', { code: 'superseded' }), 'superseded'],
    ['an incident that is not ours', except('Claim incident', { code: 'superseded' }), 'superseded'],
    ['symptoms that are somebody else’s', except('Verify symptoms', { code: 'superseded' }), 'superseded'],
  ] as const)('ends with %s', async (_what, script, state) => {
    const run = await explore('respond', script, undefined, { failover: 'verified' });
    expect(stateOf(run)).toBe(state);
  });

  it('escalates when an action had to be escalated, and when its machine fails', async () => {
    expect(stateOf(await explore('respond', well, undefined, { failover: 'escalated' }))).toBe('escalated');
    expect(stateOf(await explore('respond', well, undefined, { failover: '!' }))).toBe('escalated');
  });

  it('plans again while symptoms stay, twelve times, and then gives the incident to people', async () => {
    const run = await explore('respond', except('Verify symptoms', { code: 'inconclusive' }), undefined, { failover: 'verified' });
    expect(run.tasks.filter((task) => task === 'Plan remediation')).toHaveLength(12);
    expect(stateOf(run)).toBe('escalated');
  });

  it('starts the machine only after a yes, and records a run that nobody approved as refused', async () => {
    const yes = await explore('respond', approving({ code: 'ok' }), undefined, { failover: 'verified' });
    expect(yes.started).toEqual(['respond', 'failover']);
    const no = await explore('respond', approving({ code: 'refused' }));
    expect([no.started, stateOf(no)]).toEqual([['respond'], 'escalated']);
    const silent = await explore('respond', approving({ error: 'Lambda.Unknown' }));
    expect(silent.tasks).toContain('Refuse run');
    expect([silent.started, stateOf(silent)]).toEqual([['respond'], 'escalated']);
  });

  it.each([
    ['over', 'pass', ['Withdraw run', 'Resolve incident'], 'resolved'],
    ['somebody else’s', 'superseded', [], 'superseded'],
  ] as const)('looks again after a yes, and starts nothing for what is %s by then', async (_what, code, tasks, state) => {
    const run = await explore('respond', approvedAnd({ code }));
    expect([run.started, run.tasks.slice(run.tasks.indexOf('Look again') + 1), stateOf(run)]).toEqual([['respond'], tasks, state]);
  });
});

describe('every state, every branch of a Choice and every Catch is executed', () => {
  it.each([...actions, 'undo'])('in %s', async (name) => {
    const coverage = new Coverage();
    await explore(name, well, coverage);
    for (const state of functionTasks(name)) {
      for (const code of codes) {
        await explore(name, except(state, { code }), coverage);
        await explore(name, (call) => (call.state === state && call.nth === 0 ? { code } : well(call)), coverage);
      }
      await explore(name, except(state, { error: 'Lambda.Unknown' }), coverage);
    }
    await explore(name, refusedFreeze, coverage);
    expect(untaken(coverage, name)).toEqual([]);
  });

  it('in respond', async () => {
    const coverage = new Coverage();
    const outcomes = ['verified', 'undone', 'escalated', '!'];
    for (const machine of ['failover', 'shift', 'scale', 'restart', 'rollback', 'script', 'dance'])
      for (const outcome of outcomes)
        await explore('respond', except('Plan remediation', { code: 'ok', machine }), coverage, { [machine]: outcome });
    for (const state of functionTasks('respond')) {
      for (const code of [...codes, 'approve', 'wait', 'observed']) {
        await explore('respond', except(state, { code }), coverage, { failover: 'verified' });
        await explore('respond', (call) => (call.state === state && call.nth === 0 ? { code } : well(call)), coverage, {
          failover: 'undone',
        });
      }
      await explore('respond', except(state, { error: 'Lambda.Unknown' }), coverage, { failover: 'verified' });
    }
    for (const answer of [{ code: 'ok' }, { code: 'refused' }, { error: 'Lambda.Unknown' }])
      await explore('respond', approving(answer), coverage, { failover: 'verified' });
    for (const code of codes) await explore('respond', approvedAnd({ code }), coverage, { failover: 'verified' });
    expect(untaken(coverage, 'respond')).toEqual([]);
  });
});
