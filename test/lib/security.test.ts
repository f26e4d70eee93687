import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { machineKinds, machineNames } from '../../lib/execute/machine-kinds.ts';
import { type DeployedFunction, deployedFunctions } from '../../lib/functions/catalogue.ts';
import { pascal } from '../../lib/names.ts';
import { allows, list, statementsOfRole, text } from './access.ts';
import { resourcesOf, synthesised, worldOf } from './synthesised.ts';

const config = worldOf(3, { rich: true });
const templates = synthesised(config);
const own = 'us-east-1';
const peer = 'eu-west-1';
const template = stackOf(own);

function stackOf(region: string, from: Record<string, Template> = templates): Template {
  const found = from[`evenkeel-world-${region}`];
  if (found === undefined) throw new Error(`there is no stack of ${region}`);
  return found;
}

function never(): never {
  throw new Error('it is not in the template');
}

function roleOf(name: DeployedFunction): string {
  const prefix = `RegionFunctions${pascal(name)}Role`;
  const roles = Object.keys(resourcesOf(template, 'AWS::IAM::Role')).filter(
    (id) => id.startsWith(prefix) && /^[0-9A-F]{8}$/.test(id.slice(prefix.length)),
  );
  const [role] = roles;
  if (role === undefined || roles.length > 1) throw new Error(`${name} has the roles ${roles.join(', ') || 'none'}`);
  return role;
}

const failoverPath: DeployedFunction[] = [
  'plan',
  'step-apply',
  'step-verify',
  'step-undo',
  'vote',
  'analyze',
  'sweep',
  'learn',
  'notify',
  'probe',
];

/** A request that is as tempting as it gets: the zone, records and names of the configuration. */
const banned = [
  {
    action: 'route53:ChangeResourceRecordSets',
    resource: 'arn:aws:route53:::hostedzone/Z0WORLD',
    context: {
      'route53:ChangeResourceRecordSetsNormalizedRecordNames': 'checkout.example.com',
      'route53:ChangeResourceRecordSetsRecordTypes': 'A',
      'route53:ChangeResourceRecordSetsActions': 'CREATE',
    },
  },
  { action: 'route53:UpdateHealthCheck', resource: 'arn:aws:route53:::healthcheck/1' },
  { action: 'route53:CreateHostedZone', resource: '*' },
  { action: 'cloudfront:UpdateDistribution', resource: 'arn:aws:cloudfront::111111111111:distribution/E1' },
  { action: 'globalaccelerator:UpdateEndpointGroup', resource: 'arn:aws:globalaccelerator::111111111111:accelerator/1' },
  { action: 's3:CreateBucket', resource: 'arn:aws:s3:::bucket' },
  { action: 'iam:PutRolePolicy', resource: 'arn:aws:iam::111111111111:role/any' },
  { action: 'iam:CreateRole', resource: 'arn:aws:iam::111111111111:role/any' },
  { action: 'iam:AttachRolePolicy', resource: 'arn:aws:iam::111111111111:role/any' },
];

describe('what roles cannot do', () => {
  test.each(failoverPath)('%s can call no banned API, and is denied each of them outright', (name) => {
    const statements = statementsOfRole(template, roleOf(name));
    const anything = { Effect: 'Allow' as const, Action: '*', Resource: '*' };
    for (const request of banned) {
      expect(allows(statements, request), request.action).toBe(false);
      expect(allows([...statements, anything], request), `${request.action}, were it granted`).toBe(false);
    }
  });

  test('only the steps and the undo of a shift change records, only those of the configuration, and nothing else global', () => {
    const [weights] = banned;
    if (weights === undefined) throw new Error('there is nothing banned');
    const may = deployedFunctions.filter((name) => allows(statementsOfRole(template, roleOf(name)), weights));
    expect(may).toEqual(['step-apply-weights', 'step-undo-weights']);
    for (const name of may) {
      const statements = statementsOfRole(template, roleOf(name));
      const context = { ...weights.context, 'route53:ChangeResourceRecordSetsNormalizedRecordNames': 'mail.example.com' };
      expect(allows(statements, { ...weights, context })).toBe(false);
      expect(allows(statements, { ...weights, resource: 'arn:aws:route53:::hostedzone/ZOTHER' })).toBe(false);
      for (const request of banned.slice(1)) expect(allows(statements, request), request.action).toBe(false);
    }
  });

  test('only the steps and the undo of a shift change the distribution of the configuration, and only its verify reads it besides', () => {
    const may = (action: string) =>
      deployedFunctions.filter((name) =>
        allows(statementsOfRole(template, roleOf(name)), { action, resource: 'arn:aws:cloudfront::111111111111:distribution/E0WORLD' }),
      );
    expect(may('cloudfront:UpdateDistribution')).toEqual(['step-apply-weights', 'step-undo-weights']);
    expect(may('cloudfront:GetDistribution')).toEqual(['step-apply-weights', 'step-verify-weights', 'step-undo-weights']);
    expect(may('cloudfront:CreateDistribution')).toEqual([]);
  });

  test('a voter writes its own vote, not another’s', () => {
    const votes = (voter: string) => ({
      action: 'cloudwatch:PutMetricData',
      resource: '*',
      context: { 'cloudwatch:namespace': `evenkeel/world/votes/${voter}` },
    });
    expect(allows(statementsOfRole(template, roleOf('vote')), votes(own))).toBe(true);
    expect(allows(statementsOfRole(template, roleOf('vote')), votes(peer))).toBe(false);
    for (const name of deployedFunctions.filter((each) => each !== 'vote')) {
      expect(allows(statementsOfRole(template, roleOf(name)), votes(own)), name).toBe(false);
    }
  });

  test('a voter by object writes the objects of its own bucket alone', () => {
    const byObject = synthesised(worldOf(3, { carrier: 'object' }), 'a secret of more than thirty-two characters');
    const bucketOf = (region: string) => {
      const [bucket] = Object.values(resourcesOf(stackOf(region, byObject), 'AWS::S3::Bucket'));
      return text(bucket?.Properties.BucketName);
    };
    const stack = stackOf(own, byObject);
    const [bucketId] = Object.keys(resourcesOf(stack, 'AWS::S3::Bucket'));
    const role = Object.keys(resourcesOf(stack, 'AWS::IAM::Role')).find((id) => id.startsWith('RegionFunctionsVoteRole')) ?? '';
    const statements = statementsOfRole(stack, role);
    const ownObjects = JSON.stringify({ 'Fn::GetAtt': [bucketId, 'Arn'] });
    expect(allows(statements, { action: 's3:PutObject', resource: `${ownObjects}/votes/1` })).toBe(true);
    expect(allows(statements, { action: 's3:PutObject', resource: `arn:aws:s3:::${bucketOf(peer)}/votes/1` })).toBe(false);
    expect(allows(statements, { action: 's3:DeleteBucket', resource: ownObjects })).toBe(false);
  });

  test('no allowed action has a wildcard, in any policy of any stack', () => {
    for (const [name, each] of Object.entries(templates)) {
      for (const { Properties } of Object.values(resourcesOf(each))) {
        const documents = [Properties?.PolicyDocument, Properties?.Policy].filter((value) => typeof value === 'object');
        for (const document of documents) {
          for (const statement of (document as { Statement?: { Effect: string; Action: string | string[] }[] }).Statement ?? []) {
            if (statement.Effect === 'Allow')
              expect(
                list(statement.Action).filter((action) => action.includes('*')),
                name,
              ).toEqual([]);
          }
        }
      }
    }
  });

  test('every role of a function is under the boundary, and every grant is within it', () => {
    const [boundary] = Object.values(resourcesOf(template, 'AWS::IAM::ManagedPolicy'));
    const document = boundary?.Properties.PolicyDocument as { Statement: { Action: string[] }[] };
    const bounded = new Set(document.Statement.flatMap(({ Action }) => Action));
    expect(JSON.stringify(document).length).toBeLessThan(6144);
    for (const name of deployedFunctions) {
      expect(resourcesOf(template, 'AWS::IAM::Role')[roleOf(name)]?.Properties.PermissionsBoundary).toBeDefined();
      const granted = statementsOfRole(template, roleOf(name)).flatMap(({ Effect, Action }) => (Effect === 'Allow' ? list(Action) : []));
      expect(
        granted.filter((action) => !bounded.has(action)),
        name,
      ).toEqual([]);
    }
  });
});

describe('the role of a machine', () => {
  const weights = (['step-apply-weights', 'step-verify-weights', 'step-undo-weights'] as const).map(
    (name) =>
      Object.entries(resourcesOf(template, 'AWS::Lambda::Alias')).find(([id]) =>
        id.startsWith(`RegionFunctions${pascal(name)}Live`),
      )?.[0] ?? never(),
  );
  const machineRoles = machineNames.map((name) => {
    const prefix = `Region${pascal(name)}MachineRole`;
    const [id, role] =
      Object.entries(resourcesOf(template, 'AWS::IAM::Role')).find(
        ([each]) => each.startsWith(prefix) && each.length === prefix.length + 8,
      ) ?? never();
    return { name, role, statements: statementsOfRole(template, id) };
  });

  test.each(machineRoles)('$name is under a boundary that holds what machines do, and every grant is within it', ({ role, statements }) => {
    const { 'Fn::GetAtt': _, Ref: ref = '' } = role.Properties.PermissionsBoundary as Record<string, string>;
    expect(ref).toContain('MachineBoundary');
    const document = resourcesOf(template)[ref]?.Properties.PolicyDocument as { Statement: { Action: string[] }[] };
    const bounded = new Set(document.Statement.flatMap(({ Action }) => Action));
    expect(
      statements.flatMap(({ Effect, Action }) => (Effect === 'Allow' ? list(Action) : [])).filter((action) => !bounded.has(action)),
    ).toEqual([]);
  });

  test.each(machineRoles)(
    '$name is denied every banned call, and the functions that change records unless it is for them',
    ({ name, statements }) => {
      const willing = [{ Effect: 'Allow' as const, Action: '*' }, ...statements];
      for (const request of banned) expect(allows(willing, request), request.action).toBe(false);
      const reaches = machineKinds[name].reach === 'weights';
      for (const alias of weights)
        expect(allows(willing, { action: 'lambda:InvokeFunction', resource: `<${alias}>` }), alias).toBe(reaches);
    },
  );
});

test('a command runs on the instances of the configured groups alone: their tag, which Auto Scaling puts there, is the condition', () => {
  const statements = statementsOfRole(template, roleOf('step-apply'));
  const groups = config.services.flatMap(({ deployments }) =>
    Object.values(deployments).flatMap((deployment) => (deployment.kind === 'asg' ? [deployment.group] : [])),
  );
  const region = config.regions.find(({ name }) => config.services.some(({ deployments }) => deployments[name]?.kind === 'asg'))?.name;
  const send = (group: string) =>
    allows(statements, {
      action: 'ssm:SendCommand',
      resource: `arn:aws:ec2:${region}:111111111111:instance/i-1`,
      context: { 'ssm:resourceTag/aws:autoscaling:groupName': group },
    });
  expect(groups.length).toBeGreaterThan(0);
  expect(groups.map(send)).toEqual(groups.map(() => true));
  expect(send('somebody-elses')).toBe(false);
});

describe('the bus', () => {
  const [bus] = Object.values(resourcesOf(template, 'AWS::Events::EventBus'));
  const policy = bus?.Properties.Policy as { Statement: Parameters<typeof allows>[0] };
  const put = (principal: string) => ({
    action: 'events:PutEvents',
    resource: `arn:aws:events:${own}:111111111111:event-bus/evenkeel-world`,
    context: { 'aws:PrincipalArn': principal },
  });

  test('takes events of evenkeel’s own roles', () => {
    expect(allows(policy.Statement, put('arn:aws:iam::111111111111:role/evenkeel/world/evenkeel-world-eu-west-1-FunctionsVote'))).toBe(
      true,
    );
  });

  test.each([
    ['an administrator of the same account', 'arn:aws:iam::111111111111:role/Admin'],
    ['another account', 'arn:aws:iam::222222222222:role/evenkeel/world/vote'],
    ['another evenkeel of the same account', 'arn:aws:iam::111111111111:role/evenkeel/other/vote'],
  ])('denies %s, whatever it is granted', (_, principal) => {
    const anything = { Effect: 'Allow' as const, Action: '*', Resource: '*' };
    expect(allows([...policy.Statement, anything], put(principal))).toBe(false);
  });
});

describe('what is public', () => {
  /** Statements that let in whoever comes: everybody as principal, and no condition on who it is. */
  function publicStatements(each: Template): string[] {
    return Object.entries(resourcesOf(each)).flatMap(([id, { Type, Properties }]) =>
      [Properties?.PolicyDocument, Properties?.KeyPolicy, Properties?.Policy].flatMap((document) =>
        (
          (document as { Statement?: { Effect: string; Principal?: unknown; Condition?: object; Sid?: string }[] } | undefined)
            ?.Statement ?? []
        ).flatMap(({ Effect, Principal, Condition, Sid }) =>
          Effect === 'Allow' && JSON.stringify(Principal ?? '').includes('"*"') && Condition === undefined
            ? [`${Type} ${id} ${Sid ?? ''}`]
            : [],
        ),
      ),
    );
  }

  test('nothing at all while votes go by metric', () => {
    for (const each of Object.values(templates)) {
      expect(publicStatements(each)).toEqual([]);
      expect(resourcesOf(each, 'AWS::Lambda::Url')).toEqual({});
      expect(resourcesOf(each, 'AWS::S3::Bucket')).toEqual({});
    }
  });

  test('the vote objects alone when votes go by object, to be read and not to be listed', () => {
    const byObject = synthesised(worldOf(3, { carrier: 'object' }), 'a secret of more than thirty-two characters');
    const found = Object.values(byObject).flatMap(publicStatements);
    expect(found).toHaveLength(3);
    for (const statement of found) expect(statement).toMatch(/^AWS::S3::BucketPolicy .* CheckersRead$/);
    const [policy] = Object.values(resourcesOf(stackOf(own, byObject), 'AWS::S3::BucketPolicy'));
    const read = (
      (policy ?? never()).Properties.PolicyDocument as { Statement: { Sid?: string; Action: string; Resource: unknown }[] }
    ).Statement.find(({ Sid }) => Sid === 'CheckersRead');
    expect(read?.Action).toBe('s3:GetObject');
    expect(text(read?.Resource)).toMatch(/\/votes\/\*$/);
    const [bucket] = Object.values(resourcesOf(stackOf(own, byObject), 'AWS::S3::Bucket'));
    // By that policy alone: no access list makes anything public, and S3 must not refuse the policy.
    expect((bucket ?? never()).Properties.PublicAccessBlockConfiguration).toEqual({
      ...{ BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: false, RestrictPublicBuckets: false },
    });
    expect(bucket?.DeletionPolicy).toBe('Retain');
  });

  test('the key is for our own roles, through the services that hold our data', () => {
    const data = templates[`evenkeel-world-data-${own}`];
    if (data === undefined) throw new Error('there is no data stack');
    const [key] = Object.values(resourcesOf(data, 'AWS::KMS::Key'));
    const open = (
      (key ?? never()).Properties.KeyPolicy as {
        Statement: { Principal?: { AWS?: unknown }; Condition?: Record<string, Record<string, unknown>> }[];
      }
    ).Statement.filter(({ Principal }) => Principal?.AWS === '*');
    expect(open).toHaveLength(1);
    expect(open[0]?.Condition).toMatchObject({
      StringEquals: { 'kms:ViaService': expect.any(Array), 'kms:CallerAccount': expect.anything() },
      ArnLike: { 'aws:PrincipalArn': expect.anything() },
    });
  });
});
