import { expect, test } from 'vitest';
import { loadMachines } from '../../../bin/load-scenario.ts';
import type { Config } from '../../../core/config/schema.ts';
import type { Ports } from '../../../core/ports/index.ts';
import { createRegionRuntime } from '../../../simulator/region-runtime.ts';
import { readScenario, type ScenarioInput } from '../../../simulator/scenario.ts';
import { checkout, checkoutGroup, shop } from '../../../simulator/scenarios/shop.ts';
import { type SimulationReport, simulate } from '../../../simulator/simulate.ts';
import { parsed, smallShop } from '../../simulator/small-shop.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const machines = loadMachines();

type Order = (ports: Ports) => object | null | Promise<object | null>;

/** A run in which a person gives one order in one region at the first minute at or after `minute`. */
async function runWith(
  config: Config,
  input: Pick<ScenarioInput, 'minutes' | 'faults'>,
  at: { minute: number; region: string },
  order: Order,
): Promise<{ report: SimulationReport; answers: string[] }> {
  const read = readScenario({ name: 'test', source: 'made', expect: { incidents: 0 }, ...input });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const answers: string[] = [];
  let given = false;
  let startedAt: number | null = null;
  const report = await simulate(read.scenario, config, {
    ...{ seed: 1, settle, machines },
    createRuntime: (ctx) => {
      const runtime = createRegionRuntime(ctx);
      return {
        ...runtime,
        async minute(now) {
          await runtime.minute(now);
          startedAt ??= now;
          const due = !given && (at.region === 'any' || ctx.region === at.region) && now >= startedAt + at.minute * 60_000;
          const said = due ? await order(ctx.ports) : null;
          if (said === null) return;
          given = true;
          const done = await runtime.operate({ by: 'ann', reason: 'drill', ...said });
          answers.push(done.ok ? done.value.lines.join('; ') : done.reason);
        },
      };
    },
  });
  return { report, answers };
}

const acts = (report: SimulationReport) => report.actions.map((action) => `${action.action} ${action.state}`);
const served = (report: SimulationReport) =>
  Object.entries(report.traffic.at(-1)?.perSecond ?? {})
    .flatMap(([region, perSecond]) => (perSecond > 1 ? [region] : []))
    .sort();
const down: Pick<ScenarioInput, 'minutes' | 'faults'> = {
  minutes: 75,
  faults: [{ at: 3, until: 12, kind: 'region-unreachable', where: { region: 'us-east-1' } }],
};
const quick = { failback: { provenSeconds: 600 } };
const all = ['eu-west-1', 'us-east-1', 'us-west-2'];

test('a failback that a person starts brings the traffic back in stages, verified', async () => {
  const { report, answers } = await runWith(smallShop({}, { policies: quick }), down, { minute: 35, region: 'us-east-1' }, () => ({
    ...{ command: 'failback', group: 'checkout', region: 'us-east-1' },
  }));
  expect(answers[0]).toContain('is started: checkout returns to us-east-1 in stages');
  expect(acts(report)).toEqual(['failover verified', 'failback verified']);
  expect(served(report)).toEqual(all);
  expect(report.violations).toEqual([]);
}, 60_000);

test('a distribution follows a failover and returns with the failback, each proven by itself', async () => {
  const cloudFront = { distributionId: 'E0EXAMPLE', originGroup: 'regions', origins: { 'us-east-1': 'east', 'us-west-2': 'west' } };
  const config = parsed(shop([checkout({})], [checkoutGroup(1, { carrier: 'object', cloudFront })], { policies: quick }));
  const sick: ScenarioInput['faults'] = [
    { at: 3, until: 12, kind: 'http-errors', where: { service: 'checkout', region: 'us-east-1' }, with: { share: 1 } },
  ];
  const { report } = await runWith(config, { minutes: 60, faults: sick }, { minute: 35, region: 'us-east-1' }, () => ({
    ...{ command: 'failback', group: 'checkout', region: 'us-east-1' },
  }));
  expect(acts(report)).toEqual(['failover verified', 'shift verified', 'failback verified', 'shift verified']);
  const origins = report.timeline.filter((entry) => entry.kind === 'StepVerified' && entry.reason.startsWith('the distribution'));
  expect(origins.map((entry) => entry.reason)).toEqual([
    'the distribution of checkout prefers us-west-2 over us-east-1',
    'the distribution of checkout prefers us-east-1 over us-west-2',
  ]);
  expect(report.violations).toEqual([]);
}, 60_000);

test('a failback of a region that has not been well for long enough is refused, and its traffic stays away', async () => {
  const { report } = await runWith(smallShop({}, { policies: quick }), down, { minute: 14, region: 'us-east-1' }, () => ({
    ...{ command: 'failback', group: 'checkout', region: 'us-east-1' },
  }));
  expect(acts(report)).toEqual(['failover verified', 'failback refused']);
  expect(served(report)).toEqual(['eu-west-1', 'us-west-2']);
}, 60_000);

test('a person who breaks the glass moves a region that every observer finds well, verified like any failover', async () => {
  const { report, answers } = await runWith(smallShop(), { minutes: 25, faults: [] }, { minute: 5, region: 'us-west-2' }, () => ({
    ...{ command: 'drain', group: 'checkout', region: 'us-east-1' },
  }));
  expect(answers[0]).toContain('inc-checkout-us-east-1-1 is opened');
  expect(acts(report)).toEqual(['failover verified']);
  expect(report.timeline.find((entry) => entry.kind === 'GrantGiven')?.reason).toContain('ann orders it');
  expect(served(report)).toEqual(['eu-west-1', 'us-west-2']);
}, 60_000);

test('neither kill nor pause holds back a person who breaks the glass, and the timeline says what was passed', async () => {
  const word = { on: true, by: 'bob', at: 0, reason: 'it acted although it should not' };
  const { report, answers } = await runWith(smallShop(), { minutes: 25, faults: [] }, { minute: 5, region: 'us-west-2' }, async (ports) => {
    for (const store of [ports.store, ...Object.values(ports.peerStores)])
      for (const name of ['kill', 'pause'])
        await store.put({ key: `switch#${name}`, body: word }, 0, { deadlineAt: ports.clock.now() + 1_000 });
    return { command: 'drain', group: 'checkout', region: 'us-east-1' };
  });
  expect(answers[0]).toContain('PAST kill, on since 1970-01-01T00:00:00Z by bob');
  expect(acts(report)).toEqual(['failover verified']);
  expect(report.timeline.find((entry) => entry.kind === 'GlassBroken')?.data).toMatchObject({
    by: 'ann',
    past: [/^kill/, /^pause/].map((each) => expect.stringMatching(each)),
  });
}, 60_000);

/** People read it in the message that asks them; here it is looked up. */
async function tokenAsked({ store, clock }: Ports): Promise<string | null> {
  const asked = await store.query('approval#', 1, { deadlineAt: clock.now() + 1_000 });
  return asked.ok ? (asked.value[0]?.key.split('#')[1] ?? null) : null;
}

test.each([
  ['approve', ['failover verified'], ['eu-west-1', 'us-west-2']],
  ['deny', ['failover refused'], all],
] as const)(
  'approve mode waits for a person, and does as it is told: %s',
  async (command, wanted, regions) => {
    const config = smallShop({}, { mode: 'approve' });
    const faults: ScenarioInput['faults'] = [
      { at: 3, kind: 'http-errors', where: { service: 'checkout', region: 'us-east-1' }, with: { share: 1 } },
    ];
    const { report, answers } = await runWith(config, { minutes: 25, faults }, { minute: 4, region: 'any' }, async (ports) => {
      const token = await tokenAsked(ports);
      return token === null ? null : { command, token };
    });
    expect(answers).toHaveLength(1);
    expect(acts(report)).toEqual(wanted);
    expect(served(report)).toEqual(regions);
  },
  60_000,
);

test('nobody answers: the approval expires, and that is a no', async () => {
  const config = smallShop({}, { mode: 'approve', policies: { approvals: { expireSeconds: 120 } } });
  const faults: ScenarioInput['faults'] = [
    { at: 3, kind: 'http-errors', where: { service: 'checkout', region: 'us-east-1' }, with: { share: 1 } },
  ];
  const { report } = await runWith(config, { minutes: 20, faults }, { minute: 99, region: 'eu-west-1' }, () => null);
  expect(acts(report)).toEqual(['failover refused']);
  expect(served(report)).toEqual(all);
}, 60_000);
