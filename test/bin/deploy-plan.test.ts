import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DeployPorts, drive, foreseenSteps } from '../../bin/deploy/drive.ts';
import { type DeployState, foretell, type Goal, planDeployment, type StackState, type Step } from '../../bin/deploy/plan.ts';

const names = ['us-east-1', 'eu-west-1', 'us-west-2'];

const nothing: DeployState = {
  regions: names.map((name) => ({ name, bootstrapped: false, data: 'absent', region: 'absent', heard: [] })),
  checks: 'absent',
  groups: [{ name: 'checkout', ownedElsewhere: false, attached: 'none', healthyMinutes: 0 }],
  open: [],
};

const everything: DeployState = {
  regions: names.map((name) => ({ name, bootstrapped: true, data: 'current', region: 'current', heard: names })),
  checks: 'current',
  groups: [{ name: 'checkout', ownedElsewhere: false, attached: 'all', healthyMinutes: 3 }],
  open: [],
};

const short = (step: Step): string =>
  [step.kind, 'stack' in step && step.stack, 'until' in step && step.until, 'group' in step && step.group, 'region' in step && step.region]
    .filter((part) => typeof part === 'string')
    .join(' ');

describe('the plan of a deployment', () => {
  it('bootstraps all, takes one region after the other, hears them, makes checks, waits, attaches', () => {
    expect(foreseenSteps(nothing, 'deployed').map(short)).toEqual([
      'bootstrap us-east-1',
      'bootstrap eu-west-1',
      'bootstrap us-west-2',
      ...names.flatMap((name) => [`deploy data ${name}`, `deploy region ${name}`, `wait watching ${name}`]),
      'wait heartbeats',
      'deploy checks',
      'wait healthy',
      'attach checkout',
      'done',
    ]);
  });

  it('has nothing to do where everything is current', () => {
    expect(planDeployment(everything, 'deployed')).toEqual({ kind: 'done', notes: [] });
  });

  it('upgrades region by region and leaves the records on checks that did not change', () => {
    const older = { ...everything, regions: everything.regions.map((each) => ({ ...each, region: 'stale' as const })) };
    expect(foreseenSteps(older, 'deployed').map(short)).toEqual([...names.map((name) => `deploy region ${name}`), 'done']);
  });

  it('takes the records off before it changes the checks under them, and puts them back after three healthy minutes', () => {
    expect(foreseenSteps({ ...everything, checks: 'stale' }, 'deployed').map(short)).toEqual([
      'detach checkout',
      'deploy checks',
      'wait healthy',
      'attach checkout',
      'done',
    ]);
  });

  it('finishes an attach that was begun', () => {
    const partly = { ...everything, groups: everything.groups.map((group) => ({ ...group, attached: 'partly' as const })) };
    expect(foreseenSteps(partly, 'deployed').map(short)).toEqual(['attach checkout', 'done']);
  });

  it('never writes records that others own, but waits for the checks and says whose turn it is', () => {
    const elsewhere = { ...nothing, groups: nothing.groups.map((group) => ({ ...group, ownedElsewhere: true })) };
    const steps = foreseenSteps(elsewhere, 'deployed');
    expect(steps.map(short)).not.toContain('attach checkout');
    expect(steps.at(-2)).toMatchObject({ kind: 'wait', until: 'healthy' });
    expect(steps.at(-1)).toMatchObject({ kind: 'done', notes: [expect.stringContaining('checkout')] });
  });

  it('deploys a single region without any check', () => {
    const single: DeployState = { ...nothing, regions: nothing.regions.slice(0, 1), checks: 'unneeded', groups: [] };
    expect(foreseenSteps(single, 'deployed').map(short)).toEqual([
      'bootstrap us-east-1',
      'deploy data us-east-1',
      'deploy region us-east-1',
      'wait watching us-east-1',
      'done',
    ]);
  });

  it('refuses to change anything while a run or a drain is open, and says which', () => {
    const open = { ...everything, checks: 'stale' as const, open: ['failover p1 is running in eu-west-1'] };
    expect(planDeployment(open, 'deployed')).toMatchObject({ kind: 'refused', reason: expect.stringContaining('failover p1') });
    expect(planDeployment({ ...everything, open: open.open }, 'removed').kind).toBe('refused');
    expect(planDeployment({ ...everything, open: open.open }, 'deployed').kind).toBe('done');
  });

  it('refuses a stack that CloudFormation will not update, and records that it does not know', () => {
    expect(planDeployment({ ...everything, checks: 'broken' }, 'deployed')).toMatchObject({ kind: 'refused' });
    const strange = everything.groups.map((group) => ({ ...group, attached: 'none' as const, obstacle: 'answers with 192.0.2.99' }));
    expect(planDeployment({ ...everything, groups: strange }, 'deployed')).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('192.0.2.99'),
    });
  });
});

describe('the plan of a removal', () => {
  it('detaches, deletes the checks, destroys the regions in reverse, and says that the tables are kept', () => {
    const steps = foreseenSteps(everything, 'removed');
    expect(steps.map(short)).toEqual([
      'detach checkout',
      'destroy checks',
      ...names.toReversed().map((name) => `destroy region ${name}`),
      'done',
    ]);
    expect(steps.at(-1)).toMatchObject({ notes: [expect.stringContaining('us-east-1, eu-west-1, us-west-2')] });
  });

  it('asks first whether the records of others still hang on the checks', () => {
    const elsewhere = { ...everything, groups: [{ name: 'web', ownedElsewhere: true, attached: 'none' as const, healthyMinutes: 9 }] };
    expect(planDeployment(elsewhere, 'removed')).toMatchObject({ kind: 'refused', reason: expect.stringContaining('--records-released') });
    expect(short(planDeployment({ ...elsewhere, recordsReleased: true }, 'removed'))).toBe('destroy checks');
  });

  it('gets rid of what a failed deployment left', () => {
    const left = { ...nothing, regions: nothing.regions.map((each) => ({ ...each, region: 'broken' as const })) };
    expect(foreseenSteps(left, 'removed').map(short)).toEqual([...names.toReversed().map((name) => `destroy region ${name}`), 'done']);
  });
});

const stack = fc.constantFrom<StackState>('absent', 'busy', 'stale', 'current');
const states: fc.Arbitrary<DeployState> = fc.record({
  regions: fc.tuple(
    ...names.map((name) =>
      fc.record({
        name: fc.constant(name),
        bootstrapped: fc.boolean(),
        data: stack,
        region: stack,
        heard: fc.subarray(names),
      }),
    ),
  ),
  checks: stack,
  groups: fc.array(
    fc.record({
      name: fc.constantFrom('checkout', 'web'),
      ownedElsewhere: fc.boolean(),
      attached: fc.constantFrom('none', 'partly', 'all'),
      healthyMinutes: fc.nat(5),
    }),
    { maxLength: 2 },
  ),
  open: fc.constantFrom([], [], ['a drain stands']),
  recordsReleased: fc.boolean(),
});

describe('from whatever state', () => {
  it.each<Goal>(['deployed', 'removed'])('it ends, %s or refused, and no step endangers an answer', (goal) => {
    fc.assert(
      fc.property(states, (start) => {
        let state = start;
        for (let steps = 0; ; steps += 1) {
          expect(steps).toBeLessThan(60);
          const step = planDeployment(state, goal);
          if (step.kind === 'done' || step.kind === 'refused') break;
          expectSafe(state, step);
          state = foretell(state, step);
        }
      }),
    );
  });
});

function expectSafe(state: DeployState, step: Step): void {
  const attached = state.groups.some((group) => group.attached !== 'none' && !group.ownedElsewhere);
  if (step.kind !== 'wait') {
    expect(state.open).toEqual([]);
    expect([state.checks, ...state.regions.flatMap(({ data, region }) => [data, region])]).not.toContain('busy');
  }
  if ((step.kind === 'deploy' || step.kind === 'destroy') && step.stack === 'checks') expect(attached).toBe(false);
  if (step.kind === 'attach') {
    expect(state.checks).toBe('current');
    expect(state.groups.find(({ name }) => name === step.group)?.healthyMinutes).toBeGreaterThanOrEqual(3);
  }
  if (step.kind === 'deploy') expect(state.regions.every(({ bootstrapped }) => bootstrapped)).toBe(true);
  if (step.kind === 'deploy' && step.stack === 'region') {
    const before = state.regions.slice(0, names.indexOf(step.region ?? ''));
    for (const { name, region, heard } of before) expect([region, heard.includes(name)]).toEqual(['current', true]);
  }
  if (step.kind === 'destroy') expect(attached).toBe(false);
}

/** AWS as the plan sees it: each call does what it says, unless it is told to fail before or after having done it. */
class FakeAws {
  state: DeployState;
  calls: string[] = [];
  lines: string[] = [];
  #now = 0;
  #left: number;
  readonly #effect: boolean;
  readonly #goal: Goal;

  constructor(state: DeployState, goal: Goal, failAt = Number.POSITIVE_INFINITY, effect = false) {
    this.state = state;
    this.#goal = goal;
    this.#left = failAt;
    this.#effect = effect;
  }

  ports(): DeployPorts {
    const take = async (step: Step) => {
      this.#left -= 1;
      if (this.#left < 0 && !this.#effect) throw new Error('the machine went away');
      this.calls.push(short(step));
      this.state = foretell(this.state, step);
      if (this.#left < 0) throw new Error('the machine went away');
    };
    return {
      clock: {
        now: () => this.#now,
        sleep: async (ms) => {
          this.#now += ms;
          const step = planDeployment(this.state, this.#goal);
          if (step.kind === 'wait' && this.#now % 60_000 === 0) this.state = foretell(this.state, step);
        },
      },
      read: async () => this.state,
      bootstrap: (region) => take({ kind: 'bootstrap', region }),
      deploy: (kind, region) => take({ kind: 'deploy', stack: kind, ...(region !== undefined && { region }) }),
      destroy: (kind, region) => take({ kind: 'destroy', stack: kind, ...(region !== undefined && { region }) }),
      attach: (group) => take({ kind: 'attach', group }),
      detach: (group) => take({ kind: 'detach', group }),
      tell: (line) => this.lines.push(line),
    };
  }
}

const never = new AbortController().signal;

describe('the driver', () => {
  const goals: [Goal, DeployState, number][] = [
    ['deployed', nothing, 11],
    ['removed', everything, 5],
  ];
  const crashes = goals.flatMap(([goal, start, changes]) =>
    Array.from({ length: changes }, (_, at) => [false, true].map((effect) => ({ goal, start, at, effect }))).flat(),
  );

  it.each(crashes)(
    '$goal: dies at change $at (done by then: $effect), and the next run ends where one run would have',
    async ({ goal, start, at, effect }) => {
      const straight = new FakeAws(start, goal);
      await drive(straight.ports(), goal, never);
      const first = new FakeAws(start, goal, at, effect);
      await expect(drive(first.ports(), goal, never)).rejects.toThrow('the machine went away');
      const second = new FakeAws(first.state, goal);
      expect((await drive(second.ports(), goal, never)).kind).toBe('done');
      expect([...first.calls, ...second.calls]).toEqual(straight.calls);
      expect(second.state).toEqual(straight.state);
    },
  );

  it('tells each step with the time that has gone by', async () => {
    const aws = new FakeAws(nothing, 'deployed');
    await drive(aws.ports(), 'deployed', never);
    expect(aws.lines[0]).toBe('  0:00  bootstrap us-east-1');
    expect(aws.lines.at(-1)).toMatch(/^ +\d+:\d\d {2}attach the records of checkout/);
  });

  it('stops between two steps when it is told to', async () => {
    const stop = new AbortController();
    const aws = new FakeAws(nothing, 'deployed');
    const ports = aws.ports();
    const bootstrap = (region: string) => {
      stop.abort();
      return ports.bootstrap(region);
    };
    const ending = await drive({ ...ports, bootstrap }, 'deployed', stop.signal);
    expect(ending.kind).toBe('stopped');
    expect(aws.calls).toEqual(['bootstrap us-east-1']);
  });

  it('gives up on a region that never speaks, and says what it waited for', async () => {
    const silent = { ...everything, regions: everything.regions.map((each) => ({ ...each, heard: ['us-east-1'] })) };
    const aws = new FakeAws(silent, 'deployed');
    const ports = aws.ports();
    const ending = await drive({ ...ports, read: async () => silent }, 'deployed', never);
    expect(ending).toMatchObject({ kind: 'stuck', reason: expect.stringContaining('eu-west-1') });
    expect(aws.calls).toEqual([]);
  });
});
