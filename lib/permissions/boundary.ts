import { Effect, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledgeResources } from '../observability/acknowledge.ts';
import { roleNames } from './rights.ts';
import { needsOf } from './statements.ts';

/** What Lambda itself does with a function's role: log lines, traces, the network interfaces of a probe in a VPC, queues. */
const platformActions = [
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'sqs:ReceiveMessage',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ChangeMessageVisibility',
  'sqs:SendMessage',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
  'sts:AssumeRole',
];

/**
 * The permission boundary of every role of ours: whatever is attached to one of them later, it can do no more than evenkeel's
 * functions and operators do today. A boundary grants nothing; which resources is for the roles to say.
 */
export function createBoundary(scope: Construct): ManagedPolicy {
  const needed = roleNames.flatMap((name) => needsOf(name).map(({ action }) => action));
  const boundary = new ManagedPolicy(scope, 'Boundary', {
    description: 'The most that any role of evenkeel may do.',
    statements: [
      new PolicyStatement({ effect: Effect.ALLOW, actions: [...new Set([...needed, ...platformActions])].sort(), resources: ['*'] }),
    ],
  });
  acknowledgeResources(boundary, ['*'], 'A permission boundary grants nothing: the roles that it bounds name their resources.');
  return boundary;
}

/** The same for the roles of machines: they call functions and machines, and deliver what they log. */
export function createMachineBoundary(scope: Construct, actions: readonly string[]): ManagedPolicy {
  const boundary = new ManagedPolicy(scope, 'MachineBoundary', {
    description: 'The most that any state machine of evenkeel may do.',
    statements: [new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions].sort(), resources: ['*'] })],
  });
  acknowledgeResources(boundary, ['*'], 'A permission boundary grants nothing: the roles that it bounds name their resources.');
  return boundary;
}
