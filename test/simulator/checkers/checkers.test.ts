import { describe, expect, it } from 'vitest';
import { bannedCalls } from '../../../simulator/checkers/banned-calls.ts';
import { beforeState } from '../../../simulator/checkers/before-state.ts';
import { budgets } from '../../../simulator/checkers/budgets.ts';
import { collapse } from '../../../simulator/checkers/collapse.ts';
import { frozen } from '../../../simulator/checkers/frozen.ts';
import { functionsStand } from '../../../simulator/checkers/functions-stand.ts';
import { incidentsKept } from '../../../simulator/checkers/incidents-kept.ts';
import { once } from '../../../simulator/checkers/once.ts';
import { servingRegions } from '../../../simulator/checkers/serving-regions.ts';
import { singleWriter } from '../../../simulator/checkers/single-writer.ts';
import { steady } from '../../../simulator/checkers/steady.ts';
import { verdicts } from '../../../simulator/checkers/verdicts.ts';
import type { PortCall } from '../../../simulator/host/fault-router.ts';
import { incidentItem, plan, plantedTruth, runItem, stepItem } from './truth.ts';

const minute = 60_000;

function capacityCall(over: Partial<PortCall> & { epoch?: number } = {}): PortCall {
  const { epoch = 1, ...rest } = over;
  const target = { service: 'checkout', region: 'eu-west-1' };
  return {
    at: minute,
    from: 'us-west-2',
    port: 'capacity',
    method: 'apply',
    api: { service: 'ecs', region: 'eu-west-1' },
    args: [target, { kind: 'count', desired: 8 }, { epoch, leaseUntil: 10 * minute }, { deadlineAt: 2 * minute }],
    answer: 'pass',
    ...rest,
  };
}

describe('serving-regions sees', () => {
  it('a drain that leaves nobody who serves', () => {
    const { watch, begin, vote, world } = plantedTruth();
    const checker = watch(servingRegions);
    begin({ at: 1, kind: 'region-unreachable', where: { region: 'eu-west-1' } }, 1);
    begin({ at: 1, kind: 'region-unreachable', where: { region: 'us-west-2' } }, 1);
    vote('eu-west-1', 'us-east-1', true, 2);
    vote('us-west-2', 'us-east-1', true, 2);
    // The vote objects of unreachable regions cannot be fetched: only when the way is free do they count.
    for (const fault of [...world.weather.standing]) world.end(fault, 2 * minute);
    begin({ at: 2, kind: 'http-errors', where: { service: 'checkout', region: 'eu-west-1' } }, 2);
    begin({ at: 2, kind: 'http-errors', where: { service: 'checkout', region: 'us-west-2' } }, 2);
    world.advance(4 * minute);
    expect(checker.violations).toMatchObject([{ reason: expect.stringContaining('none of eu-west-1, us-west-2 serves') }]);
  });

  it.each([
    { seconds: 20, seen: 0 },
    { seconds: 60, seen: 1 },
  ])('a drain when the others have failed for $seconds s: $seen, for it takes 30 s to find out', ({ seconds, seen }) => {
    const { watch, begin, vote, tell, world } = plantedTruth();
    const checker = watch(servingRegions);
    const votedAt = 3 * minute;
    const brokenAt = votedAt - seconds * 1000;
    world.advance(brokenAt - 1000);
    checker.onTick?.(brokenAt - 1000);
    for (const region of ['eu-west-1', 'us-west-2'])
      begin({ at: 1, kind: 'http-errors', where: { service: 'checkout', region } }, brokenAt / minute);
    world.advance(votedAt);
    checker.onTick?.(votedAt);
    for (const voter of ['eu-west-1', 'us-west-2']) vote(voter, 'us-east-1', true, votedAt / minute);
    tell(votedAt, 'VoteCast', 'group:checkout/us-east-1', { drain: true });
    world.advance(votedAt + 2 * minute);
    expect(checker.violations).toHaveLength(seen);
  });

  it('a service all of whose units we ejected, and not one that keeps some', () => {
    const { watch, world } = plantedTruth();
    const checker = watch(servingRegions);
    const units = world.service('checkout', 'us-east-1')?.capacity.units ?? [];
    for (const unit of units.slice(1)) unit.ejected = true;
    checker.onTick?.(minute);
    expect(checker.violations).toEqual([]);
    for (const unit of units) unit.ejected = true;
    checker.onTick?.(minute);
    expect(checker.violations).toHaveLength(1);
  });

  it('every region voted out, and a service scaled to nothing', () => {
    const { watch, vote, world } = plantedTruth();
    const checker = watch(servingRegions);
    const regions = ['us-east-1', 'eu-west-1', 'us-west-2'];
    for (const subject of regions) for (const voter of regions) if (voter !== subject) vote(voter, subject, true, 1);
    world.advance(4 * minute);
    expect(checker.violations).toContainEqual({
      at: expect.any(Number),
      reason: expect.stringContaining('every region of checkout is voted out'),
    });
    Object.assign(world.capacity.services['checkout/us-east-1'] ?? {}, { desired: 0 });
    checker.onTick?.(5 * minute);
    expect(checker.violations.at(-1)?.reason).toBe('checkout/us-east-1 was scaled to 0 units');
  });

  it('nothing wrong in a drain that others can serve', () => {
    const { watch, vote, world } = plantedTruth();
    const checker = watch(servingRegions);
    vote('eu-west-1', 'us-east-1', true, 1);
    vote('us-west-2', 'us-east-1', true, 1);
    world.advance(4 * minute);
    expect(world.answered('checkout', 4 * minute).has('us-east-1')).toBe(false);
    expect(checker.violations).toEqual([]);
  });
});

describe('single-writer sees', () => {
  it('one epoch that two regions write with', () => {
    const checker = singleWriter();
    checker.onCall?.(capacityCall());
    checker.onCall?.(capacityCall({ epoch: 2, from: 'eu-west-1' }));
    expect(checker.violations).toEqual([]);
    checker.onCall?.(capacityCall({ epoch: 2 }));
    expect(checker.violations).toHaveLength(1);
  });
});

describe('verdicts sees', () => {
  it('an applied step that nobody judged, and a verified run with a failed step', () => {
    const cases = [
      { run: { state: 'undone' as const }, step: {}, told: 'never judged' },
      { run: { state: 'verified' as const }, step: { verdict: 'fail' as const }, told: 'is verified, but its step' },
    ];
    for (const { run, step, told } of cases) {
      const { watch, store, truth } = plantedTruth();
      const checker = watch(() => verdicts(truth));
      for (const item of [runItem(run), stepItem(step)]) store(item.key, item.body);
      checker.onEnd?.(minute);
      expect(checker.violations).toMatchObject([{ reason: expect.stringContaining(told) }]);
    }
  });

  it.each([
    ['a proven step', { state: 'verified' as const }, { verdict: 'pass' as const }],
    ['a look that was begun when the run was lost', { state: 'undone' as const }, { step: 'recover', kind: 'confirm-recovery' }],
  ])('nothing wrong in %s', (_what, run, step) => {
    const { watch, store, truth } = plantedTruth();
    const checker = watch(() => verdicts(truth));
    for (const item of [runItem(run), stepItem(step)]) store(item.key, item.body);
    checker.onEnd?.(minute);
    expect(checker.violations).toEqual([]);
  });
});

describe('before-state sees', () => {
  it('a world that differs from what it was although the run says undone', () => {
    const { watch, tell, world } = plantedTruth();
    const checker = watch(beforeState);
    tell(minute, 'StepIntended', 'group:checkout/us-east-1', { plan });
    const capacity = world.capacity.services['checkout/eu-west-1'];
    if (capacity) capacity.desired = 9;
    tell(2 * minute, 'OutcomeRecorded', 'group:checkout/us-east-1', { plan, state: 'undone' });
    expect(checker.violations).toMatchObject([{ reason: expect.stringContaining('capacity of checkout/eu-west-1') }]);
  });

  it('what a run left behind though another one was at work on something else, and not what the other one may have done', () => {
    const { watch, tell, world } = plantedTruth();
    const checker = watch(beforeState);
    const desire = (key: string, desired: number) => Object.assign(world.capacity.services[key] ?? {}, { desired });
    tell(minute, 'StepIntended', 'checkout/eu-west-1', { plan });
    tell(minute, 'StepIntended', 'checkout/us-east-1', { plan: 'scale-other' });
    desire('checkout/eu-west-1', 9);
    // The other one's change is made and not yet told of when the first run ends.
    desire('checkout/us-east-1', 9);
    tell(2 * minute, 'OutcomeRecorded', 'checkout/eu-west-1', { plan, state: 'undone' });
    expect(checker.violations).toMatchObject([{ reason: expect.stringContaining('capacity of checkout/eu-west-1') }]);
  });

  it('a change that came after another run on the same target had ended', () => {
    const { watch, tell, world } = plantedTruth();
    const checker = watch(beforeState);
    tell(minute, 'StepIntended', 'checkout/eu-west-1', { plan: 'scale-other' });
    tell(minute, 'OutcomeRecorded', 'checkout/eu-west-1', { plan: 'scale-other', state: 'verified' });
    tell(2 * minute, 'StepIntended', 'checkout/eu-west-1', { plan });
    Object.assign(world.capacity.services['checkout/eu-west-1'] ?? {}, { desired: 9 });
    tell(3 * minute, 'OutcomeRecorded', 'checkout/eu-west-1', { plan, state: 'undone' });
    expect(checker.violations).toHaveLength(1);
  });

  it('a unit that a restart has left out, and not one that stands no more', () => {
    const { watch, tell, world } = plantedTruth();
    const checker = watch(beforeState);
    const service = world.capacity.services['checkout/eu-west-1'];
    const [first, second] = service?.units ?? [];
    if (service === undefined || first === undefined || second === undefined) throw new Error('the shop has units');
    first.ejected = true;
    tell(minute, 'StepIntended', 'checkout/eu-west-1', { plan: 'restart-1' });
    service.units = service.units.filter((unit) => unit !== first);
    tell(2 * minute, 'OutcomeRecorded', 'checkout/eu-west-1', { plan: 'restart-1', state: 'undone' });
    expect(checker.violations).toEqual([]);
    tell(3 * minute, 'StepIntended', 'checkout/eu-west-1', { plan: 'restart-2' });
    second.ejected = true;
    tell(4 * minute, 'OutcomeRecorded', 'checkout/eu-west-1', { plan: 'restart-2', state: 'undone' });
    expect(checker.violations).toMatchObject([{ reason: expect.stringContaining(`out by our hand is ${second.id}`) }]);
  });

  it('a refused run that has touched the world', () => {
    const { watch, store } = plantedTruth();
    const checker = watch(beforeState);
    for (const item of [runItem({ state: 'refused' }), stepItem({})]) store(item.key, item.body);
    checker.onEnd?.(minute);
    expect(checker.violations).toMatchObject([{ reason: `${plan} was refused, yet it has touched the world` }]);
  });

  it('an undone run one of whose steps has no proven undo', () => {
    const { watch, store } = plantedTruth();
    const checker = watch(beforeState);
    for (const item of [runItem({ state: 'undone' }), stepItem({ verdict: 'fail', state: 'failed' })]) store(item.key, item.body);
    checker.onEnd?.(minute);
    expect(checker.violations).toHaveLength(1);
  });
});

describe('budgets sees', () => {
  it.each([
    ['more incidents of a target answered in an hour than may be', 3],
    ['no fault in a playbook whose levels are all of one incident', 1],
  ])('%s', (_, incidents) => {
    const { watch, store } = plantedTruth();
    const checker = watch(budgets);
    for (const number of [1, 2, 3]) {
      const incidentId = `inc-${Math.min(number, incidents)}`;
      const run = runItem({ planId: `plan-${number}`, incidentId, state: 'verified', startedAt: number * minute });
      const step = stepItem({ plan: `plan-${number}`, verdict: 'pass' });
      store(run.key, run.body);
      store(step.key, step.body);
    }
    checker.onEnd?.(10 * minute);
    const reason = expect.stringContaining('3 incidents of group:checkout/us-east-1 were answered');
    expect(checker.violations).toMatchObject(incidents === 3 ? [{ reason }] : []);
  });

  it('more actions in an hour than there may be in all', () => {
    const { watch, store, truth } = plantedTruth();
    const checker = watch(budgets);
    const most = truth.config.policies.budgets.globalPerHour;
    for (let number = 0; number <= most; number++) {
      const target = { service: `service-${number}`, region: 'us-east-1' };
      const run = runItem({ planId: `plan-${number}`, action: 'scale', target, state: 'verified', startedAt: number });
      const step = stepItem({ plan: `plan-${number}`, verdict: 'pass' });
      for (const item of [run, step]) store(item.key, item.body);
    }
    checker.onEnd?.(10 * minute);
    expect(checker.violations).toMatchObject([{ reason: `${most + 1} actions in an hour; ${most} may be` }]);
  });

  it('two regions drained at once', () => {
    const { watch, vote, world } = plantedTruth();
    const checker = watch(budgets);
    for (const [voter, subject] of [
      ['eu-west-1', 'us-east-1'],
      ['us-west-2', 'us-east-1'],
      ['us-east-1', 'eu-west-1'],
      ['us-west-2', 'eu-west-1'],
    ] as const)
      vote(voter, subject, true, 1);
    world.advance(4 * minute);
    checker.onTick?.(4 * minute);
    expect(checker.violations).toMatchObject([{ reason: expect.stringContaining('at once') }]);
  });

  it('more units out by our hand than may be', () => {
    const { watch, world } = plantedTruth();
    const checker = watch(budgets);
    for (const region of ['us-east-1', 'eu-west-1'])
      for (const unit of world.service('checkout', region)?.capacity.units.slice(1) ?? []) unit.ejected = true;
    checker.onTick?.(minute);
    expect(checker.violations).toMatchObject([{ reason: expect.stringContaining('6 of 12 units') }]);
  });
});

describe('banned-calls sees', () => {
  it('a call into the impaired region, and a change of records in a failover', () => {
    const { watch, store } = plantedTruth();
    const checker = watch(bannedCalls);
    const run = runItem();
    store(run.key, run.body);
    checker.onCall?.(capacityCall());
    expect(checker.violations).toEqual([]);
    checker.onCall?.(capacityCall({ api: { service: 'ecs', region: 'us-east-1' } }));
    checker.onCall?.(capacityCall({ port: 'traffic', method: 'setWeights', api: { service: 'route53', region: 'us-east-1' }, args: [] }));
    expect(checker.violations).toHaveLength(2);
  });
});

describe('banned-calls tells', () => {
  it('a region that has come back while a run went on from one that is left again', () => {
    const { watch, store, tell } = plantedTruth();
    const checker = watch(bannedCalls);
    const run = runItem();
    store(run.key, run.body);
    const call = capacityCall({ api: { service: 'ecs', region: 'us-east-1' } });
    const outcome = (action: string, state: string) => tell(minute, 'OutcomeRecorded', 'group:checkout/us-east-1', { action, state });
    outcome('failback', 'verified');
    checker.onCall?.(call);
    expect(checker.violations).toEqual([]);
    outcome('failover', 'verified');
    checker.onCall?.(call);
    outcome('failback', 'undone');
    checker.onCall?.(call);
    expect(checker.violations).toHaveLength(2);
  });

  it('a copy of the run although another one is at work beside it, and not that one’s own', () => {
    const { watch, store } = plantedTruth();
    const checker = watch(bannedCalls);
    const other = runItem({ planId: 'scale-other', incidentId: 'inc-2', target: { service: 'checkout', region: 'us-west-2' }, avoid: [] });
    for (const run of [runItem(), other]) store(run.key, run.body);
    const put = (planId: string) => ({ args: [{ key: `run#${planId}`, body: {} }, 0] });
    const call = { port: 'peerStores', method: 'put', api: { service: 'dynamodb', region: 'us-east-1' } };
    checker.onCall?.(capacityCall({ ...call, ...put('scale-other') }));
    expect(checker.violations).toEqual([]);
    checker.onCall?.(capacityCall({ ...call, ...put(plan) }));
    expect(checker.violations).toHaveLength(1);
  });

  it('a claim of the run from that of one that ended a moment ago on the same target (soak seed 30723)', () => {
    const { watch, store } = plantedTruth();
    const checker = watch(bannedCalls);
    const run = runItem();
    store(run.key, run.body);
    const claim = (planId: string) => ['lease#group:checkout/us-east-1', 1, 0, `${planId}@us-west-2`];
    const call = { port: 'peerStores', method: 'claim', api: { service: 'dynamodb', region: 'us-east-1' } };
    checker.onCall?.(capacityCall({ ...call, args: claim('rollback-planted') }));
    expect(checker.violations).toEqual([]);
    checker.onCall?.(capacityCall({ ...call, args: claim(plan) }));
    expect(checker.violations).toHaveLength(1);
  });

  it('a person’s freeze, which goes everywhere, from one of evenkeel’s own, which stays out of the impaired region', () => {
    const { watch, store } = plantedTruth();
    const checker = watch(bannedCalls);
    const run = runItem();
    store(run.key, run.body);
    const key = 'switch#freeze:group:checkout/us-east-1';
    const freeze = (by: string) => ({ key, body: { on: true, by, at: 0, reason: 'planted' } });
    const call = { port: 'peerStores', method: 'put', api: { service: 'dynamodb', region: 'us-east-1' } };
    checker.onCall?.(capacityCall({ ...call, method: 'get', args: [key] }));
    checker.onCall?.(capacityCall({ ...call, args: [freeze('ann@example.com'), 0] }));
    expect(checker.violations).toEqual([]);
    checker.onCall?.(capacityCall({ ...call, args: [freeze(`evenkeel ${plan}`), 0] }));
    expect(checker.violations).toHaveLength(1);
  });
});

describe('steady sees', () => {
  it('requests that still fail', () => {
    const { watch, tell, world } = plantedTruth();
    const checker = watch(steady);
    tell(minute, 'FaultEnded', 'load', {});
    Object.assign(world.capacity.services['checkout/us-east-1'] ?? {}, { desired: 1, min: 1 });
    for (let at = minute; at <= 40 * minute; at += minute) world.advance(at);
    checker.onEnd?.(40 * minute);
    expect(checker.violations).toMatchObject([{ reason: expect.stringMatching(/% of the requests to checkout\/us-east-1 still fail/) }]);
  });

  it('a run and an incident that go on long after the faults are over', () => {
    const { watch, store, tell } = plantedTruth();
    const checker = watch(steady);
    for (const item of [runItem(), incidentItem()]) store(item.key, item.body);
    tell(minute, 'FaultEnded', 'latency', {});
    checker.onEnd?.(20 * minute);
    expect(checker.violations).toEqual([]);
    checker.onEnd?.(40 * minute);
    expect(checker.violations).toHaveLength(2);
  });
});

describe('incidents-kept sees', () => {
  it('an incident that is in no table, and one that nobody answers', () => {
    const { watch, store, tell } = plantedTruth();
    const checker = watch(incidentsKept);
    tell(minute, 'IncidentOpened', 'checkout', { incident: 'inc-gone' });
    tell(minute, 'IncidentOpened', 'checkout', { incident: 'inc-1' });
    const item = incidentItem();
    store(item.key, item.body);
    checker.onEnd?.(40 * minute);
    expect(checker.violations.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/inc-gone.* is in no table/),
      expect.stringContaining('nobody has answered inc-1'),
    ]);
  });
});

describe('once sees', () => {
  it('a step applied twice in one epoch, and not one that the next epoch applies', () => {
    const { watch, tell } = plantedTruth();
    const checker = watch(once);
    tell(1, 'StepApplied', 'x', { plan, step: 'drain', epoch: 1 });
    tell(2, 'StepApplied', 'x', { plan, step: 'drain', epoch: 2 });
    expect(checker.violations).toEqual([]);
    tell(3, 'StepApplied', 'x', { plan, step: 'drain', epoch: 1 });
    expect(checker.violations).toHaveLength(1);
  });
});

describe('functions-stand sees', () => {
  it('a function that throws', () => {
    const { watch, tell } = plantedTruth();
    const checker = watch(functionsStand);
    tell(1, 'FunctionFailed', 'us-west-2', {}, 'TypeError: x is undefined');
    expect(checker.violations).toHaveLength(1);
  });
});

describe('collapse sees', () => {
  it('regions that were pushed over by the traffic they took', () => {
    const { watch, vote, world } = plantedTruth();
    const checker = watch(collapse);
    for (const region of ['eu-west-1', 'us-west-2']) {
      const capacity = world.capacity.services[`checkout/${region}`];
      if (capacity) Object.assign(capacity, { desired: 2, min: 1 });
    }
    vote('eu-west-1', 'us-east-1', true, 1);
    vote('us-west-2', 'us-east-1', true, 1);
    for (let at = minute; at < 12 * minute; at += 5000) {
      world.advance(at);
      checker.onTick?.(at);
    }
    expect(checker.violations.length).toBeGreaterThan(0);
  });

  it.each([
    ['was dark before the move', 0, 1],
    ['goes dark after it, which is nobody’s doing', 5, 0],
    ['goes dark between the votes and the answers, which nobody could know', 1.25, 0],
  ])('a region that is too small because its zone %s', (_when, darkMinute, least) => {
    const { watch, vote, world, begin, tell } = plantedTruth();
    const checker = watch(collapse);
    const darken = (region: string) => {
      tell(darkMinute * minute, 'FaultBegan', 'zone-down', { kind: 'zone-down' }, 'planted', region);
      begin({ at: darkMinute, kind: 'zone-down', where: { region, zone: 'a' } }, darkMinute);
    };
    const regions = ['eu-west-1', 'us-west-2'];
    for (const region of regions) {
      Object.assign(world.capacity.services[`checkout/${region}`] ?? {}, { desired: 3, min: 1 });
      vote(region, 'us-east-1', true, 1);
      tell(minute, 'VoteCast', 'group:checkout/us-east-1', { drain: true }, 'planted', region);
    }
    for (let at = 0; at < 12 * minute; at += 5000) {
      if (at === darkMinute * minute) for (const region of regions) darken(region);
      world.advance(at);
      checker.onTick?.(at);
    }
    expect(Math.min(1, checker.violations.length)).toBe(least);
  });
});

describe('frozen sees', () => {
  const target = 'group:checkout/eu-west-1';
  const freeze = () => {
    const { watch, tell } = plantedTruth();
    const checker = watch(frozen);
    tell(minute, 'TargetFrozen', target, { target, plan });
    const act = (at: number, id: string) => {
      tell(at, 'PlanMade', target, { target, plan: id });
      tell(at, 'StepApplied', target, { plan: id, step: 'stage-1' }, 'planted', 'eu-west-1');
    };
    return { checker, tell, act };
  };

  it('another plan for a target that was given to people', () => {
    const { checker, act } = freeze();
    act(1.5 * minute, 'shift-under-way');
    expect(checker.violations).toEqual([]);
    act(5 * minute, 'shift-later');
    expect(checker.violations).toEqual([{ at: 5 * minute, reason: expect.stringContaining('eu-west-1 acts on group:checkout/eu-west-1') }]);
  });

  it('nothing wrong once somebody has thawed it, nor where the word could not be read', () => {
    const thawed = freeze();
    thawed.tell(2 * minute, 'TargetThawed', target, { target, by: 'ann' });
    thawed.act(5 * minute, 'shift-later');
    expect(thawed.checker.violations).toEqual([]);
    const { checker, act } = freeze();
    checker.onCall?.(
      capacityCall({ port: 'peerStores', method: 'get', args: [`switch#freeze/${target}`, { deadlineAt: 0 }], answer: 'hang' }),
    );
    act(5 * minute, 'shift-later');
    expect(checker.violations).toEqual([]);
  });
});
