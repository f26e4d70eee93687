import type { Rights } from './rights.ts';
import type { Scope } from './scopes.ts';

type Actions = Partial<Record<Scope, readonly string[]>>;
type PortActions = { [Port in keyof Rights]-?: Record<string, Actions> };

const read = ['dynamodb:GetItem'];
/** Targets and zones of other accounts are reached through the role that the configuration names there. */
const elsewhere: Actions = { 'account-roles': ['sts:AssumeRole'] };
/** DynamoDB opens the table's key in the caller's name; so does SNS the topic's. */
const openTable: Actions = { 'peer-keys': ['kms:Decrypt'] };
const publishTo: Actions = { topics: ['sns:Publish'], 'peer-keys': ['kms:Decrypt', 'kms:GenerateDataKey'] };
const readEcs: Actions = {
  'ecs-services': ['ecs:DescribeServices'],
  'ecs-tasks': ['ecs:DescribeTasks'],
  'ecs-list-tasks': ['ecs:ListTasks'],
  'ecs-task-definitions-read': ['ecs:DescribeTaskDefinition'],
};
const readBounds: Actions = { 'scalable-targets-read': ['application-autoscaling:DescribeScalableTargets'] };
const readTargets: Actions = { 'target-health': ['elasticloadbalancing:DescribeTargetHealth'] };
const readAsg: Actions = { 'asg-read': ['autoscaling:DescribeAutoScalingGroups', 'autoscaling:DescribeScalingActivities'] };
const readConcurrency: Actions = {
  functions: ['lambda:GetFunctionConcurrency'],
  'function-aliases': ['lambda:GetProvisionedConcurrencyConfig'],
};
const readCapacity: Actions = { ...elsewhere, ...readEcs, ...readBounds, ...readTargets, ...readAsg, ...readConcurrency };
const setCapacity: Actions = {
  ...readCapacity,
  'ecs-services': ['ecs:DescribeServices', 'ecs:UpdateService'],
  'task-definitions-write': ['ecs:RegisterTaskDefinition'],
  'task-roles': ['iam:PassRole'],
  'scalable-targets': ['application-autoscaling:RegisterScalableTarget'],
  'target-groups': ['elasticloadbalancing:RegisterTargets', 'elasticloadbalancing:DeregisterTargets'],
  asg: ['autoscaling:UpdateAutoScalingGroup'],
  functions: ['lambda:GetFunctionConcurrency', 'lambda:PutFunctionConcurrency', 'lambda:DeleteFunctionConcurrency'],
  'function-aliases': [
    'lambda:GetProvisionedConcurrencyConfig',
    'lambda:PutProvisionedConcurrencyConfig',
    'lambda:DeleteProvisionedConcurrencyConfig',
  ],
};
const readReleases: Actions = {
  ...elsewhere,
  'ecs-services': ['ecs:DescribeServices', 'ecs:ListServiceDeployments'],
  'ecs-deployments': ['ecs:DescribeServiceDeployments', 'ecs:DescribeServiceRevisions'],
  'function-releases': ['lambda:ListVersionsByFunction', 'lambda:GetAlias'],
};
const setRelease: Actions = {
  ...readReleases,
  'ecs-services': ['ecs:DescribeServices', 'ecs:ListServiceDeployments', 'ecs:UpdateService'],
  'ecs-deployments': ['ecs:DescribeServiceDeployments', 'ecs:DescribeServiceRevisions', 'ecs:StopServiceDeployment'],
  'ecs-task-definitions-read': ['ecs:DescribeTaskDefinition'],
  'task-roles': ['iam:PassRole'],
  'function-releases': ['lambda:ListVersionsByFunction', 'lambda:GetAlias', 'lambda:UpdateAlias'],
};
const databaseStatus: Actions = {
  'global-clusters': ['rds:DescribeGlobalClusters'],
  'database-instances': ['rds:DescribeDBInstances'],
  'global-tables': ['dynamodb:DescribeTable'],
  'metrics-read': ['cloudwatch:GetMetricData'],
};
const putEvents = ['events:PutEvents'];
const startMachine: Actions = { machines: ['states:StartExecution'], executions: ['states:DescribeExecution'] };

/**
 * Which actions of AWS each method of each port makes in adapters/aws, and on what. A call that is missing here fails in the
 * account; test/lib/permissions.test.ts finds it before, in the line that makes it.
 */
export const portActions: PortActions = {
  store: {
    get: { table: read },
    put: { table: ['dynamodb:PutItem'] },
    query: { 'table-and-index': ['dynamodb:Query'] },
    claim: { table: ['dynamodb:UpdateItem'] },
  },
  peerStores: {
    get: { 'peer-tables': read, ...openTable },
    put: { 'peer-tables': ['dynamodb:PutItem'], ...openTable },
    query: { 'peer-tables-and-indexes': ['dynamodb:Query'], ...openTable },
    claim: { 'peer-tables': ['dynamodb:UpdateItem'], ...openTable },
  },
  // TransactWriteItems is granted as the writes that it is made of.
  trace: { record: { table: ['dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'] } },
  bus: { publish: { bus: putEvents }, send: { 'peer-buses': putEvents } },
  metricSink: { publish: { 'own-metrics': ['cloudwatch:PutMetricData'] } },
  metricSource: { read: { 'metrics-read': ['cloudwatch:GetMetricData'] } },
  traffic: {
    observe: {},
    requestDrain: { 'peer-buses': putEvents, bus: putEvents },
    withdraw: { 'peer-buses': putEvents, bus: putEvents },
    castVote: { 'own-votes': ['cloudwatch:PutMetricData'], 'vote-objects': ['s3:PutObject', 's3:DeleteObject'] },
    shares: { ...elsewhere, zones: ['route53:ListResourceRecordSets'] },
    setWeights: { ...elsewhere, zones: ['route53:ListResourceRecordSets'], 'zone-weights': ['route53:ChangeResourceRecordSets'] },
    origins: { distributions: ['cloudfront:GetDistribution'] },
    setOrigins: { distributions: ['cloudfront:GetDistribution', 'cloudfront:UpdateDistribution'] },
  },
  capacity: {
    snapshot: readCapacity,
    verify: readCapacity,
    quota: {
      ...elsewhere,
      ...readEcs,
      quotas: ['servicequotas:GetServiceQuota', 'servicequotas:GetAWSDefaultServiceQuota'],
      'metrics-read': ['cloudwatch:GetMetricData'],
      'account-settings': ['lambda:GetAccountSettings'],
    },
    apply: {
      ...setCapacity,
      'ecs-tasks': ['ecs:DescribeTasks', 'ecs:StopTask'],
      asg: ['autoscaling:UpdateAutoScalingGroup', 'autoscaling:TerminateInstanceInAutoScalingGroup'],
    },
    undo: setCapacity,
  },
  releases: {
    history: readReleases,
    verify: readReleases,
    apply: setRelease,
    undo: setRelease,
    split: { 'function-aliases': ['lambda:GetAlias'] },
    setSplit: { 'function-releases': ['lambda:GetAlias', 'lambda:UpdateAlias'] },
  },
  data: {
    status: databaseStatus,
    verify: databaseStatus,
    switchover: { ...databaseStatus, 'global-cluster-moves': ['rds:SwitchoverGlobalCluster'] },
    failover: {
      ...databaseStatus,
      'global-cluster-moves': ['rds:FailoverGlobalCluster'],
      'database-promotions': ['rds:PromoteReadReplica'],
    },
  },
  scripts: {
    run: {
      'documents-read': ['ssm:DescribeDocument'],
      'documents-on-instances': ['ssm:SendCommand'],
      'group-instances': ['ssm:SendCommand'],
      automations: ['ssm:StartAutomationExecution'],
    },
    status: { 'command-results': ['ssm:ListCommandInvocations'], 'automation-executions': ['ssm:GetAutomationExecution'] },
  },
  flags: {
    read: { flags: ['ssm:GetParameter'] },
    write: { flags: ['ssm:PutParameter', 'ssm:DeleteParameter'] },
  },
  secrets: { read: { secrets: ['ssm:GetParameters'], 'secrets-manager': ['secretsmanager:GetSecretValue'] } },
  notifier: { notify: publishTo },
  courier: { deliver: { 'receiver-topics': ['sns:Publish'] } },
  // No function decides: a person does, in the operator's role, who writes the decision and wakes the machine.
  approver: {
    request: { table: ['dynamodb:PutItem'], ...publishTo },
    decide: { table: ['dynamodb:GetItem', 'dynamodb:PutItem'], 'asking-machine': ['states:SendTaskSuccess'] },
  },
  machines: { start: startMachine, describe: { executions: ['states:DescribeExecution'] } },
};
