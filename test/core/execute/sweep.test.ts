import { describe, expect, it } from 'vitest';
import { createStoreState } from '../../../adapters/memory/store.ts';
import { sweep } from '../../../core/execute/sweep.ts';
import { failed, killSwitch, ok, type Run, type Step, storeKey } from '../../../core/model/index.ts';
import { once, step } from '../../../core/plan/step.ts';
import { writeItem } from '../../../simulator/trials/seed-items.ts';
import { incidentOf } from '../incident-of.ts';
import type { RegionBench } from '../region-context.ts';
import { startAt } from '../region-context.ts';
import { withMethods } from '../with-methods.ts';
import { planId, plannedRun, raise, region, stored, target } from './planned-run.ts';

const runKey = storeKey.run(planId);
const incident = incidentOf({ epoch: 3, subject: { service: 'checkout', region }, region, alert: 'cpu' });

function put(bench: RegionBench, key: string, value: unknown): void {
  for (const [, state] of bench.states) writeItem(state, key, value);
}

/** The execution of the run has ended so. */
function ended(bench: RegionBench, status: 'FAILED' | 'RUNNING' | 'SUCCEEDED') {
  bench.ctx.ports.machines.describe = async () => ok({ status });
}

const claimed = (bench: RegionBench) => bench.of('RunClaimed').length;

describe('a run of the own region', () => {
  it('is left alone while its execution runs', async () => {
    const bench = plannedRun();
    ended(bench, 'RUNNING');
    await bench.pass(600);
    await sweep(bench.ctx);
    expect(bench.started).toEqual([]);
  });

  it('is taken over under the next epoch as soon as its execution has ended without closing it', async () => {
    const bench = plannedRun();
    ended(bench, 'FAILED');
    await sweep(bench.ctx);
    expect(bench.started).toEqual([{ machine: 'undo', name: `undo-${planId}-4` }]);
    expect(stored(bench, region, runKey)).toMatchObject({
      epoch: 4,
      state: 'undoing',
      holder: region,
      executionId: `undo:undo-${planId}-4`,
    });
    expect(stored(bench, 'us-west-2', runKey)).toMatchObject({ epoch: 4 });
  });

  it('whose machine has not begun yet is waited for until its lease has lapsed: it may wait for an approval or a backoff', async () => {
    const bench = plannedRun();
    await sweep(bench.ctx);
    await bench.pass(149);
    await sweep(bench.ctx);
    expect(claimed(bench)).toBe(0);
    await bench.pass(2);
    await sweep(bench.ctx);
    expect(claimed(bench)).toBe(1);
  });

  it('is given to people, frozen and paged, when five takeovers did not end it', async () => {
    const bench = plannedRun([raise], { epoch: 30 });
    ended(bench, 'FAILED');
    await sweep(bench.ctx);
    expect(bench.started).toEqual([]);
    expect(stored(bench, region, runKey)).toMatchObject({ state: 'escalated' });
    expect(stored(bench, region, storeKey.switch(`freeze/checkout/${region}`))).toMatchObject({ on: true });
    expect(bench.notified.sent.map(({ notification }) => notification.page)).toEqual([true]);
  });
});

describe('a run of another region', () => {
  it('is taken over by the first heir half a minute after its lease, and by the second a minute later', async () => {
    for (const [heir, seconds] of [
      ['us-west-2', 150],
      ['us-east-1', 210],
    ] as const) {
      const bench = plannedRun([raise], {}, heir);
      await bench.pass(seconds - 1);
      await sweep(bench.ctx);
      expect([heir, claimed(bench)]).toEqual([heir, 0]);
      await bench.pass(1);
      await sweep(bench.ctx);
      expect([heir, claimed(bench)]).toEqual([heir, 1]);
    }
  });

  it('is not touched while its lease is renewed', async () => {
    const bench = plannedRun([raise], {}, 'us-west-2');
    await bench.pass(140);
    await bench.ctx.ports.store.claim(storeKey.lease(`checkout/${region}`), 3, 120, `${planId}@${region}`, {
      deadlineAt: bench.clock.now() + 1000,
    });
    await bench.pass(60);
    await sweep(bench.ctx);
    expect(claimed(bench)).toBe(0);
  });

  it('is left to a higher epoch that lives, and taken over above it when that one has died as well', async () => {
    const bench = plannedRun([raise], {}, 'us-west-2');
    await bench.pass(600);
    await bench.ctx.ports.store.claim(storeKey.lease(`checkout/${region}`), 5, 60, 'somebody', { deadlineAt: bench.clock.now() + 1000 });
    await sweep(bench.ctx);
    expect(claimed(bench)).toBe(0);
    await bench.pass(90);
    await sweep(bench.ctx);
    expect(bench.of('RunClaimed').map((entry) => entry.data.epoch)).toEqual([8]);
  });

  it('is taken over even when nobody is left to witness it', async () => {
    const bench = plannedRun([raise], {}, 'us-west-2');
    const ctx = { ...bench.ctx, ports: { ...bench.ctx.ports, peerStores: {} } };
    await bench.pass(150);
    await sweep(ctx);
    expect(claimed(bench)).toBe(1);
  });
});

describe('a run that ended', () => {
  const over = { state: 'undone' as const, endedAt: startAt };

  it('and was told of is done with', async () => {
    const bench = plannedRun([raise], { ...over, published: true });
    await bench.pass(3600);
    await sweep(bench.ctx);
    expect(bench.started).toEqual([]);
  });

  it('but of which nobody was told is closed once more, by its holder after ninety seconds', async () => {
    const bench = plannedRun([raise], over);
    await bench.pass(89);
    await sweep(bench.ctx);
    expect(bench.started).toEqual([]);
    await bench.pass(1);
    await sweep(bench.ctx);
    expect(bench.started).toEqual([{ machine: 'undo', name: `undo-${planId}-3-end` }]);
  });

  it('is told of by an heir a minute later when the holder does not', async () => {
    const bench = plannedRun([raise], over, 'us-west-2');
    await bench.pass(149);
    await sweep(bench.ctx);
    expect(bench.started).toEqual([]);
    await bench.pass(1);
    await sweep(bench.ctx);
    expect(bench.started).toHaveLength(1);
  });
});

describe('a run that was given to people', () => {
  const given = { state: 'escalated' as const, endedAt: startAt, published: true };
  const freeze = storeKey.switch(`freeze/checkout/${region}`);

  it('while its target could not be frozen is frozen by the next sweep, in every region', async () => {
    const bench = plannedRun([raise], given);
    await sweep(bench.ctx);
    for (const where of [region, 'us-east-1', 'us-west-2']) expect(stored(bench, where, freeze)).toMatchObject({ on: true });
    await sweep(bench.ctx);
    expect(bench.of('TargetFrozen')).toHaveLength(1);
  });

  it('is left as a person has thawed it, though only a peer has heard of it', async () => {
    const bench = plannedRun([raise], given);
    const thawed = { on: false, by: 'ana', at: startAt + 1, reason: 'looked at' };
    writeItem(bench.states.get('us-west-2') ?? createStoreState(), freeze, thawed);
    await sweep(bench.ctx);
    expect([stored(bench, region, freeze), bench.of('TargetFrozen')]).toEqual([thawed, []]);
  });
});

describe('units that were taken out', () => {
  const eject: Step = step(
    'stage-1',
    'change-capacity',
    {
      changes: [
        { target: { service: 'checkout', region }, change: { kind: 'eject', units: ['checkout-eu-west-1-1', 'checkout-eu-west-1-2'] } },
      ],
    },
    once(60),
  );
  const over = { action: 'shift' as const, state: 'verified' as const, endedAt: startAt, published: true };
  /** A region in which these of the units are out. */
  const outIn = (bench: RegionBench, out: readonly string[]): RegionBench => {
    for (const unit of bench.capacity.services[`checkout/${region}`]?.units ?? []) unit.ejected = out.includes(unit.id);
    return bench;
  };
  const told = (bench: RegionBench) => bench.notified.sent.map((each) => each.notification.title);

  it('are not forgotten: people hear of them after an hour and once a day for a week', async () => {
    const bench = outIn(plannedRun([eject], over), ['checkout-eu-west-1-2', 'checkout-eu-west-1-3']);
    const { capacity } = bench.ctx.ports;
    let looks = 0;
    bench.ctx.ports.capacity = withMethods(capacity, {
      snapshot: (...asked) => {
        looks += 1;
        return capacity.snapshot(...asked);
      },
    });
    for (let minute = 0; minute < 60; minute += 10) {
      await sweep(bench.ctx);
      await bench.pass(600);
    }
    expect(told(bench)).toEqual([]);
    for (let hour = 1; hour < 9 * 24; hour += 0.5) {
      await sweep(bench.ctx);
      await bench.pass(1800);
    }
    expect(told(bench)).toEqual(
      Array.from({ length: 7 }, () => `checkout-eu-west-1-2 of checkout/${region} is still out of the load balancer`),
    );
    expect(bench.notified.sent[0]?.notification.text).toContain('since 2026-01-05T12:00:00Z');
    expect(bench.notified.sent[0]?.notification.text).toContain(`evenkeel op readmit checkout <unit> --region ${region}`);
    // The platform is looked at within the hour that a note is due in, twice here, and not at every sweep of a week.
    expect(looks).toBe(2 * 7);
  });

  it('are not spoken of once they are back', async () => {
    const bench = outIn(plannedRun([eject], over), []);
    await bench.pass(3700);
    await sweep(bench.ctx);
    expect(told(bench)).toEqual([]);
  });

  it.each<[string, Step, Partial<Run>]>([
    ['a shift of traffic', eject, { target: { ...target, group: 'checkout' } }],
    ['one that was undone', eject, { state: 'undone' }],
    ['a scale', raise, { action: 'scale' }],
    ['another region', eject, { target: { ...target, region: 'us-west-2' } }],
  ])('are not meant by %s', async (_what, first, given) => {
    const bench = outIn(plannedRun([first], { ...over, ...given }), ['checkout-eu-west-1-1']);
    await bench.pass(3700);
    await sweep(bench.ctx);
    expect(told(bench)).toEqual([]);
  });
});

describe('an open incident', () => {
  it('with a run that is under way gets no second responder', async () => {
    const bench = plannedRun();
    ended(bench, 'RUNNING');
    put(bench, storeKey.incident('inc-1'), incident);
    await sweep(bench.ctx);
    expect(bench.started).toEqual([]);
  });

  it('gets no responder while the table does not say what runs', async () => {
    const bench = plannedRun();
    put(bench, storeKey.incident('inc-1'), incident);
    const { store } = bench.ctx.ports;
    const silent = withMethods(store, {
      query: async (prefix, limit, call) => (prefix === 'run#' ? failed('refused', 'no') : store.query(prefix, limit, call)),
    });
    await sweep({ ...bench.ctx, ports: { ...bench.ctx.ports, store: silent } });
    expect(bench.started).toEqual([]);
  });

  it('that twenty responders did not end is given to people', async () => {
    const bench = plannedRun([raise], { state: 'undone', endedAt: startAt, published: true });
    put(bench, storeKey.incident('inc-1'), incident);
    ended(bench, 'SUCCEEDED');
    await sweep(bench.ctx);
    expect([bench.started, stored(bench, region, storeKey.incident('inc-1'))?.state]).toEqual([[], 'escalated']);
  });

  it('that its region lost is given back by a peer, not before it can have been written, and never over what is there', async () => {
    const bench = plannedRun([raise], { state: 'undone', endedAt: startAt, published: true });
    const theirs = { ...incident, region: 'us-west-2', subject: { service: 'checkout', region: 'us-east-1' } };
    const key = storeKey.incident('inc-1');
    const word = { observer: 'us-west-2', abstains: false, views: [], traffic: {}, reason: 'a test' };
    const heard = () => put(bench, storeKey.observation('us-west-2'), { ...word, at: bench.clock.now() });
    writeItem(bench.states.get(region) ?? createStoreState(), key, theirs);
    heard();
    await sweep(bench.ctx);
    expect(stored(bench, 'us-west-2', key)).toBeUndefined();
    await bench.pass(31);
    heard();
    await sweep(bench.ctx);
    expect(stored(bench, 'us-west-2', key)).toEqual(theirs);
    writeItem(bench.states.get('us-west-2') ?? createStoreState(), key, { ...theirs, state: 'resolved' });
    await sweep(bench.ctx);
    expect(stored(bench, 'us-west-2', key)).toMatchObject({ state: 'resolved' });
  });

  it('that its region takes for another one’s is given to it under the higher epoch: else each would wait for the other', async () => {
    const bench = plannedRun([raise], { state: 'undone', endedAt: startAt, published: true });
    const theirs = { ...incident, epoch: 5, region: 'us-west-2', subject: { service: 'checkout', region: 'us-east-1' } };
    const key = storeKey.incident('inc-1');
    writeItem(bench.states.get(region) ?? createStoreState(), key, theirs);
    // It adopted it by a write that its table took and did not keep.
    writeItem(bench.states.get('us-west-2') ?? createStoreState(), key, { ...theirs, epoch: 3, region });
    await bench.pass(31);
    const word = { observer: 'us-west-2', abstains: false, views: [], traffic: {}, reason: 'a test' };
    put(bench, storeKey.observation('us-west-2'), { ...word, at: bench.clock.now() });
    await sweep(bench.ctx);
    expect(stored(bench, 'us-west-2', key)).toEqual(theirs);
  });

  it.each([
    ['has ended', { state: 'resolved' as const, resolvedAt: startAt + 1000 }],
    ['is held by another region by now', { epoch: 8, region: 'us-east-1' }],
  ])('of a silent region that %s, as a peer knows, is not adopted', async (_, known) => {
    const bench = plannedRun([raise], { state: 'undone', endedAt: startAt, published: true }, 'us-west-2');
    const key = storeKey.incident('inc-1');
    const later = { ...incident, ...known };
    put(bench, key, incident);
    writeItem(bench.states.get(region) ?? createStoreState(), key, later);
    await bench.pass(600);
    await sweep(bench.ctx);
    expect([stored(bench, 'us-west-2', key), bench.started]).toEqual([later, []]);
  });

  it('whose responder died gets another, and one only', async () => {
    const bench = plannedRun([raise], { state: 'undone', endedAt: startAt, published: true });
    put(bench, storeKey.incident('inc-1'), incident);
    await sweep(bench.ctx);
    await sweep(bench.ctx);
    expect(bench.started).toEqual([{ machine: 'respond', name: 'respond-inc-1-3-0' }]);
  });

  it('one of whose runs was taken over goes on under a higher epoch, since the old one is spent', async () => {
    const bench = plannedRun([raise], { state: 'undone', epoch: 5, endedAt: startAt, published: true });
    put(bench, storeKey.incident('inc-1'), incident);
    await sweep(bench.ctx);
    expect(stored(bench, region, storeKey.incident('inc-1'))).toMatchObject({ epoch: 7 });
    expect(bench.started).toEqual([{ machine: 'respond', name: 'respond-inc-1-7-0' }]);
  });

  it('of a silent region is adopted by the next in rank, under a higher epoch', async () => {
    const bench = plannedRun([raise], { state: 'undone', endedAt: startAt, published: true }, 'us-west-2');
    put(bench, storeKey.incident('inc-1'), { ...incident, subject: { service: 'checkout', region: 'us-east-1' } });
    await bench.pass(600);
    await sweep(bench.ctx);
    expect(stored(bench, 'us-west-2', storeKey.incident('inc-1'))).toMatchObject({ region: 'us-west-2', epoch: 5, state: 'open' });
  });
});

it('a sweep goes on undoing while the kill switch is on: nothing new is begun by it', async () => {
  const bench = plannedRun();
  ended(bench, 'FAILED');
  put(bench, storeKey.switch(killSwitch), { on: true, by: 'ada', at: 1, reason: 'audit' });
  await sweep(bench.ctx);
  expect(claimed(bench)).toBe(1);
});
