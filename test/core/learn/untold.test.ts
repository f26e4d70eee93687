import { describe, expect, it } from 'vitest';
import { createStoreState } from '../../../adapters/memory/store.ts';
import { learnMinute } from '../../../core/learn/learn.ts';
import { notifyOf } from '../../../core/learn/notify.ts';
import { failed, type Incident, type Outcome, type Run, storeKey } from '../../../core/model/index.ts';
import { composeMessage } from '../../../core/ports/compose-message.ts';
import { writeItem } from '../../../simulator/trials/seed-items.ts';
import { incidentOf } from '../incident-of.ts';
import { type RegionBench, regionContext, shopConfig, startAt } from '../region-context.ts';

const target = { service: 'checkout', region: 'eu-west-1' };

/** It ended in eu-west-1, while us-east-1 is not to be called. */
const runOf = (over: Partial<Run> = {}): Run => ({
  ...{ planId: 'scale-1', incidentId: 'inc-1', action: 'scale', target, epoch: 1, holder: 'eu-west-1', executionId: 'scale:scale-1' },
  ...{ state: 'undone', avoid: ['us-east-1'], startedAt: startAt - 60_000, leaseUntil: startAt, endedAt: startAt, reason: 'not proven' },
  ...over,
});

const incident = (over: Partial<Incident> = {}) =>
  incidentOf({ subject: { service: 'checkout', region: 'eu-west-1' }, region: 'eu-west-1', alert: 'cpu', state: 'open', ...over });

const outcomeOf = ({ planId, incidentId, action, state, reason }: Run): Outcome => ({
  ...{ planId, incidentId, action, alert: 'cpu', target, epoch: 1, steps: [], startedAt: startAt, endedAt: startAt, reason },
  avoid: ['us-east-1'],
  state: state === 'running' || state === 'undoing' ? 'escalated' : state,
});

/** A region whose table, like its peers', holds these items. */
function bench(where: string, items: Record<string, unknown>): RegionBench {
  const made = regionContext(shopConfig(), where);
  for (const [key, value] of Object.entries(items)) for (const [, state] of made.states) writeItem(state, key, value);
  return made;
}

const heard = ({ notified }: RegionBench) => notified.sent.map(({ notification }) => notification);
const holds = ({ states }: RegionBench, key: string) =>
  [...states].flatMap(([region, { items }]) => (items.has(storeKey.told(key)) ? [region] : [])).sort();

describe('whoever works on it tells it', () => {
  it('once, however often the message comes, and says so in every table that may be called', async () => {
    const region = bench('eu-west-1', { [storeKey.run('scale-1')]: runOf() });
    const message = composeMessage(region.ctx, 'OutcomeRecorded', outcomeOf(runOf()));
    for (let time = 0; time < 2; time += 1) await notifyOf(region.ctx, message);
    expect(heard(region).map((note) => [note.id, note.title])).toEqual([['run/scale-1/undone', 'scale on checkout/eu-west-1: undone']]);
    expect(holds(region, 'run/scale-1/undone')).toEqual(['eu-west-1', 'us-west-2']);
  });

  it('again a minute and a half later when the topic did not take it, until it does', async () => {
    const region = bench('eu-west-1', { [storeKey.run('scale-1')]: runOf() });
    const { notifier } = region.ctx.ports;
    let down = true;
    const flaky: typeof notifier = { notify: async (...args) => (down ? failed('unavailable', 'down') : notifier.notify(...args)) };
    const ctx = { ...region.ctx, ports: { ...region.ctx.ports, notifier: flaky } };
    await notifyOf(ctx, composeMessage(ctx, 'OutcomeRecorded', outcomeOf(runOf())));
    await region.pass(90);
    await learnMinute(ctx);
    expect([heard(region), holds(region, 'run/scale-1/undone')]).toEqual([[], []]);
    down = false;
    for (let minute = 0; minute < 3; minute += 1) await learnMinute(ctx);
    expect(heard(region)).toHaveLength(1);
  });
});

describe('a region in whose place an heir tells', () => {
  const ends: [string, Record<string, unknown>, boolean][] = [
    ...(['verified', 'undone', 'refused', 'escalated'] as const).map((state): [string, Record<string, unknown>, boolean] => {
      return [`run/scale-1/${state}`, { [storeKey.run('scale-1')]: runOf({ state }) }, state === 'escalated'];
    }),
    ...(['opened', 'escalated', 'resolved'] as const).map((what): [string, Record<string, unknown>, boolean] => {
      const state = what === 'opened' ? 'acting' : what;
      return [`incident/inc-1/${what}`, { [storeKey.incident('inc-1')]: incident({ state, changedAt: startAt }) }, what === 'escalated'];
    }),
  ];

  it.each(ends)('has left %s untold: after two and a half minutes it is told, under the same key', async (key, items, page) => {
    const heir = bench('us-west-2', items);
    await heir.pass(149);
    // The other region in line for an incident is us-east-1, which comes first: the last in line waits a minute longer.
    if (key.startsWith('incident')) await heir.pass(60);
    await learnMinute(heir.ctx);
    expect(heard(heir)).toEqual([]);
    await heir.pass(1);
    for (let minute = 0; minute < 2; minute += 1) await learnMinute(heir.ctx);
    expect(heard(heir).map((note) => [note.id, note.page])).toEqual([[key, page]]);
    expect(heard(heir)[0]?.text).toContain(`us-west-2 tells it, for eu-west-1 has not confirmed that it did`);
  });

  it('has told it, as a peer’s table knows: its heir is silent, and asks no more', async () => {
    const heir = bench('us-west-2', { [storeKey.incident('inc-1')]: incident() });
    const word = { key: 'incident/inc-1/opened', by: 'eu-west-1', at: startAt };
    writeItem(heir.states.get('us-east-1') ?? createStoreState(), storeKey.told(word.key), word);
    await heir.pass(600);
    await learnMinute(heir.ctx);
    expect(heard(heir)).toEqual([]);
    expect(holds(heir, word.key)).toEqual(['us-east-1', 'us-west-2']);
  });

  it('is not replaced by a region that the run must not call', async () => {
    const impaired = bench('us-east-1', { [storeKey.run('scale-1')]: runOf() });
    await impaired.pass(3600);
    await learnMinute(impaired.ctx);
    expect(heard(impaired)).toEqual([]);
  });

  it('is not replaced after a day, nor for a run that has not ended', async () => {
    const old = bench('us-west-2', { [storeKey.run('scale-1')]: runOf() });
    await old.pass(24 * 3600);
    await learnMinute(old.ctx);
    const running = bench('us-west-2', { [storeKey.run('scale-1')]: runOf({ state: 'running' }) });
    await running.pass(3600);
    await learnMinute(running.ctx);
    expect([heard(old), heard(running)]).toEqual([[], []]);
  });
});
