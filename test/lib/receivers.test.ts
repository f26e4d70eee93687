import { describe, expect, test } from 'vitest';
import { allows, statementsOfRole, text } from './access.ts';
import { resourcesOf, synthesised, worldOf } from './synthesised.ts';

const topic = 'arn:aws:sns:eu-west-1:222222222222:pagers';
const world = worldOf(3);
const [service] = world.services;
const [endpoint] = service?.endpoints ?? [];
const told = {
  ...world,
  services:
    service && endpoint?.kind === 'http' ? [{ ...service, endpoints: [{ ...endpoint, secretHeaders: { 'x-key': 'ssm:/endpoint' } }] }] : [],
  notifications: {
    ...world.notifications,
    page: {
      emails: [],
      topics: [topic],
      webhooks: [
        { name: 'chat', url: 'https://chat.example.com/', secretHeaders: { 'x-key': 'ssm:/chat' }, signingSecret: 'secretsmanager:sign' },
      ],
    },
  },
};

function regionOf(config: typeof world) {
  const template = synthesised(config)['evenkeel-world-us-east-1'];
  if (template === undefined) throw new Error('there is no region stack');
  return template;
}

function roleOf(template: ReturnType<typeof regionOf>, name: string) {
  const id = Object.keys(resourcesOf(template, 'AWS::IAM::Role')).find((each) => each.startsWith(`RegionFunctions${name}Role`));
  if (id === undefined) throw new Error(`the region has no role of ${name}`);
  const statements = statementsOfRole(template, id);
  return (action: string, resource: string) => allows(statements, { action, resource });
}

const lambdaSubscriptions = (template: ReturnType<typeof regionOf>) =>
  Object.values(resourcesOf(template, 'AWS::SNS::Subscription')).filter(({ Properties }) => Properties.Protocol === 'lambda');

describe('topics and webhooks of the configuration', () => {
  const template = regionOf(told);

  test('are told by the function that our own topic delivers to; what it cannot be invoked for is a dead letter', () => {
    const [subscription, ...others] = lambdaSubscriptions(template);
    expect(others).toEqual([]);
    expect(text(subscription?.Properties.Endpoint)).toContain('Notify');
    expect(text(subscription?.Properties.RedrivePolicy)).toContain('DeadLetters');
    expect(lambdaSubscriptions(regionOf(world))).toEqual([]);
  });

  test('are reached by that function alone: exactly these topics, and exactly the secrets of the webhooks', () => {
    const notify = roleOf(template, 'Notify');
    const parameter = (name: string) => `arn:aws:ssm:us-east-1:111111111111:parameter${name}`;
    expect(notify('sns:Publish', topic)).toBe(true);
    expect(notify('sns:Publish', 'arn:aws:sns:eu-west-1:222222222222:others')).toBe(false);
    expect(notify('ssm:GetParameters', parameter('/chat'))).toBe(true);
    expect(notify('ssm:GetParameters', parameter('/aws/reference/secretsmanager/sign'))).toBe(true);
    expect(notify('ssm:GetParameters', parameter('/endpoint'))).toBe(false);
    for (const other of ['Probe', 'Analyze', 'Learn', 'Sweep']) {
      const may = roleOf(template, other);
      expect(may('sns:Publish', topic), other).toBe(false);
      expect(may('ssm:GetParameters', parameter('/chat')), other).toBe(false);
    }
    expect(roleOf(template, 'Probe')('ssm:GetParameters', parameter('/endpoint'))).toBe(true);
  });
});
