import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { text } from './access.ts';
import { resourcesOf, synthesised, worldOf } from './synthesised.ts';

interface Rule {
  EventPattern?: Record<string, unknown>;
  Targets: { Arn: unknown; DeadLetterConfig?: unknown }[];
}

const config = worldOf(2);

/** Rules on the account's own bus that wait for events. */
function rulesOf(template: Template | undefined): Rule[] {
  if (template === undefined) throw new Error('there is no region stack');
  return Object.values(resourcesOf(template, 'AWS::Events::Rule'))
    .filter(({ Properties }) => Properties.EventPattern !== undefined && Properties.EventBusName === undefined)
    .map(({ Properties }) => Properties as unknown as Rule);
}

/** EventBridge's rule for patterns of plain values and anything-but: every field is there, and holds one of the values. */
function matches(pattern: unknown, event: unknown): boolean {
  if (Array.isArray(pattern) && pattern.some((each) => typeof each === 'object' && 'anything-but' in each))
    return pattern.some((each: { 'anything-but': unknown[] }) => !each['anything-but'].includes(event));
  if (Array.isArray(pattern)) return (Array.isArray(event) ? event : [event]).some((value) => pattern.map(text).includes(text(value)));
  if (typeof pattern !== 'object' || pattern === null || typeof event !== 'object' || event === null) return false;
  return Object.entries(pattern).every(([key, wanted]) => matches(wanted, (event as Record<string, unknown>)[key]));
}

const cluster = 'arn:aws:ecs:us-east-1:111111111111:cluster/shop';
const service = 'arn:aws:ecs:us-east-1:111111111111:service/shop/checkout';
const events = {
  'an alarm that went off': {
    source: 'aws.cloudwatch',
    'detail-type': 'CloudWatch Alarm State Change',
    detail: { state: { value: 'ALARM' } },
  },
  'an issue of AWS Health': { source: 'aws.health', 'detail-type': 'AWS Health Event', detail: { eventTypeCategory: 'issue' } },
  'a task that stopped': {
    source: 'aws.ecs',
    'detail-type': 'ECS Task State Change',
    detail: { clusterArn: cluster, lastStatus: 'STOPPED' },
  },
  'a deployment that failed': { source: 'aws.ecs', 'detail-type': 'ECS Deployment State Change', resources: [service], detail: {} },
  'an event of somebody’s own': { source: 'shop.synthetics', 'detail-type': 'evenkeel trigger', detail: { service: 'checkout' } },
};

describe('what docs/triggers.md names', () => {
  const rules = rulesOf(synthesised(config)['evenkeel-world-us-east-1']);

  test.each(Object.entries(events))('%s is weighed by the analyzer and has the probe look at once', (_, event) => {
    const hearing = rules.filter(({ EventPattern }) => matches(EventPattern, event));
    expect(hearing).toHaveLength(1);
    const targets = hearing.flatMap(({ Targets }) => Targets.map(({ Arn }) => JSON.stringify(Arn)));
    expect(targets).toHaveLength(2);
    expect(targets[0]).toContain('FunctionsAnalyze');
    expect(targets[1]).toMatch(/FunctionsProbe|SlotsSlot0/);
    expect(hearing[0]?.Targets[0]?.DeadLetterConfig).toBeDefined();
  });

  test.each([
    ['an alarm that is well again', { ...events['an alarm that went off'], detail: { state: { value: 'OK' } } }],
    ['a planned change of AWS Health', { ...events['an issue of AWS Health'], detail: { eventTypeCategory: 'scheduledChange' } }],
    ['a task of another cluster', { ...events['a task that stopped'], detail: { clusterArn: `${cluster}s`, lastStatus: 'STOPPED' } }],
    ['an event that names evenkeel as its source', { ...events['an event of somebody’s own'], source: 'evenkeel' }],
    ['a deployment of another service', { ...events['a deployment that failed'], resources: [`${service}-2`] }],
  ])('%s wakes nobody', (_, event) => {
    expect(rules.filter(({ EventPattern }) => matches(EventPattern, event))).toEqual([]);
  });
});
