import { describe, expect, test } from 'vitest';
import { allows, list, statementsOfRole, text } from './access.ts';
import { resourcesOf, synthesised, worldOf } from './synthesised.ts';

const template = synthesised(worldOf(3))['evenkeel-world-us-east-1'];
if (template === undefined) throw new Error('there is no region stack');
const [id, role] =
  Object.entries(resourcesOf(template, 'AWS::IAM::Role')).find(([name]) => /^RegionOperatorRole[0-9A-F]{8}$/.test(name)) ?? [];
if (id === undefined || role === undefined) throw new Error('the region has no operator role');
const statements = statementsOfRole(template, id);
const may = (action: string, resource: string) => allows(statements, { action, resource });
const arn = (service: string, region: string, resource: string) => `arn:aws:${service}:${region}:111111111111:${resource}`;

describe('the role that orders are given in', () => {
  test('has a path that buses and tables let in, a name that the command line finds, and the boundary', () => {
    expect(role.Properties).toMatchObject({ Path: '/evenkeel/world/', RoleName: 'evenkeel-world-operator-us-east-1' });
    expect(role.Properties.PermissionsBoundary).toBeDefined();
  });

  test('is assumed by whom the account’s own IAM lets, and by no other account and no service', () => {
    const { Statement } = role.Properties.AssumeRolePolicyDocument as { Statement: { Principal: object }[] };
    expect(Statement.map(({ Principal }) => Object.entries(Principal).map(([kind, who]) => [kind, list(who).map(text)]))).toEqual([
      [['AWS', ['arn:aws:iam::111111111111:root']]],
    ]);
  });

  test('speaks on every bus, writes its table and the peers’, starts what a person orders and answers an approval', () => {
    for (const region of ['us-east-1', 'eu-west-1', 'us-west-2']) {
      expect(may('events:PutEvents', arn('events', region, 'event-bus/evenkeel-world')), region).toBe(true);
      if (region !== 'us-east-1') expect(may('dynamodb:PutItem', arn('dynamodb', region, 'table/evenkeel-world')), region).toBe(true);
    }
    for (const machine of ['failback', 'rollout', 'shift'])
      expect(may('states:StartExecution', arn('states', 'us-east-1', `stateMachine:evenkeel-world-${machine}`)), machine).toBe(true);
    expect(may('states:SendTaskSuccess', arn('states', 'us-east-1', 'stateMachine:evenkeel-world-respond'))).toBe(true);
  });

  test('acts on nothing itself: no service, no record, no vote, no other machine', () => {
    for (const [action, resource] of [
      ['ecs:UpdateService', arn('ecs', 'us-east-1', 'service/shop/checkout')],
      ['route53:ChangeResourceRecordSets', 'arn:aws:route53:::hostedzone/Z0WORLD'],
      ['cloudwatch:PutMetricData', '*'],
      ['states:StartExecution', arn('states', 'us-east-1', 'stateMachine:evenkeel-world-failover')],
      ['iam:PassRole', 'arn:aws:iam::111111111111:role/any'],
    ] as const)
      expect(may(action, resource), action).toBe(false);
  });
});
