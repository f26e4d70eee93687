import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, test } from 'vitest';
import { createExample } from '../../examples/self-healing-service.ts';
import { Endpoint, RegionalProbe, Remediation, SelfHealingService, ServiceTarget, TrafficGroup } from '../../lib/index.ts';
import { worldOf } from './synthesised.ts';

function stackIn(region?: string): Stack {
  return new Stack(new App(), 'own', region === undefined ? {} : { env: { region } });
}

function someFunction(stack: Stack, functionName?: string) {
  const code = Code.fromInline('exports.handler = async () => {}');
  return new LambdaFunction(stack, 'Own', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code,
    ...(functionName !== undefined && { functionName }),
  });
}

describe('constructs for an application of somebody else', () => {
  test('the example synthesises: the service and evenkeel beside it', () => {
    const template = Template.fromStack(createExample(new App()));
    template.resourceCountIs('AWS::ECS::Service', 1);
    template.resourceCountIs('AWS::StepFunctions::StateMachine', 11);
    template.hasResourceProperties('AWS::DynamoDB::Table', { PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } });
  });

  test('a self-healing service observes unless it is told to act, and may do what is listed alone', () => {
    const stack = stackIn('eu-west-1');
    const target = ServiceTarget.lambda(someFunction(stack, 'thumbs') as Parameters<typeof ServiceTarget.lambda>[0]);
    const service = new SelfHealingService(stack, 'thumbs', {
      target,
      endpoint: Endpoint.https('https://thumbs.example.com/'),
      remediations: [Remediation.rollback()],
    });
    expect(service.config.mode).toBe('observe');
    expect(service.config.policies.allowedActions.critical.tier2).toEqual(['rollback', 'notify', 'page', 'wait']);
  });

  test('grantPause is for the pause switch alone', () => {
    const stack = stackIn('eu-west-1');
    const target = ServiceTarget.lambda(someFunction(stack, 'thumbs') as Parameters<typeof ServiceTarget.lambda>[0]);
    const service = new SelfHealingService(stack, 'thumbs', { target, endpoint: Endpoint.https('https://thumbs.example.com/') });
    const role = new Role(stack, 'OnCall', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    service.grantPause(role).assertSuccess();
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: Match.stringLikeRegexp('^OnCall') }],
      PolicyDocument: {
        Statement: [
          {
            Action: ['dynamodb:GetItem', 'dynamodb:PutItem'],
            Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['switch#pause'] } },
          },
        ],
      },
    });
  });

  test('a probe alone acts on nothing', () => {
    const stack = stackIn('eu-west-1');
    const probe = new RegionalProbe(stack, 'front', {
      endpoints: [Endpoint.https('https://www.example.com/'), Endpoint.tcp('mail.example.com', 25)],
    });
    expect(probe.config.services[0]?.deployments).toEqual({});
    expect(probe.config.services[0]?.endpoints.map(({ name }) => name)).toEqual(['endpoint-1', 'endpoint-2']);
    Template.fromStack(stack).resourceCountIs('AWS::Route53::HealthCheck', 0);
  });

  test('a traffic group gives a check id for each of its regions', () => {
    const group = new TrafficGroup(stackIn('us-east-1'), 'Traffic', { config: worldOf(3), group: 'checkout' });
    expect(Object.keys(group.checkIds)).toEqual(['us-east-1', 'eu-west-1', 'us-west-2']);
  });

  test.each([
    ['a stack without a region', () => new RegionalProbe(stackIn(), 'front', { endpoints: [] }), /env\.region/],
    [
      'a name that is only known at deploy',
      () => ServiceTarget.lambda(someFunction(stackIn('eu-west-1')) as Parameters<typeof ServiceTarget.lambda>[0]),
      /only known at deploy/,
    ],
    ['an address without a scheme', () => Endpoint.https('www.example.com'), /got "www\.example\.com"/],
    [
      'a group that is not there',
      () => new TrafficGroup(stackIn('us-east-1'), 'Traffic', { config: worldOf(3), group: 'search' }),
      /has checkout/,
    ],
  ])('%s is refused at once', (_, make, message) => {
    expect(make).toThrow(message);
  });
});

test('every optional property of a construct says what it is when it is left out', () => {
  const lib = join(import.meta.dirname, '..', '..', 'lib');
  const silent = globSync('**/*.ts', { cwd: lib }).flatMap((file) => {
    const interfaces = readFileSync(join(lib, file), 'utf8').matchAll(/^export interface (\w+(?:Props|Options)) [^{]*\{\n([\s\S]*?)^\}/gm);
    return [...interfaces].flatMap(([, name, body = '']) => {
      const optional = [...body.matchAll(/((?:^ {2}\/\*\*[\s\S]*?\*\/\n)?)^ {2}(\w+)\?:/gm)];
      return optional.flatMap(([, comment = '', field]) => (comment.includes('@default') ? [] : [`${file}: ${name}.${field}`]));
    });
  });
  expect(silent).toEqual([]);
});
