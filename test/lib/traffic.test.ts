import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { TrafficStack } from '../../lib/stacks/traffic-stack.ts';
import { thresholdOf } from '../../lib/traffic/vote-checks.ts';
import { voteAlarmsOf } from '../../lib/vote/vote-alarms.ts';
import { resourcesOf, synthesised, worldOf } from './synthesised.ts';

const secret = 'a secret of more than thirty-two characters';

interface CheckConfig {
  Type: string;
  HealthThreshold?: number;
  ChildHealthChecks?: unknown[];
  AlarmIdentifier?: { Name: string; Region: string };
  InsufficientDataHealthStatus?: string;
  Inverted?: boolean;
  RequestInterval?: number;
  SearchString?: string;
}

function checksOf(regions: number, carrier: 'metric' | 'object' = 'metric', voteSecret: string | undefined = secret): CheckConfig[] {
  const stack = new TrafficStack(new App(), 'checks', {
    config: worldOf(regions, { carrier }),
    ...(voteSecret !== undefined && { voteSecret }),
  });
  const checks = Object.values(resourcesOf(Template.fromStack(stack), 'AWS::Route53::HealthCheck'));
  return checks.map(({ Properties }) => Properties.HealthCheckConfig as CheckConfig);
}

describe('health checks of a traffic group', () => {
  test.each([
    [2, 1, 2],
    [3, 1, 2],
    [4, 1, 3],
    [5, 2, 4],
  ])('%i regions: each region stays in while %i of its %i children are healthy', (regions, threshold, children) => {
    const checks = checksOf(regions);
    const calculated = checks.filter(({ Type }) => Type === 'CALCULATED');
    expect(calculated).toHaveLength(regions);
    for (const check of calculated) {
      expect(check.HealthThreshold).toBe(threshold);
      expect(check.ChildHealthChecks).toHaveLength(children);
    }
    expect(checks).toHaveLength(regions * (children + 1));
  });

  test('a child by metric keeps its last status without data, and names the alarm in the voter’s region', () => {
    const children = checksOf(3).filter(({ Type }) => Type === 'CLOUDWATCH_METRIC');
    expect(new Set(children.map(({ InsufficientDataHealthStatus }) => InsufficientDataHealthStatus))).toEqual(new Set(['LastKnownStatus']));
    const alarms = new Map(voteAlarmsOf(worldOf(3)).map(({ name, child }) => [name, child.voter]));
    for (const { AlarmIdentifier } of children) expect(alarms.get(AlarmIdentifier?.Name ?? '')).toBe(AlarmIdentifier?.Region);
  });

  test('with two regions the own heartbeat is unhealthy when it falls silent', () => {
    const children = checksOf(2).filter(({ Type }) => Type === 'CLOUDWATCH_METRIC');
    const heartbeats = children.filter(({ AlarmIdentifier }) => AlarmIdentifier?.Name.includes('-heartbeat-'));
    expect(heartbeats).toHaveLength(2);
    for (const heartbeat of heartbeats) expect(heartbeat.InsufficientDataHealthStatus).toBe('Unhealthy');
    const silent = voteAlarmsOf(worldOf(2)).filter(({ child }) => child.kind === 'heartbeat');
    expect(silent.map(({ treatMissingData }) => treatMissingData)).toEqual(['breaching', 'breaching']);
  });

  test('a child by object is an inverted string match every ten seconds on a body nobody can guess', () => {
    const children = checksOf(3, 'object').filter(({ Type }) => Type === 'HTTPS_STR_MATCH');
    expect(children).toHaveLength(6);
    for (const child of children) {
      expect(child).toMatchObject({ Inverted: true, RequestInterval: 10 });
      expect(child.SearchString).toMatch(/^[0-9a-f]{40}$/);
    }
    expect(new Set(children.map(({ SearchString }) => SearchString)).size).toBe(6);
  });

  test('votes by object need a secret', () => {
    expect(() => checksOf(3, 'object', '')).toThrow(/evenkeel:voteSecret/);
  });

  test.each([0, 3])('a threshold of %i for two children is refused', (healthThreshold) => {
    const config = worldOf(3);
    const [group] = config.trafficGroups;
    if (group === undefined) throw new Error('there is no group');
    expect(() => thresholdOf(config, { ...group, healthThreshold }, 2)).toThrow(/between 1 and its 2 children/);
  });

  test('every alarm that a check names stands in the voter’s own stack, and its name changes with its configuration', () => {
    const config = worldOf(3);
    const templates = synthesised(config);
    for (const { name, child } of voteAlarmsOf(config)) {
      const template = templates[`evenkeel-world-${child.voter}`];
      if (template === undefined) throw new Error(`${child.voter} has no stack`);
      const alarms = Object.values(resourcesOf(template, 'AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
      expect(alarms.find(({ AlarmName }) => AlarmName === name)).toMatchObject({
        Statistic: 'Maximum',
        Period: 60,
        TreatMissingData: 'ignore',
      });
    }
    const [one] = voteAlarmsOf(config);
    const [two] = voteAlarmsOf({ ...config, name: 'other' });
    expect(one?.name.slice(-8)).not.toBe(two?.name.slice(-8));
  });
});
