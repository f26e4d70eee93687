import { expect, test } from 'vitest';
import { loadMachines } from '../../bin/load-scenario.ts';
import type { ConfigInput } from '../../core/config/schema.ts';
import { createCheckers } from '../../simulator/checkers/index.ts';
import { readScenario, type ScenarioInput } from '../../simulator/scenario.ts';
import { checkout, shop } from '../../simulator/scenarios/shop.ts';
import { simulate } from '../../simulator/simulate.ts';
import type { World } from '../../simulator/world/world.ts';
import { parsed } from './small-shop.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const machines = loadMachines();
const region = 'us-east-1';

const others = (name: string): ConfigInput['services'][number] => ({
  ...checkout({ name, trafficGroup: undefined, failover: false }),
  deployments: {},
});

/** checkout cannot do without two services of others, and has a flag. */
const config = parsed(
  shop(
    [
      checkout({
        ...{ trafficGroup: undefined, failover: false, degradeFlag: '/shop/checkout/mode' },
        dependsOn: [{ service: 'bank' }, { service: 'mail' }],
      }),
      others('bank'),
      others('mail'),
    ],
    [],
  ),
);

const down = (service: string, at: number, until: number): NonNullable<ScenarioInput['faults']>[number] => ({
  ...{ at, until, kind: 'endpoint-down', where: { service, region } },
});

/** What was planned, with its end, in order, and the flag at each look. */
async function tell(
  faults: ScenarioInput['faults'],
  orders: ScenarioInput['orders'] = [],
  meddle: (world: World, minute: number) => void = () => {},
) {
  const read = readScenario({ name: 'degrade', source: 'made', minutes: 32, faults, orders, expect: { told: true } });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const flags: (string | undefined)[] = [];
  const report = await simulate(read.scenario, config, {
    ...{ seed: 1, settle, machines },
    checkers: (truth) => {
      let startedAt: number | null = null;
      const onTick = (at: number) => {
        startedAt ??= at;
        meddle(truth.world, (at - startedAt) / 60_000);
        const [flag] = truth.world.flags.values();
        if (flag !== flags.at(-1)) flags.push(flag);
      };
      return [...createCheckers(truth), { name: 'flags', violations: [], onTick }];
    },
  });
  return {
    flags,
    acts: report.actions.map(({ target, state }) => `${target} ${state}`),
    opened: report.timeline.filter(({ kind }) => kind === 'IncidentOpened').length,
    refused: report.timeline.filter(({ kind, data }) => kind === 'PolicyRefused' && data.action === 'degrade').map(({ reason }) => reason),
    violations: report.violations,
  };
}

test('what was degraded for a dependency is normal again when that is well, in a verified run and without an incident of its own', async () => {
  expect(await tell([down('bank', 3, 14)])).toEqual({
    flags: ['degraded', 'normal'],
    acts: [`bank/${region} verified`, `bank/${region} verified`],
    ...{ opened: 1, refused: [], violations: [] },
  });
});

test('it stays degraded until the last dependency that asks for it is well', async () => {
  const { flags, acts } = await tell([down('bank', 3, 8), down('mail', 4, 20)]);
  expect(flags).toEqual(['degraded', 'normal']);
  expect(acts).toEqual([`bank/${region} verified`, `mail/${region} verified`, `mail/${region} verified`]);
});

test('what a person has set since is left alone', async () => {
  const { flags, acts } = await tell([down('bank', 3, 14)], [], ({ flags: all }, minute) => {
    for (const name of all.keys()) if (minute > 12 && minute < 12.2) all.set(name, 'read-only');
  });
  expect(flags).toEqual(['degraded', 'read-only']);
  expect(acts).toEqual([`bank/${region} verified`, `bank/${region} verified`]);
});

test('while a pause holds it back the flag stays, and the timeline says whose it is now', async () => {
  const pause = { at: 12, in: region, order: { command: 'pause' as const, by: 'ann', reason: 'drill' } };
  const { flags, refused } = await tell([down('bank', 3, 14)], [pause]);
  expect(flags).toEqual(['degraded']);
  expect(refused).toEqual([expect.stringMatching(/back to normal is not done, set it by hand: pause is on, by ann: drill/)]);
});
