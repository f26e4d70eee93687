import { expect, test } from 'vitest';
import { parseConfig } from '../../../core/config/parse-config.ts';
import type { ConfigInput } from '../../../core/config/schema.ts';
import { putStored } from '../../../core/knowledge/stored.ts';
import { freezeSwitch, type Incident, killSwitch, pauseSwitch, storeKey } from '../../../core/model/index.ts';
import { operate } from '../../../core/plan/operator.ts';
import type { PlanReply } from '../../../core/plan/plan.ts';
import { remediate } from '../../../core/plan/remediate.ts';
import { checkout, checkoutGroup, shop } from '../../../simulator/scenarios/shop.ts';
import { incidentOf } from '../incident-of.ts';
import { type RegionBench, regionContext, shopConfig, startAt } from '../region-context.ts';

const incident = (over: Partial<Incident> = {}) =>
  incidentOf({
    id: 'inc-checkout-us-east-1-node-not-ready-1',
    alert: 'node-not-ready',
    cause: 'a unit is not healthy',
    reason: 'a unit is not healthy',
    ...over,
  });

async function answerOf(bench: RegionBench, given: Incident): Promise<PlanReply> {
  await putStored(bench.ctx.ports.store, bench.clock, storeKey.incident(given.id), given, 0);
  return remediate(bench.ctx, given, 1, '-');
}

const on = { on: true, by: 'ann', at: startAt, reason: 'drill' };
const turn = (name: string) => async (bench: RegionBench) =>
  void (await putStored(bench.ctx.ports.store, bench.clock, storeKey.switch(name), on, 0));
const nothing = async () => undefined;
const withPolicies = (policies: NonNullable<ConfigInput['policies']>) => regionContext(shopConfig({ policies }));
const noon = { name: 'noon', days: ['mon' as const], from: '11:00', to: '13:00' };

test.each<[string, RegionBench, (bench: RegionBench) => Promise<unknown>, string, RegExp]>([
  ['the kill switch', regionContext(), turn(killSwitch), 'switches', /kill is on, by ann: drill/],
  ['a pause', regionContext(), turn(pauseSwitch), 'switches', /pause is on, by ann: drill/],
  ['a frozen target', regionContext(), turn(freezeSwitch('checkout/us-east-1')), 'switches', /is on, by ann: drill/],
  [
    'an action that is not allowed',
    withPolicies({ allowedActions: { critical: { tier1: ['notify'] } } }),
    nothing,
    'allowedActions',
    /restart is not allowed for a critical incident of tier1; allowed are notify/,
  ],
  ['peak hours', withPolicies({ peakHours: [noon], lowRiskActions: ['notify'] }), nothing, 'peakHours', /11:00–13:00.*not restart/],
  ['an empty budget', withPolicies({ budgets: { perTargetPerHour: 0 } }), nothing, 'budgets', /0 are allowed/],
  ['a bound of capacity', withPolicies({ budgets: { capacityOutShareMax: 0.1 } }), nothing, 'capacityOut', /25 %.*10 % are allowed/],
])('a refusal by %s stands on the timeline with the policy, the action and the target', async (_, bench, before, policy, reason) => {
  await before(bench);
  const reply = await answerOf(bench, incident());
  expect(bench.of('PolicyRefused')).toMatchObject([
    { data: { incident: incident().id, policy, action: 'restart', target: 'checkout/us-east-1' }, reason: expect.stringMatching(reason) },
  ]);
  expect(bench.of('PlanMade')).toEqual([]);
  // What machines may not do goes to people.
  expect(reply).toMatchObject({ code: 'refused', reason: expect.stringContaining('gives it to people') });
});

test('an action that does not fit what is there is refused by its remedy, by name', async () => {
  const bench = regionContext();
  await answerOf(bench, incident({ alert: 'cpu', subject: { service: 'checkout', region: 'eu-west-1' } }));
  expect(bench.of('PolicyRefused')[0]).toMatchObject({ data: { policy: 'remedy', action: 'scale', target: 'checkout/eu-west-1' } });
});

test.each([
  ['an alert that no playbook answers', incident({ alert: 'disk' }), 'no playbook answers disk'],
  ['a warning', incident({ severity: 'warning' }), 'a warning of node-not-ready is told, not acted on'],
])('%s is answered with a sentence, not with an action', async (_, given, words) => {
  const bench = regionContext();
  expect((await answerOf(bench, given)).reason).toBe(words);
  expect(bench.of('PlanMade')).toEqual([]);
});

const calm = (levels: NonNullable<ConfigInput['playbooks']>[number]['levels']) => ({
  playbooks: [{ name: 'calm', alert: 'cpu' as const, levels }],
});

test.each<[string, ConfigInput, string, RegExp]>([
  [
    'an unknown playbook',
    shop([checkout({ playbooks: { cpu: 'cpus' } })], [checkoutGroup(1)]),
    'services[0].playbooks.cpu',
    /"?cpus"?.*playbook|playbook.*"?cpus"?/,
  ],
  [
    'a level without actions',
    shop([checkout({})], [checkoutGroup(1)], calm([{ name: 'soft', actions: [] }])),
    'playbooks[0].levels[0].actions',
    /at least 1/,
  ],
  ['a playbook without levels', shop([checkout({})], [checkoutGroup(1)], calm([])), 'playbooks[0].levels', /at least 1/],
])('%s does not load, and the problem names its place', (_, input, path, message) => {
  const parsed = parseConfig(input);
  expect(parsed.ok ? [] : parsed.problems).toContainEqual(expect.objectContaining({ path, message: expect.stringMatching(message) }));
});

test('a thaw without a reason, a used token and one that has expired are errors that say so', async () => {
  const bench = regionContext();
  const { approver } = bench.ctx.ports;
  const call = { deadlineAt: startAt + 5_000 };
  const approval = { planId: 'p', incident: 'i', what: 'promote the replica', expiresAt: startAt + 60_000 };
  const [asked, late] = [await approver.request(approval, call), await approver.request(approval, call)];
  if (!asked.ok || !late.ok) throw new Error('people could not be asked');
  const said = async (order: object) => {
    const done = await operate(bench.ctx, { by: 'ann', reason: 'drill', ...order });
    return done.ok ? 'done' : `${done.code}: ${done.reason}`;
  };
  expect(await said({ command: 'thaw', target: 'checkout/us-east-1', reason: '' })).toBe('invalid: reason: a reason is asked for');
  expect(await said({ command: 'approve', token: asked.value.token })).toBe('done');
  expect(await said({ command: 'approve', token: asked.value.token })).toBe('conflict: ann has decided: the token is used');
  await bench.pass(61);
  expect(await said({ command: 'approve', token: late.value.token })).toMatch(/^refused: the approval expired \d+ ms ago: it is denied/);
});

test('a sick dependency is given to its owner by name', async () => {
  const reply = await answerOf(regionContext(), incident({ id: 'inc-d', alert: 'dependency-down', cause: 'it answers 503' }));
  expect(reply).toMatchObject({
    code: 'refused',
    reason: 'the playbook for dependency-down gives it to the owner of checkout, checkout-team@example.com: it answers 503',
  });
});
