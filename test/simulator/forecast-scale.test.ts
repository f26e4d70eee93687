import { expect, test } from 'vitest';
import { loadMachines, loadScenario } from '../../bin/load-scenario.ts';
import type { Config } from '../../core/config/schema.ts';
import type { Scenario } from '../../simulator/scenario.ts';
import { simulate } from '../../simulator/simulate.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const machines = loadMachines();

/** Incidents by region and alert, and the scalings with the CPU share at which they came. */
async function day(scenario: Scenario, config: Config) {
  let fullest = 0;
  const report = await simulate(scenario, config, {
    ...{ seed: 1, settle, machines },
    checkers: ({ world }) => [
      {
        name: 'fullest',
        violations: [],
        onTick: () => {
          for (const here of world.services.values()) fullest = Math.max(fullest, here.serving.utilisation);
        },
      },
    ],
  });
  const opened = report.timeline.flatMap(({ kind, data, region }) => (kind === 'IncidentOpened' ? [`${region} ${data.alert}`] : []));
  return { opened: opened.sort(), actions: report.actions.map(({ action, state }) => `${action} ${state}`), fullest };
}

const { scenario, config } = await loadScenario('rising-load');
const everywhere = (alert: string) => ['eu-west-1', 'us-east-1', 'us-west-2'].map((region) => `${region} ${alert}`);

test('a load that rises as on the days before is met before it is there, in every region', { timeout: 30_000 }, async () => {
  const { opened, actions, fullest } = await day(scenario, config);
  expect(opened).toEqual(everywhere('capacity-forecast'));
  expect(actions).toEqual(['scale verified', 'scale verified', 'scale verified']);
  expect(fullest).toBeLessThan(0.75);
});

test('where nobody counts requests there is no forecast: more units come when the old ones have been too busy for a while', {
  timeout: 30_000,
}, async () => {
  const uncounted = config.services.map((service) => ({
    ...service,
    deployments: Object.fromEntries(Object.entries(service.deployments).map(([region, each]) => [region, { ...each, targetGroups: [] }])),
  }));
  const { opened, fullest } = await day(scenario, { ...config, services: uncounted });
  expect(opened).toEqual(everywhere('cpu'));
  expect(fullest).toBeGreaterThan(0.8);
});

test('a load that stays as it is asks for nothing', { timeout: 30_000 }, async () => {
  const flat = { ...scenario, minutes: 60, day: { peakFactor: 1, peakAtHour: 18, knownDays: 3 } };
  expect(await day(flat, config)).toMatchObject({ opened: [], actions: [] });
});

test('a forecast that policy refuses is told, and nothing is done', { timeout: 30_000 }, async () => {
  const { allowedActions } = config.policies;
  const warning = { ...allowedActions.warning, tier1: ['notify' as const] };
  const strict = { ...config, policies: { ...config.policies, allowedActions: { ...allowedActions, warning } } };
  const { opened, actions } = await day({ ...scenario, minutes: 115 }, strict);
  expect(opened).toEqual(everywhere('capacity-forecast'));
  expect(actions).toEqual([]);
});
