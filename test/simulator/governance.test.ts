import { expect, test } from 'vitest';
import { loadMachines } from '../../bin/load-scenario.ts';
import type { ConfigInput } from '../../core/config/schema.ts';
import { readScenario, type ScenarioInput } from '../../simulator/scenario.ts';
import { simulate } from '../../simulator/simulate.ts';
import { smallShop } from './small-shop.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const machines = loadMachines();
const region = 'us-east-1';

/** checkout fails in one region from minute 3 on; its playbook restarts it, shifts half of its traffic, and gives up. */
async function errorsUnder(
  rest: Partial<ConfigInput>,
  until = 14,
): Promise<{ refused: string[]; planned: string[]; scored: unknown[]; applied: number; ends: unknown }> {
  const faults: ScenarioInput['faults'] = [
    { at: 3, until, kind: 'http-errors', where: { service: 'checkout', region }, with: { share: 1 } },
  ];
  const read = readScenario({ name: 'governance', source: 'made', minutes: 21, faults, expect: { incidents: 1 } });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const { timeline } = await simulate(read.scenario, smallShop({ failover: false }, rest), { seed: 1, settle, machines });
  const of = (kind: string) => timeline.filter((entry) => entry.kind === kind);
  return {
    refused: of('PolicyRefused').map(({ data, reason }) => `${data.action} by ${data.policy}: ${reason}`),
    planned: of('PlanMade').map(({ data }) => String(data.action)),
    scored: of('ShadowScored').map(({ data: { action, hit } }) => ({ action, hit })),
    applied: of('StepApplied').length,
    ends: of('IncidentChanged').at(-1)?.data.to,
  };
}

/** The simulated day is a Monday, and begins at noon. */
const noon = { name: 'noon', days: ['mon' as const], from: '11:00', to: '14:00' };

test.each<[string, Partial<ConfigInput>, RegExp]>([
  [
    'peak hours',
    { policies: { peakHours: [noon], lowRiskActions: ['notify'] } },
    /^restart by peakHours: .*peak hours noon \(11:00–14:00 UTC\) allow only low-risk actions/,
  ],
  ['a spent budget', { policies: { budgets: { globalPerHour: 0 } } }, /^restart by budgets: .*0 actions in the last hour; 0 are allowed/],
])('in the running loop %s holds back a restart, by name and with its figures', async (_, rest, words) => {
  const { refused, planned } = await errorsUnder(rest);
  expect(refused).toContainEqual(expect.stringMatching(words));
  expect(planned).not.toContain('restart');
});

test('a maintenance window allows what peak hours hold back', async () => {
  const policies = {
    peakHours: [noon],
    lowRiskActions: ['notify' as const],
    maintenanceWindows: [{ ...noon, allow: ['restart' as const] }],
  };
  const { planned } = await errorsUnder({ policies });
  expect(planned[0]).toBe('restart');
});

test.each([
  ['it would have helped while the trouble went on', 14, true],
  ['it would have been for nothing once it was over by itself', 7, false],
])('a decision that observe mode only wrote down is scored when the incident is over: %s', async (_, until, hit) => {
  expect(await errorsUnder({ mode: 'observe' }, until)).toMatchObject({
    ...{ planned: ['restart'], applied: 0, scored: [{ action: 'restart', hit }], ends: 'resolved' },
  });
});
