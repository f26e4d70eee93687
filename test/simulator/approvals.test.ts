import { expect, test } from 'vitest';
import { loadMachines } from '../../bin/load-scenario.ts';
import type { ConfigInput } from '../../core/config/schema.ts';
import type { Ports } from '../../core/ports/index.ts';
import { createRegionRuntime } from '../../simulator/region-runtime.ts';
import { readScenario, type ScenarioInput } from '../../simulator/scenario.ts';
import { simulate } from '../../simulator/simulate.ts';
import { smallShop } from './small-shop.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const machines = loadMachines();
const minuteMs = 60_000;
const region = 'us-east-1';

/** What people say in the region of the incident, at a minute: one of them, or several at once. */
type Said = Record<number, readonly { command: string; by?: string; reason?: string; [field: string]: unknown }[]>;

/** People read it in the message that asks them; here it is looked up. */
async function tokenAsked({ store, clock }: Ports): Promise<string> {
  const asked = await store.query('approval#', 1, { deadlineAt: clock.now() + 1_000 });
  return asked.ok ? (asked.value[0]?.key.split('#')[1] ?? '-') : '-';
}

/** At minute 5, what somebody's monitoring tells. */
const crashLoop = (reason: string) => ({
  ...{ id: 'event-1', source: 'shop.monitor', 'detail-type': 'evenkeel trigger', region, resources: [] },
  detail: { service: 'checkout', alert: 'crash-loop', reason },
});

interface Trouble {
  minutes: number;
  /** Until when checkout answers with errors in one region, from minute 3 on. Absent: to the end. */
  until?: number;
  /** Nothing fails; somebody else says so. */
  told?: string;
  policies?: ConfigInput['policies'];
}

/** Asked for is a restart of the units of checkout: at minute 6 for errors, at once for what is told. */
async function inApproveMode({ until, minutes, told, policies }: Trouble, said: Said) {
  const faults: ScenarioInput['faults'] = [
    { at: 3, ...(until === undefined ? {} : { until }), kind: 'http-errors', where: { service: 'checkout', region }, with: { share: 1 } },
  ];
  const read = readScenario({
    name: 'approvals',
    source: 'made',
    minutes,
    faults: told === undefined ? faults : [],
    expect: { incidents: 1 },
  });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const config = smallShop({ failover: false }, { mode: 'approve', ...(policies === undefined ? {} : { policies }) });
  const answers: string[] = [];
  let startedAt: number | null = null;
  const report = await simulate(read.scenario, config, {
    ...{ seed: 1, settle, machines },
    createRuntime: (ctx) => {
      const runtime = createRegionRuntime(ctx);
      const tell = async (order: Said[number][number]) => {
        const decides = 'target' in order || order.command === 'pause' ? {} : { token: await tokenAsked(ctx.ports) };
        const done = await runtime.operate({ by: 'ann', reason: 'drill', ...decides, ...order });
        answers.push(done.ok ? done.value.lines.join('; ') : `${done.code}: ${done.reason}`);
      };
      return {
        ...runtime,
        async minute(at) {
          await runtime.minute(at);
          startedAt ??= at;
          if (ctx.region !== region) return;
          const minute = Math.floor((at - startedAt) / minuteMs);
          if (minute === 5 && told !== undefined) await runtime.invoke('analyze', crashLoop(told));
          await Promise.all((said[minute] ?? []).map(tell));
        },
      };
    },
  });
  const of = (kind: string) => report.timeline.filter((entry) => entry.kind === kind);
  return { answers, of, outcomes: of('OutcomeRecorded').map(({ data, reason }) => [data.state, reason]), violations: report.violations };
}

test('what is over by itself when a person agrees is not acted on, and the incident ends', async () => {
  const { answers, of, outcomes } = await inApproveMode({ until: 7, minutes: 16 }, { 13: [{ command: 'approve' }] });
  expect(answers).toEqual(['approved: the action starts, unless it is over by now']);
  expect(outcomes).toEqual([
    ['refused', expect.stringContaining('over before somebody agreed: no probe of checkout failed in the last 300 s')],
  ]);
  expect(of('StepApplied')).toEqual([]);
  expect(of('IncidentChanged').at(-1)?.data.to).toBe('resolved');
});

test('what somebody else has told of, and evenkeel cannot see, is done on their word', async () => {
  const { of, outcomes } = await inApproveMode({ told: 'orders crash', minutes: 16 }, { 7: [{ command: 'approve' }] });
  expect(of('IncidentOpened')[0]?.reason).toContain('orders crash');
  expect(outcomes).toEqual([['verified', 'every step of restart proved itself']]);
});

test('a token counts once: of two people at the same moment one is told that the other was first, and so is whoever comes later', async () => {
  const { answers, of, outcomes, violations } = await inApproveMode(
    { minutes: 16, until: 9 },
    {
      7: [
        { command: 'approve', by: 'ann' },
        { command: 'deny', by: 'bob' },
      ],
      8: [{ command: 'deny', by: 'eve' }],
    },
  );
  expect(answers.toSorted()).toEqual([
    'approved: the action starts, unless it is over by now',
    'conflict: ann has decided: the token is used',
    'conflict: somebody decided at the same moment: the token is used',
  ]);
  expect(of('ApprovalDecided').map((entry) => entry.data)).toEqual([
    { incident: expect.stringContaining('inc-checkout'), plan: of('PlanMade')[0]?.data.plan, by: 'ann', accept: true },
  ]);
  expect(outcomes).toEqual([['verified', 'every step of restart proved itself']]);
  expect(violations).toEqual([]);
});

test('while nobody answers, a person is paged at the latest five minutes after the incident opened', async () => {
  const { of } = await inApproveMode({ minutes: 13 }, {});
  const openedAt = of('IncidentOpened')[0]?.at ?? Number.NaN;
  const paged = of('Notified').filter(({ data }) => data.page === true && String(data.title).includes('is not over after'));
  expect(paged).toHaveLength(1);
  expect(((paged[0]?.at ?? Number.NaN) - openedAt) / 1000).toBeLessThanOrEqual(300);
});

test('a yes after the time was up changes nothing', async () => {
  const { answers, of, outcomes } = await inApproveMode(
    { minutes: 12, policies: { approvals: { expireSeconds: 120 } } },
    { 10: [{ command: 'approve' }] },
  );
  expect(answers).toEqual([expect.stringMatching(/^refused: the approval expired \d+ ms ago: it is denied/)]);
  expect(outcomes).toEqual([['refused', expect.stringContaining('not approved')]]);
  expect(of('StepApplied')).toEqual([]);
  expect(of('ApprovalDecided')).toEqual([]);
});

test.each(['pause', 'freeze'])('a %s between the question and the yes holds: nothing is applied', async (command) => {
  const { of, outcomes } = await inApproveMode(
    { minutes: 12 },
    { 7: [{ command, ...(command === 'freeze' ? { target: `checkout/${region}` } : {}) }], 8: [{ command: 'approve' }] },
  );
  expect(of('SwitchChanged')).not.toEqual([]);
  expect(of('StepApplied')).toEqual([]);
  expect(outcomes.map(([state]) => state)).toEqual(['undone']);
});
