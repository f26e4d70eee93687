import { describe, expect, test } from 'vitest';
import { deployedFunctions } from '../../lib/functions/catalogue.ts';
import { pascal } from '../../lib/names.ts';
import { portActions } from '../../lib/permissions/port-actions.ts';
import { allows, statementsOfRole, text } from './access.ts';
import { resourcesOf, synthesised, worldOf } from './synthesised.ts';

type Statements = Parameters<typeof allows>[0];

const [home, away] = ['us-east-1', 'eu-west-1'] as const;
const [ours, theirs, targets] = ['111111111111', '222222222222', '333333333333'] as const;
const config = worldOf(2);
/** Two regions in two accounts, with what they serve in the account that is given. */
const worldIn = (accountOf: (region: string) => string) =>
  synthesised({
    ...config,
    regions: config.regions.map((region) => ({ ...region, account: region.name === home ? ours : theirs })),
    accounts: [{ id: targets, roleName: 'evenkeel-target', externalId: 'a-secret-word' }],
    services: config.services.map((service) => ({
      ...service,
      deployments: Object.fromEntries(
        Object.entries(service.deployments).map(([region, deployment]) => [region, { ...deployment, account: accountOf(region) }]),
      ),
    })),
  });
const templates = worldIn(() => targets);

function propertiesOf(stack: string, type: string, from = templates) {
  const template = from[stack];
  if (template === undefined) throw new Error(`there is no stack ${stack}`);
  const [found] = Object.values(resourcesOf(template, type));
  return found?.Properties ?? {};
}

function roleStatements(name: string, from = templates): Statements {
  const template = from[`evenkeel-world-${home}`];
  if (template === undefined) throw new Error('there is no region stack');
  const role = Object.keys(resourcesOf(template, 'AWS::IAM::Role')).find((id) =>
    new RegExp(`^RegionFunctions${pascal(name)}Role[0-9A-F]{8}$`).test(id),
  );
  return statementsOfRole(template, role ?? '');
}

const journalActions = [...new Set(Object.values(portActions.peerStores).flatMap((scopes) => Object.values(scopes).flat()))];

describe('regions in two accounts', () => {
  const policy = propertiesOf(`evenkeel-world-data-${home}`, 'AWS::DynamoDB::Table').ResourcePolicy as {
    PolicyDocument: { Statement: (Statements[number] & { Principal: unknown })[] };
  };
  const statements = policy.PolicyDocument.Statement;
  const update = (account: string) => ({
    action: 'ecs:UpdateService',
    resource: `arn:aws:ecs:${home}:${account}:service/shop/checkout`,
  });
  const asked = (action: string, principal: string) => ({
    action,
    resource: `arn:aws:dynamodb:${home}:${ours}:table/evenkeel-world`,
    context: { 'aws:PrincipalArn': principal },
  });

  test('a table lets the peer’s roles keep their journal, and nobody else of that account', () => {
    expect(statements.map(({ Principal }) => text(Principal))).toEqual([expect.stringContaining(theirs)]);
    for (const action of journalActions.filter((each) => each.startsWith('dynamodb:'))) {
      expect(allows(statements, asked(action, `arn:aws:iam::${theirs}:role/evenkeel/world/plan`)), action).toBe(true);
      expect(allows(statements, asked(action, `arn:aws:iam::${theirs}:role/Admin`)), action).toBe(false);
    }
    expect(allows(statements, asked('dynamodb:DeleteItem', `arn:aws:iam::${theirs}:role/evenkeel/world/plan`))).toBe(false);
  });

  test('a topic can be paged through by the peer’s roles', () => {
    const { PolicyDocument } = propertiesOf(`evenkeel-world-${home}`, 'AWS::SNS::TopicPolicy') as {
      PolicyDocument: { Statement: Statements };
    };
    const paged = (principal: string) =>
      allows(
        PolicyDocument.Statement.filter(({ Effect }) => Effect === 'Allow').map((each) => ({ ...each, Resource: '*' })),
        { action: 'sns:Publish', resource: 'topic', context: { 'aws:PrincipalArn': principal } },
      );
    expect(paged(`arn:aws:iam::${theirs}:role/evenkeel/world/learn`)).toBe(true);
    expect(paged(`arn:aws:iam::${theirs}:role/Admin`)).toBe(false);
  });

  test('who writes a peer’s table may open its key through DynamoDB, and no other key', () => {
    const key = (account: string, service: string) => ({
      action: 'kms:Decrypt',
      resource: `arn:aws:kms:${away}:${account}:key/1`,
      context: { 'kms:ViaService': service },
    });
    expect(allows(roleStatements('step-apply'), key(theirs, `dynamodb.${away}.amazonaws.com`))).toBe(true);
    expect(allows(roleStatements('step-apply'), key(theirs, `s3.${away}.amazonaws.com`))).toBe(false);
    expect(allows(roleStatements('step-apply'), key(targets, `dynamodb.${away}.amazonaws.com`))).toBe(false);
    expect(allows(roleStatements('probe'), key(theirs, `dynamodb.${away}.amazonaws.com`))).toBe(false);
  });

  test('targets of a third account are reached by the role that the configuration names, and by nothing else', () => {
    const assume = (role: string) => ({ action: 'sts:AssumeRole', resource: `arn:aws:iam::${targets}:role/${role}` });
    expect(allows(roleStatements('step-apply'), assume('evenkeel-target'))).toBe(true);
    for (const name of deployedFunctions) expect(allows(roleStatements(name), assume('Admin')), name).toBe(false);
    // Nor what has the same name in our own account.
    for (const account of [targets, ours]) expect(allows(roleStatements('step-apply'), update(account))).toBe(false);
  });

  test('targets of the region’s own account are reached with its own role, whether or not the configuration says whose they are', () => {
    const said = worldIn((region) => (region === home ? ours : theirs));
    expect(allows(roleStatements('step-apply', said), update(ours))).toBe(true);
    expect(allows(roleStatements('step-apply', said), update(theirs))).toBe(false);
  });
});

describe('regions in one account', () => {
  test('need neither a policy on the table nor a right to a key', () => {
    const plain = synthesised(config);
    expect(propertiesOf(`evenkeel-world-data-${home}`, 'AWS::DynamoDB::Table', plain)).not.toHaveProperty('ResourcePolicy');
    const template = plain[`evenkeel-world-${home}`];
    const policies = Object.values(template === undefined ? {} : resourcesOf(template, 'AWS::IAM::Policy'));
    expect(policies.length).toBeGreaterThan(0);
    expect(JSON.stringify(policies)).not.toContain('kms:Decrypt');
  });
});
