import { describe, expect, it } from 'vitest';
import { explain } from '../../../core/config/explain/explain.ts';
import { duration, listed } from '../../../core/config/explain/wording.ts';
import { parseConfig } from '../../../core/config/parse-config.ts';
import { example } from './example.ts';

type Example = ReturnType<typeof example>;

function sentences(change: (config: Example) => void): string {
  const config = example();
  change(config);
  const parsed = parseConfig(config);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 2));
  return explain(parsed.config)
    .flatMap(({ lines }) => lines)
    .join('\n');
}

describe('what a configuration means', () => {
  it.each<[string, (config: Example) => void]>([
    ['Its mode is observe: evenkeel decides and records, and touches nothing.', (config) => delete config.mode],
    ['Its mode is approve: evenkeel asks a person before it acts.', (config) => Object.assign(config, { mode: 'approve' })],
    ['from three regions, every 20 s (5 to 20 s as its health changes). It passes when [STATUS] == 200.', () => {}],
    ['a connection to payments.example.com:443, from three regions, every 30 s (5 to 300 s', () => {}],
    ['checkout is a tier 1 service of checkout-team@example.com; it needs payments and aws-dynamodb.', () => {}],
    ['That makes 46 endpoints to probe from each region.', () => {}],
    [
      'from eu-west-1 to nowhere: it stays, and people are paged',
      (config) => {
        Object.assign(config.services[0], { deployments: inTwo });
        Object.assign(config.services[1], { trafficGroup: 'checkout', allowedRegions: ['eu-west-1', 'us-west-2'] });
      },
    ],
    [
      'Its traffic may be in eu-west-1 and us-west-2 alone.',
      (config) => Object.assign(config.services[0], { allowedRegions: ['eu-west-1', 'us-west-2'] }),
    ],
    ['At peak it serves 600 requests a second in all.', (config) => Object.assign(config.services[0], { peakPerSecond: 600 })],
    ['In us-east-1 it runs two tasks, between 1 and 4.', (config) => Object.assign(config.services[0], { deployments: inTwo })],
    [
      'nothing in the traffic group checkout has failover on, so it stays where it is.',
      (config) => Object.assign(config.services[0], { failover: false }),
    ],
    ['Votes travel as a private metric, one to two minutes; clients follow within the TTL of 60 s.', () => {}],
    [
      'Votes travel as an object in S3, about 30 s; clients follow within the TTL of 30 s.',
      (config) => Object.assign(config.trafficGroups[0], { carrier: 'object', ttlSeconds: 30 }),
    ],
    [
      'evenkeel gives out the check ids and writes no record.',
      (config) => Object.assign(config.trafficGroups[0], { recordsOwnedElsewhere: true }),
    ],
    [
      'The CloudFront distribution E1 follows a shift of half or more, a proven failover and a proven failback, best effort.',
      (config) => Object.assign(config.trafficGroups[0], { cloudFront: { distributionId: 'E1' } }),
    ],
    ['The records are brought in line after the proof', (config) => Object.assign(config.trafficGroups[0], { controlPlaneFollowUp: true })],
    [
      'Peak hours evening: fri and sat 18:00–22:00 UTC: only notify and page, failover excepted.',
      (config) =>
        Object.assign(config, {
          policies: {
            lowRiskActions: ['notify', 'page'],
            peakHours: [{ name: 'evening', days: ['fri', 'sat'], from: '18:00', to: '22:00' }],
          },
        }),
    ],
    [
      'Maintenance patching: sun 23:00–02:00 UTC: restart may be done, whatever the severity.',
      (config) =>
        Object.assign(config, {
          policies: { maintenanceWindows: [{ name: 'patching', days: ['sun'], from: '23:00', to: '02:00', allow: ['restart'] }] },
        }),
    ],
    ['Tier 1 (checkout): every action when it is critical', () => {}],
    [
      'Tier 2 (payments): nothing when it is critical',
      (config) => Object.assign(config, { policies: { allowedActions: { critical: { tier2: [] } } } }),
    ],
    ['- memory: script, wait, scale → restart → page', () => {}],
    ['Nobody is paged: notifications.page is empty.', () => {}],
    [
      'the webhook pager is paged at the latest 5 min after an incident opens',
      (config) => Object.assign(config, { notifications: { page: { webhooks: [{ name: 'pager', url: 'https://pager.example.com/' }] } } }),
    ],
    ['One traffic group in three regions: 9 of the 200 Route 53 health checks', () => {}],
  ])('says: %s', (sentence, change) => {
    expect(sentences(change)).toContain(sentence);
  });

  it('says of two regions that both children must be gone, and of one that nothing can be moved', () => {
    const two = sentences((config) => {
      config.regions = [{ name: 'us-east-1' }, { name: 'eu-west-1' }];
      delete config.trafficGroups[0].records[0]?.regions['us-west-2'];
    });
    expect(two).toContain('A region answers while at least 1 of 2 children');
    expect(two).toContain('One traffic group in two regions: 6 of the 200');
    const one = sentences((config) => {
      config.regions = [{ name: 'us-east-1' }];
      config.services[0].failover = false;
      delete config.services[0].trafficGroup;
      Object.assign(config, { trafficGroups: [] });
    });
    expect(one).toContain('There is one region, so nothing can be moved.');
    expect(one).toContain('No traffic groups in one region: 0 of the 200');
  });

  it('writes lists and durations as people do', () => {
    expect([listed([]), listed(['a']), listed(['a', 'b'], 'or'), listed(['a', 'b', 'c'])]).toEqual([
      'nothing',
      'a',
      'a or b',
      'a, b and c',
    ]);
    expect([45, 90, 120, 300, 3600, 7200].map(duration)).toEqual(['45 s', '90 s', '2 min', '5 min', '60 min', '2 h']);
  });
});

const deployment = { kind: 'ecs', cluster: 'shop', service: 'checkout', maxUnits: 4, baselineUnits: 2 };
const inTwo = { 'us-east-1': deployment, 'eu-west-1': deployment };
