import fc from 'fast-check';
import { expect, test } from 'vitest';
import { onTrigger } from '../../../core/analyze/alerts/on-trigger.ts';
import { judgeByCanary } from '../../../core/analyze/alerts/release-canary.ts';
import { watchMinute } from '../../../core/analyze/alerts/watch-minute.ts';
import { parseTrigger } from '../../../core/analyze/triggers.ts';
import { Incident, storeKey } from '../../../core/model/index.ts';
import { checkout, checkoutGroup, shop } from '../../../simulator/scenarios/shop.ts';
import { writeItem } from '../../../simulator/trials/seed-items.ts';
import { configOf, type RegionBench, regionContext, shopConfig, startAt } from '../region-context.ts';

const config = configOf(shop([checkout({ dependsOn: [{ aws: 'dynamodb' }] })], [checkoutGroup(1)]));

const event = (source: string, type: string, detail: unknown, over: object = {}) => ({
  ...{ version: '0', id: 'e-1', account: '111111111111', time: '2026-01-05T12:00:00Z', region: 'us-east-1', resources: [] },
  ...{ source, 'detail-type': type, detail },
  ...over,
});

const alarm = (alarmName: string, value: string) =>
  event('aws.cloudwatch', 'CloudWatch Alarm State Change', {
    alarmName,
    state: { value, reason: 'Threshold crossed: 97 > 80', timestamp: 't' },
    configuration: {},
  });
const stopped = (id: string, over: object = {}) =>
  event('aws.ecs', 'ECS Task State Change', {
    ...{
      group: 'service:checkout',
      lastStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
    },
    ...{ clusterArn: 'arn:aws:ecs:us-east-1:111111111111:cluster/shop', taskArn: `arn:aws:ecs:us-east-1:111111111111:task/shop/${id}` },
    ...over,
  });
const deployment = (eventName: string) =>
  event(
    'aws.ecs',
    'ECS Deployment State Change',
    { eventName, deploymentId: 'ecs-svc/1', reason: 'tasks failed to start' },
    {
      resources: ['arn:aws:ecs:us-east-1:111111111111:service/shop/checkout'],
    },
  );
const health = (over: object = {}) =>
  event('aws.health', 'AWS Health Event', {
    ...{ service: 'DYNAMODB', eventTypeCode: 'AWS_DYNAMODB_OPERATIONAL_ISSUE', eventTypeCategory: 'issue', statusCode: 'open' },
    ...{ eventDescription: [{ language: 'en_US', latestDescription: 'Increased error rates' }] },
    ...over,
  });
const custom = (detail: object) => event('shop.deploys', 'evenkeel trigger', detail);

const read = (raw: unknown) => parseTrigger(raw, config, 'us-east-1', startAt);

test.each([
  [
    'an alarm named after service and alert',
    alarm('prod/checkout/cpu', 'ALARM'),
    { kind: 'alarm', alert: 'cpu', service: 'checkout', severity: 'critical' },
  ],
  ['an alarm without data', alarm('prod/checkout/cpu', 'INSUFFICIENT_DATA'), { kind: 'ignored' }],
  ['an alarm that is over', alarm('prod/checkout/cpu', 'OK'), { kind: 'ignored' }],
  ['an alarm of somebody else', alarm('billing-high', 'ALARM'), { kind: 'ignored' }],
  ['a crash', stopped('1'), { kind: 'event', event: 'unit-crashed', service: 'checkout' }],
  ['a task that was scaled in', stopped('1', { stopCode: 'ServiceSchedulerInitiated' }), { kind: 'ignored' }],
  ['a task of another cluster', stopped('1', { clusterArn: 'arn:aws:ecs:us-east-1:1:cluster/other' }), { kind: 'ignored' }],
  ['a failed deployment', deployment('SERVICE_DEPLOYMENT_FAILED'), { kind: 'event', event: 'deployment-failed', service: 'checkout' }],
  ['a deployment that goes on', deployment('SERVICE_DEPLOYMENT_IN_PROGRESS'), { kind: 'ignored' }],
  ['an AWS issue of a dependency', health(), { kind: 'alarm', alert: 'dependency-down', service: 'aws-dynamodb', severity: 'warning' }],
  ['an AWS issue that is over', health({ statusCode: 'closed' }), { kind: 'ignored' }],
  ['an AWS issue of what nothing here needs', health({ service: 'BRAKET' }), { kind: 'ignored' }],
  ['a planned change', health({ eventTypeCategory: 'scheduledChange' }), { kind: 'ignored' }],
  [
    'an event of one’s own',
    custom({ service: 'checkout', alert: 'latency', reason: 'synthetic check' }),
    { kind: 'alarm', alert: 'latency', service: 'checkout' },
  ],
  ['an event of another region', { ...stopped('1'), region: 'eu-west-1' }, { kind: 'ignored' }],
])('%s', (_, raw, expected) => {
  expect(read(raw)).toMatchObject({ ok: true, value: expected });
});

test.each([
  ['nothing', null, 'event'],
  ['a custom event without a reason', custom({ service: 'checkout', alert: 'latency', reason: '' }), 'detail.reason'],
  [
    'a custom event of an unknown service',
    custom({ service: 'chekout', alert: 'latency', reason: 'x' }),
    'detail.service: "chekout" is no service',
  ],
  ['a custom event of an unknown alert', custom({ service: 'checkout', alert: 'sadness', reason: 'x' }), 'detail.alert'],
  ['a custom event with more than is known', custom({ service: 'checkout', alert: 'latency', reason: 'x', run: 'rm -rf /' }), 'detail'],
  ['an alarm without a state', event('aws.cloudwatch', 'CloudWatch Alarm State Change', { alarmName: 'a' }), 'detail.state'],
  [
    'a name without end',
    event('aws.cloudwatch', 'CloudWatch Alarm State Change', { alarmName: 'a'.repeat(300), state: { value: 'OK' } }),
    'detail.alarmName',
  ],
])('%s is refused with the field that does not fit', (_, raw, words) => {
  const answer = read(raw);
  expect(answer).toMatchObject({ ok: false, code: 'invalid' });
  expect(answer.ok ? '' : answer.reason).toContain(words);
});

test('whatever comes, the parser answers and keeps no long text', () => {
  fc.assert(
    fc.property(fc.anything(), fc.string({ maxLength: 5_000 }), (detail, reason) => {
      read(custom(detail as object));
      const answer = read(custom({ service: 'checkout', alert: 'latency', reason: `x${reason}` }));
      if (answer.ok && answer.value.kind === 'alarm') expect(answer.value.reason.length).toBeLessThanOrEqual(1_000);
    }),
    { numRuns: 200 },
  );
});

async function incidents(bench: RegionBench): Promise<Incident[]> {
  const found = await bench.ctx.ports.store.query('incident#', 50, { deadlineAt: bench.clock.now() + 1000 });
  return found.ok ? found.value.map((item) => Incident.parse(item.body)) : [];
}

test('three crashes within ten minutes are a crash loop; the same crash told three times is one', async () => {
  const bench = regionContext(shopConfig());
  for (let time = 0; time < 3; time += 1) await onTrigger(bench.ctx, stopped('1'));
  await watchMinute(bench.ctx, judgeByCanary);
  expect(await incidents(bench)).toEqual([]);
  for (const id of ['2', '3']) await onTrigger(bench.ctx, stopped(id));
  await watchMinute(bench.ctx, judgeByCanary);
  expect(await incidents(bench)).toMatchObject([{ alert: 'crash-loop', subject: { service: 'checkout', region: 'us-east-1' } }]);
});

test('crashes that are ten minutes apart are none', async () => {
  const bench = regionContext(shopConfig());
  for (const id of ['1', '2', '3']) {
    await onTrigger(bench.ctx, stopped(id));
    await bench.pass(301);
    await watchMinute(bench.ctx, judgeByCanary);
  }
  expect(await incidents(bench)).toEqual([]);
});

test('an alarm that comes twice opens one incident', async () => {
  const bench = regionContext(shopConfig());
  expect(await onTrigger(bench.ctx, alarm('checkout/cpu', 'ALARM'))).toMatchObject({
    ok: true,
    value: 'inc-checkout-us-east-1-cpu-1 is opened',
  });
  await onTrigger(bench.ctx, alarm('checkout/cpu', 'ALARM'));
  expect(await incidents(bench)).toHaveLength(1);
});

test('an alarm that names a unit waits for the cooldown of that unit, not of its neighbour', async () => {
  const bench = regionContext(shopConfig());
  const full = (unit: string) => onTrigger(bench.ctx, custom({ service: 'checkout', alert: 'cpu', unit, reason: 'busy' }));
  await full('unit-a');
  const [first] = await incidents(bench);
  expect(first).toMatchObject({ subject: { unit: 'unit-a' }, locus: 'unit' });
  const state = bench.states.get('us-east-1');
  if (state && first) writeItem(state, storeKey.incident(first.id), { ...first, state: 'resolved', resolvedAt: bench.clock.now() });
  await bench.pass(60);
  expect(await full('unit-a')).toMatchObject({ ok: true, value: expect.stringMatching(/was over 60 s ago; \d+ s are waited$/) });
  expect(await full('unit-b')).toMatchObject({ ok: true, value: expect.stringMatching(/is opened$/) });
});

test('a malformed event changes nothing', async () => {
  const bench = regionContext(shopConfig());
  expect(await onTrigger(bench.ctx, { 'detail-type': 'evenkeel trigger' })).toMatchObject({ ok: false, code: 'invalid' });
  expect(bench.states.get('us-east-1')?.items.size).toBe(0);
});
