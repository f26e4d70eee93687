import fc from 'fast-check';
import { expect, test } from 'vitest';
import { putStored, readStored } from '../../../core/knowledge/stored.ts';
import { learnMinute, onLearnMessage, reliabilityKey } from '../../../core/learn/learn.ts';
import { learnFrom } from '../../../core/learn/lessons.ts';
import { reliabilityOf } from '../../../core/learn/reliability.ts';
import { ShadowScore, shadowKey } from '../../../core/learn/shadow.ts';
import { type Incident, Lesson, type Outcome, Reliability, storeKey } from '../../../core/model/index.ts';
import { composeMessage } from '../../../core/ports/compose-message.ts';
import { incidentOf } from '../incident-of.ts';
import { type RegionBench, regionContext, shopConfig, startAt } from '../region-context.ts';

const target = { service: 'checkout', region: 'us-east-1' };

const incident = (over: Partial<Incident> = {}) => incidentOf({ alert: 'cpu', cause: 'busy', attempt: 0, reason: 'busy', ...over });

const outcome = (planId: string, state: Outcome['state'], seconds = 100): Outcome => ({
  ...{ planId, incidentId: 'inc-1', action: 'scale', alert: 'cpu', target, epoch: 1, steps: [] },
  ...{ state, startedAt: startAt, endedAt: startAt + seconds * 1000, reason: 'so' },
});

const keep = (bench: RegionBench, key: string, value: unknown) => putStored(bench.ctx.ports.store, bench.clock, key, value, 0);
const pages = (bench: RegionBench) => bench.notified.sent.filter((each) => each.notification.page);

test('outcomes of every region become a success rate and a mean time, each plan once', async () => {
  const bench = regionContext();
  await learnFrom(bench.ctx, outcome('a', 'verified', 100));
  const elsewhere = { region: 'eu-west-1', ports: bench.ctx.ports };
  for (let time = 0; time < 2; time += 1)
    await onLearnMessage(bench.ctx, composeMessage(elsewhere, 'OutcomeRecorded', outcome('b', 'undone', 300)));
  await learnFrom(bench.ctx, outcome('c', 'refused'));
  const read = await readStored(bench.ctx.ports.store, bench.clock, storeKey.lesson('scale', 'cpu'), Lesson);
  expect(read.ok && read.value.value).toMatchObject({ attempts: 2, successes: 1, meanSeconds: 200 });
});

test('a person is paged before the deadline falls between two looks, once, whatever level is running', async () => {
  const bench = regionContext();
  await keep(bench, storeKey.incident('inc-1'), incident());
  await bench.pass(234);
  await learnMinute(bench.ctx);
  expect(pages(bench)).toEqual([]);
  await bench.pass(1);
  for (let minute = 0; minute < 3; minute += 1) await learnMinute(bench.ctx);
  expect(pages(bench).map((each) => each.notification.title)).toEqual(['inc-1 is not over after 4 min']);
});

test('a recovery that is verified before the deadline, a warning, and somebody else’s incident page nobody', async () => {
  const bench = regionContext();
  await keep(bench, storeKey.incident('inc-1'), incident({ state: 'resolved', resolvedAt: startAt + 1000 }));
  await keep(bench, storeKey.incident('inc-2'), incident({ id: 'inc-2', severity: 'warning' }));
  await keep(bench, storeKey.incident('inc-3'), incident({ id: 'inc-3', region: 'eu-west-1' }));
  await bench.pass(600);
  await learnMinute(bench.ctx);
  expect(pages(bench)).toEqual([]);
});

test('a page that could not be delivered is tried again', async () => {
  const bench = regionContext();
  await keep(bench, storeKey.incident('inc-1'), incident());
  await bench.pass(300);
  const { notifier } = bench.ctx.ports;
  let down = true;
  const flaky = {
    notify: (...args: Parameters<typeof notifier.notify>) =>
      down ? Promise.resolve({ ok: false as const, code: 'unavailable', retryable: true, reason: 'down' }) : notifier.notify(...args),
  };
  const ctx = { ...bench.ctx, ports: { ...bench.ctx.ports, notifier: flaky } };
  await learnMinute(ctx);
  expect(pages(bench)).toEqual([]);
  down = false;
  await learnMinute(ctx);
  await learnMinute(ctx);
  expect(pages(bench)).toHaveLength(1);
});

const hour = 3_600_000;

test('MTTD, MTTR, MTBF, availability and failure rate of a worked example', () => {
  const failure = (id: string, atHour: number, minutes: number) =>
    incident({
      id,
      onsetAt: startAt + atHour * hour,
      openedAt: startAt + atHour * hour + 60_000,
      resolvedAt: startAt + atHour * hour + minutes * 60_000,
      state: 'resolved',
    });
  const figures = reliabilityOf([failure('a', 10, 30), failure('b', 50, 90)], 'us-east-1', startAt, startAt + 100 * hour);
  expect(figures).toMatchObject({ incidents: 2, mttdSeconds: 60, mttrSeconds: 3600, mtbfSeconds: 49 * 3600 });
  expect(figures.availability).toBeCloseTo(49 / 50, 12);
  expect(figures.failuresPerHour).toBeCloseTo(1 / 49, 12);
});

test('availability is the share of time without trouble when nothing overlaps', () => {
  const span = fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 59 }));
  fc.assert(
    fc.property(fc.uniqueArray(span, { selector: ([at]) => at, minLength: 1 }), (spans) => {
      const all = spans.map(([at, minutes]) =>
        incident({ id: `inc-${at}`, openedAt: startAt + at * hour, resolvedAt: startAt + at * hour + minutes * 60_000, state: 'resolved' }),
      );
      const down = spans.reduce((sum, [, minutes]) => sum + minutes, 0);
      const figures = reliabilityOf(all, 'us-east-1', startAt, startAt + 24 * hour);
      expect(figures.availability).toBeCloseTo(1 - down / (24 * 60), 9);
    }),
  );
});

test('two incidents at once are one time of trouble', () => {
  const both = ['a', 'b'].map((id) => incident({ id, openedAt: startAt, resolvedAt: startAt + hour, state: 'resolved' }));
  expect(reliabilityOf(both, 'us-east-1', startAt, startAt + 10 * hour).mtbfSeconds).toBe((9 * 3600) / 2);
});

test('every region’s reliability is kept and published once an hour', async () => {
  const bench = regionContext();
  await keep(bench, storeKey.incident('inc-1'), incident({ resolvedAt: startAt + 600_000, state: 'resolved' }));
  await learnMinute(bench.ctx);
  await bench.pass(7200);
  await learnMinute(bench.ctx);
  const read = await readStored(bench.ctx.ports.store, bench.clock, reliabilityKey('us-east-1'), Reliability);
  expect(read.ok && read.value.value).toMatchObject({ incidents: 1, mttrSeconds: 600 });
});

test('a shadow decision is a hit when the trouble lasted longer than the action takes, else it was over by itself', async () => {
  for (const [minutes, helped] of [
    [30, 1],
    [2, 0],
  ] as const) {
    const bench = regionContext(shopConfig({ mode: 'observe' }));
    const plan = {
      ...{
        id: 'scale-1',
        version: 1,
        incident: 'inc-1',
        action: 'scale',
        target,
        level: 'resource',
        attempt: 1,
        epoch: 1,
        steps: [],
        policies: [],
      },
      ...{ successors: [], createdAt: startAt, createdEpoch: 1, reason: 'busy' },
    };
    await keep(bench, storeKey.plan('scale-1'), plan);
    const over = incident({ state: 'resolved', resolvedAt: startAt + minutes * 60_000 });
    for (let time = 0; time < 2; time += 1) await onLearnMessage(bench.ctx, composeMessage(bench.ctx, 'IncidentChanged', over));
    const read = await readStored(bench.ctx.ports.store, bench.clock, shadowKey('scale', 'cpu'), ShadowScore);
    expect(read.ok && read.value.value).toMatchObject({ decisions: 1, wouldHaveHelped: helped });
    // Scored where it was decided, and while nothing is carried out.
    for (const [mode, word] of [
      ['observe', { ...over, region: 'eu-west-1' }],
      ['act', over],
    ] as const) {
      const elsewhere = regionContext(shopConfig({ mode }));
      await keep(elsewhere, storeKey.plan('scale-1'), plan);
      await onLearnMessage(elsewhere.ctx, composeMessage(elsewhere.ctx, 'IncidentChanged', word));
      expect(elsewhere.states.get('us-east-1')?.items.has(shadowKey('scale', 'cpu'))).toBe(false);
    }
  }
});
