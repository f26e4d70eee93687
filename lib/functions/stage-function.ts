import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { type IManagedPolicy, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Alias,
  Architecture,
  Code,
  type IFunction,
  type IVersion,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Config } from '../../core/config/schema.ts';
import { acknowledgeResources } from '../observability/acknowledge.ts';
import type { Grant } from '../permissions/statements.ts';
import { functionAsset } from './bundles.ts';
import type { FunctionShape } from './catalogue.ts';

export interface StageFunctionProps {
  shape: FunctionShape;
  /** Goes beside the bundle. */
  config: Config;
  environment: Record<string, string>;
  /** What its role may do besides logging, tracing and handing over its dead letters. */
  grants: readonly Grant[];
  denies: readonly PolicyStatement[];
  boundary: IManagedPolicy;
  rolePath: string;
  /** Takes the events that could not be handled. */
  deadLetters: IQueue;
  /** @default - outside any VPC */
  network?: { vpc: IVpc; vpcSubnets: SubnetSelection; securityGroups: ISecurityGroup[]; ipv6AllowedForDualStack: boolean };
}

/** One Lambda function with a role, a log group and a published version of its own; `alias` is what everybody calls. */
export class StageFunction extends Construct {
  readonly alias: IFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: StageFunctionProps) {
    super(scope, id);
    const { shape, deadLetters, network } = props;
    const logGroup = new LogGroup(this, 'Logs', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      path: props.rolePath,
      permissionsBoundary: props.boundary,
    });
    const lambda = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(functionAsset(shape.bundle, props.config)),
      memorySize: shape.memoryMiB,
      timeout: Duration.seconds(shape.timeoutSeconds),
      environment: props.environment,
      // Every right is written below: nothing that CDK adds on its own account may widen a role.
      role: this.role.withoutPolicyUpdates(),
      logGroup,
      tracing: shape.standing ? Tracing.PASS_THROUGH : Tracing.ACTIVE,
      loggingFormat: LoggingFormat.JSON,
      systemLogLevelV2: shape.standing ? SystemLogLevel.WARN : SystemLogLevel.INFO,
      ...(shape.reserved !== undefined && { reservedConcurrentExecutions: shape.reserved }),
      ...network,
    });
    const policy = this.#policy(props, logGroup);
    lambda.node.addDependency(policy);
    // CDK's own classes miss their interfaces under exactOptionalPropertyTypes: an optional property there may be undefined here.
    const version = lambda.currentVersion as IVersion;
    const alias = new Alias(this, 'Live', {
      aliasName: 'live',
      version,
      maxEventAge: Duration.hours(1),
      retryAttempts: 2,
      onFailure: new SqsDestination(deadLetters),
    });
    this.alias = alias as IFunction;
  }

  #policy({ grants, denies, deadLetters, network }: StageFunctionProps, logGroup: LogGroup): Policy {
    const logs = `${logGroup.logGroupArn}`;
    const policy = new Policy(this, 'Policy', {
      roles: [this.role],
      statements: [
        ...grants.map(({ statement }) => statement),
        new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logs] }),
        new PolicyStatement({ actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] }),
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }),
        ...(network === undefined ? [] : [new PolicyStatement({ actions: networkActions, resources: ['*'] })]),
        ...denies,
      ],
    });
    for (const { resources, broad } of grants) acknowledgeResources(policy, resources, broad ?? '');
    acknowledgeResources(policy, [logs], 'The log group is given; its streams are named by Lambda.');
    const noType = network === undefined ? 'xray:Put…' : 'xray:Put… and the network interfaces of a function in a VPC';
    acknowledgeResources(
      policy,
      ['*'],
      `${noType} support no resource type, and neither do the reads that scopes.ts lists: ${reasonsForStar(grants)}`,
    );
    return policy;
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions */
const networkActions = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

function reasonsForStar(grants: readonly Grant[]): string {
  const reasons = grants.flatMap(({ resources, broad }) => (resources.includes('*') && broad !== undefined ? [broad] : []));
  return reasons.join(' ') || 'none here.';
}
