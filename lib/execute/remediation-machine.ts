import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RemovalPolicy } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { type IManagedPolicy, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Config } from '../../core/config/schema.ts';
import { packageRoot } from '../functions/bundles.ts';
import type { DeployedFunction } from '../functions/catalogue.ts';
import { arnOf, machineName, namesOf } from '../names.ts';
import { acknowledgeResources } from '../observability/acknowledge.ts';
import { deniesOfMachine } from '../permissions/denies.ts';
import { type MachineName, machineKinds, targetOf, tokensOf } from './machine-kinds.ts';

export interface RemediationMachineProps {
  config: Config;
  region: string;
  machine: MachineName;
  functions: Record<DeployedFunction, IFunction>;
  /** What no machine's role can go beyond. */
  boundary: IManagedPolicy;
}

/**
 * One state machine from its file. `fromFile` grants nothing and checks nothing, so the tokens of the file decide what stands for
 * them and what the role may call: published function versions behind their aliases, and other machines of this region by name.
 */
export class RemediationMachine extends Construct {
  readonly stateMachine: StateMachine;
  /** A run that ended without being handled: nothing was undone, a person has to look. */
  readonly failed: Alarm;

  constructor(scope: Construct, id: string, props: RemediationMachineProps) {
    super(scope, id);
    const { config, machine } = props;
    const file = join(packageRoot, 'state-machines', `${machineKinds[machine].file}.asl.json`);
    const targets = tokensOf(readFileSync(file, 'utf8')).map((token) => ({ token, target: targetOf(token, machine) }));
    const functions = targets.flatMap(({ target }) => (target.kind === 'function' ? [props.functions[target.name].functionArn] : []));
    const machines = targets.flatMap(({ target }) => (target.kind === 'machine' ? [target.name] : []));
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      path: namesOf(config).rolePath,
      permissionsBoundary: props.boundary,
    });
    this.stateMachine = new StateMachine(this, 'Machine', {
      // The functions that start it and the machines that it starts need its name beforehand.
      stateMachineName: machineName(config, machine),
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromFile(file),
      definitionSubstitutions: Object.fromEntries(
        targets.map(({ token, target }) => [
          token,
          target.kind === 'function' ? props.functions[target.name].functionArn : this.#arnOf(props, target.name),
        ]),
      ),
      role: role.withoutPolicyUpdates(),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'Logs', {
          // Step Functions writes to groups of this prefix without a resource policy that would grow with each of them.
          logGroupName: `/aws/vendedlogs/states/${machineName(config, machine)}`,
          retention: RetentionDays.ONE_MONTH,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
        includeExecutionData: false,
      },
    });
    const policy = machinePolicy(this, role, props, functions, machines);
    this.stateMachine.node.addDependency(policy);
    this.failed = new Alarm(this, 'Failed', {
      alarmDescription: `A run of ${machine} ended without being handled: see its execution, and undo what it left behind.`,
      metric: this.stateMachine.metricFailed(),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  #arnOf({ config, region }: RemediationMachineProps, name: MachineName): string {
    return arnOf(config, 'states', region, `stateMachine:${machineName(config, name)}`);
  }
}

function machinePolicy(
  scope: Construct,
  role: Role,
  { config, region, machine, functions: all }: RemediationMachineProps,
  functions: string[],
  machines: MachineName[],
): Policy {
  const executions = machines.map((name) => arnOf(config, 'states', region, `execution:${machineName(config, name)}:*`));
  const nested = [
    new PolicyStatement({
      actions: ['states:StartExecution'],
      resources: machines.map((name) => arnOf(config, 'states', region, `stateMachine:${machineName(config, name)}`)),
    }),
    new PolicyStatement({ actions: watchActions, resources: executions }),
    // How .sync:2 learns that a nested execution has ended. https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
    new PolicyStatement({
      actions: nestedEndActions,
      resources: [arnOf(config, 'events', region, 'rule/StepFunctionsGetEventsForStepFunctionsExecutionRule')],
    }),
  ];
  const policy = new Policy(scope, 'Policy', {
    roles: [role],
    statements: [
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: functions }),
      ...(machines.length === 0 ? [] : nested),
      new PolicyStatement({ actions: [...logActions, ...traceActions], resources: ['*'] }),
      ...deniesOfMachine(
        machine,
        weightsFunctions.map((name) => all[name].functionArn),
      ),
    ],
  });
  acknowledgeResources(policy, executions, 'Executions are named when they start; the machine is given.');
  acknowledgeResources(policy, ['*'], 'Vended log delivery and X-Ray support no resource type.');
  return policy;
}

const weightsFunctions: readonly DeployedFunction[] = ['step-apply-weights', 'step-verify-weights', 'step-undo-weights'];
const watchActions = ['states:DescribeExecution', 'states:StopExecution'];
const nestedEndActions = ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'];
/** https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy */
const logActions = [
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
];
/** https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html */
const traceActions = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'xray:GetSamplingRules', 'xray:GetSamplingTargets'];

/** Everything that the role of any machine may do. */
export const machineActions: readonly string[] = [
  'lambda:InvokeFunction',
  'states:StartExecution',
  ...watchActions,
  ...nestedEndActions,
  ...logActions,
  ...traceActions,
];
