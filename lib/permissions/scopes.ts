import { Aws } from 'aws-cdk-lib';
import type { Config, Deployment } from '../../core/config/schema.ts';
import { accountOf, arnOf, machineName, namesOf, voteNamespace } from '../names.ts';
import type { RoleName } from './rights.ts';

/** What a statement of a role is about: resources of the configuration, and nothing else. No resources: no statement. */
export interface Reach {
  resources: readonly string[];
  conditions?: Record<string, Record<string, string | readonly string[]>>;
  /** Why the resource is `*` or ends in one: what AWS does not let us say more narrowly. */
  broad?: string;
}

export interface Place {
  /** Whose statement it is. */
  role: RoleName;
  config: Config;
  region: string;
  /** The own table and its index; the rest has names that can be worked out. */
  tableArn: string;
  voteBucketArn?: string;
  /** Machines that this role starts. */
  machines: readonly string[];
}

const noResourceType = (action: string) => `${action} supports no resource type: * is the only resource it takes.`;

/** Every reach that a role may have. Names of units, versions and executions are made at run time: there the last part is open. */
export const scopes = {
  table: ({ tableArn }: Place): Reach => ({ resources: [tableArn] }),
  'table-and-index': ({ tableArn }: Place): Reach => ({ resources: [tableArn, `${tableArn}/index/family`] }),
  'peer-tables': (place: Place): Reach => ({ resources: peerTables(place) }),
  'peer-tables-and-indexes': (place: Place): Reach => ({ resources: peerTables(place).flatMap((arn) => [arn, `${arn}/index/family`]) }),
  // The keys of the same account let our roles in by themselves; another account's key asks the role's own account, too.
  'peer-keys': ({ config, region }: Place): Reach => {
    const strangers = peers(config, region).filter((peer) => accountOf(config, peer) !== accountOf(config, region));
    return {
      resources: strangers.map((peer) => arnOf(config, 'kms', peer, 'key/*')),
      conditions: {
        StringEquals: { 'kms:ViaService': strangers.flatMap((peer) => [`dynamodb.${peer}.amazonaws.com`, `sns.${peer}.amazonaws.com`]) },
      },
      broad: 'A key has an id that KMS makes; its own policy and the service that it is used through hold it.',
    };
  },
  bus: ({ config, region }: Place): Reach => ({ resources: [busArn(config, region)] }),
  'peer-buses': ({ config, region }: Place): Reach => ({
    resources: peers(config, region).map((peer) => busArn(config, peer)),
  }),
  'own-metrics': ({ config }: Place): Reach => inNamespace(namesOf(config).metricNamespace),
  'own-votes': ({ config, region }: Place): Reach =>
    config.trafficGroups.length === 0 ? none : inNamespace(voteNamespace(config, region)),
  'vote-objects': ({ voteBucketArn }: Place): Reach => ({ resources: voteBucketArn === undefined ? [] : [`${voteBucketArn}/votes/*`] }),
  'metrics-read': (): Reach => ({ resources: ['*'], broad: noResourceType('cloudwatch:GetMetricData') }),
  zones: ({ config }: Place): Reach => ({ resources: zonesOf(config) }),
  'zone-weights': ({ config }: Place): Reach => ({
    resources: zonesOf(config),
    conditions: {
      'ForAllValues:StringEquals': {
        'route53:ChangeResourceRecordSetsNormalizedRecordNames': weightedNames(config),
        'route53:ChangeResourceRecordSetsRecordTypes': ['A', 'AAAA'],
        'route53:ChangeResourceRecordSetsActions': ['CREATE', 'DELETE'],
      },
    },
  }),
  distributions: ({ config, region }: Place): Reach => ({
    resources: config.trafficGroups.flatMap(({ cloudFront }) =>
      cloudFront === undefined
        ? []
        : [`arn:${Aws.PARTITION}:cloudfront::${accountOf(config, region)}:distribution/${cloudFront.distributionId}`],
    ),
  }),
  'ecs-services': (place: Place): Reach => ({ resources: ecs(place, ({ cluster, service }) => `service/${cluster}/${service}`) }),
  'ecs-deployments': (place: Place): Reach => ({
    resources: ['service-deployment', 'service-revision'].flatMap((kind) =>
      ecs(place, ({ cluster, service }) => `${kind}/${cluster}/${service}/*`),
    ),
    broad: 'Deployments and revisions of a service have ids that ECS makes.',
  }),
  'ecs-tasks': (place: Place): Reach => ({
    resources: ecs(place, ({ cluster }) => `task/${cluster}/*`),
    conditions: { ArnEquals: { 'ecs:cluster': ecs(place, ({ cluster }) => `cluster/${cluster}`) } },
    broad: 'Tasks have ids that ECS makes; they are those of the configured clusters.',
  }),
  'ecs-list-tasks': (place: Place): Reach => ({
    resources: hasKind(place, 'ecs') ? ['*'] : [],
    conditions: { ArnEquals: { 'ecs:cluster': ecs(place, ({ cluster }) => `cluster/${cluster}`) } },
    broad: 'ecs:ListTasks names container instances as its resource; the cluster is held by the condition.',
  }),
  'ecs-task-definitions-read': (place: Place): Reach => ({
    resources: hasKind(place, 'ecs') ? ['*'] : [],
    broad: noResourceType('ecs:DescribeTaskDefinition'),
  }),
  'task-definitions-write': (place: Place): Reach => ({
    resources: hasKind(place, 'ecs')
      ? regionsWith(place, 'ecs').map((region) => arnOf(place.config, 'ecs', region, 'task-definition/*:*'))
      : [],
    broad: 'A task definition is registered under the family that its service has, which only ECS knows.',
  }),
  'task-roles': (place: Place): Reach => ({
    resources: hasKind(place, 'ecs') ? [`arn:${Aws.PARTITION}:iam::${accountOf(place.config, place.region)}:role/*`] : [],
    conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    broad: 'The roles of a service are in its task definition; they can be passed to ECS tasks and to nothing else.',
  }),
  'scalable-targets-read': (place: Place): Reach => ({
    resources: hasKind(place, 'ecs') ? ['*'] : [],
    broad: noResourceType('application-autoscaling:DescribeScalableTargets'),
  }),
  'scalable-targets': (place: Place): Reach => ({
    resources: regionsWith(place, 'ecs').map((region) => arnOf(place.config, 'application-autoscaling', region, 'scalable-target/*')),
    conditions: { StringEquals: { 'application-autoscaling:service-namespace': 'ecs' } },
    broad: 'Scalable targets have ids that Application Auto Scaling makes.',
  }),
  'target-health': (place: Place): Reach => ({
    resources: targetGroups(place).length > 0 ? ['*'] : [],
    broad: noResourceType('elasticloadbalancing:DescribeTargetHealth'),
  }),
  'target-groups': (place: Place): Reach => ({ resources: targetGroups(place) }),
  'asg-read': (place: Place): Reach => ({
    resources: hasKind(place, 'asg') ? ['*'] : [],
    broad: noResourceType('autoscaling:Describe…'),
  }),
  asg: (place: Place): Reach => ({
    resources: deployments(place, 'asg').map(([region, { group }]) =>
      arnOf(place.config, 'autoscaling', region, `autoScalingGroup:*:autoScalingGroupName/${group}`),
    ),
    broad: 'The ARN of a group holds an id that Auto Scaling makes; its name is given.',
  }),
  functions: (place: Place): Reach => ({ resources: lambdas(place, (name) => name) }),
  'function-aliases': (place: Place): Reach => ({ resources: lambdas(place, (name, alias) => `${name}:${alias}`) }),
  'function-releases': (place: Place): Reach => ({
    resources: [...lambdas(place, (name) => name), ...lambdas(place, (name, alias) => `${name}:${alias}`)],
  }),
  'account-settings': (place: Place): Reach => ({
    resources: hasKind(place, 'lambda') ? ['*'] : [],
    broad: noResourceType('lambda:GetAccountSettings'),
  }),
  quotas: (place: Place): Reach => ({
    resources: regionsWith(place).flatMap((region) => [
      arnOf(place.config, 'servicequotas', region, 'fargate/L-3032A538'),
      arnOf(place.config, 'servicequotas', region, 'ec2/L-1216C47A'),
    ]),
  }),
  'global-clusters': (place: Place): Reach => ({
    resources: databases(place, 'aurora-global').length > 0 ? globalClusters(place) : [],
  }),
  'global-cluster-moves': (place: Place): Reach => ({
    resources: [...globalClusters(place), ...databases(place, 'aurora-global').map(([, { memberId, id }]) => memberId ?? id)],
  }),
  'database-instances': (place: Place): Reach => ({ resources: databaseInstances(place) }),
  'database-promotions': (place: Place): Reach => ({ resources: databaseInstances(place) }),
  'global-tables': (place: Place): Reach => ({
    resources: databases(place, 'dynamodb-global').map(([region, { id }]) => arnOf(place.config, 'dynamodb', region, `table/${id}`)),
  }),
  'documents-read': (place: Place): Reach => ({ resources: documents(place) }),
  'documents-on-instances': (place: Place): Reach => ({
    resources: documents(place).length === 0 || !hasKind(place, 'asg') ? [] : documents(place),
  }),
  // Which instances is for their group's tag to say, which Auto Scaling puts on them and nobody else can.
  'group-instances': (place: Place): Reach => ({
    resources:
      documents(place).length === 0
        ? []
        : [...new Set(deployments(place, 'asg').map(([region]) => arnOf(place.config, 'ec2', region, 'instance/*')))],
    conditions: { StringEquals: { 'ssm:resourceTag/aws:autoscaling:groupName': deployments(place, 'asg').map(([, { group }]) => group) } },
    broad: 'Instances have ids that EC2 makes; their group is held by the condition.',
  }),
  automations: (place: Place): Reach => ({
    resources: scripts(place.config).map((name) => arnOf(place.config, 'ssm', place.region, `automation-definition/${name}:*`)),
    broad: 'The last part is the pinned version, which the plan gives.',
  }),
  'command-results': (place: Place): Reach => ({
    resources: scripts(place.config).length > 0 && hasKind(place, 'asg') ? ['*'] : [],
    broad: noResourceType('ssm:ListCommandInvocations'),
  }),
  'automation-executions': (place: Place): Reach => ({
    resources: scripts(place.config).length > 0 ? [arnOf(place.config, 'ssm', place.region, 'automation-execution/*')] : [],
    broad: 'Executions have ids that SSM makes.',
  }),
  flags: (place: Place): Reach => ({
    resources: flagNames(place.config).flatMap((name) =>
      place.config.regions.map((region) => arnOf(place.config, 'ssm', region.name, `parameter${name}`)),
    ),
  }),
  secrets: (place: Place): Reach => ({
    resources: secretReferences(place).flatMap((reference) => {
      if (reference.startsWith('ssm:')) return [arnOf(place.config, 'ssm', place.region, `parameter${reference.slice('ssm:'.length)}`)];
      const name = nameOfSecret(reference);
      return name === null ? [] : [arnOf(place.config, 'ssm', place.region, `parameter/aws/reference/secretsmanager/${name}`)];
    }),
  }),
  'secrets-manager': (place: Place): Reach => ({
    resources: secretReferences(place).flatMap((reference) => {
      const name = nameOfSecret(reference);
      return name === null ? [] : [arnOf(place.config, 'secretsmanager', place.region, `secret:${name}-??????`)];
    }),
    broad: 'Secrets Manager adds six characters of its own to the name.',
  }),
  'account-roles': ({ config }: Place): Reach => ({
    resources: config.accounts.map(({ id, roleName }) => `arn:${Aws.PARTITION}:iam::${id}:role/${roleName}`),
  }),
  'receiver-topics': ({ config }: Place): Reach => ({
    resources: [...config.notifications.page.topics, ...config.notifications.notify.topics],
  }),
  topics: ({ config }: Place): Reach => ({
    resources: config.regions.map(({ name }) => arnOf(config, 'sns', name, namesOf(config).topic)),
  }),
  machines: ({ config, region, machines }: Place): Reach => ({
    resources: machines.map((machine) => arnOf(config, 'states', region, `stateMachine:${machineName(config, machine)}`)),
  }),
  // The one machine that waits for a person's word; a task's answer is granted on its machine.
  'asking-machine': ({ config, region }: Place): Reach => ({
    resources: [arnOf(config, 'states', region, `stateMachine:${machineName(config, 'respond')}`)],
  }),
  executions: ({ config, region }: Place): Reach => ({
    resources: [arnOf(config, 'states', region, `execution:${machineName(config, '*')}`)],
    broad: 'Executions are named when they start; the prefix is that of our own machines.',
  }),
} as const satisfies Record<string, (place: Place) => Reach>;

export type Scope = keyof typeof scopes;

const none: Reach = { resources: [] };

function inNamespace(namespace: string): Reach {
  return {
    resources: ['*'],
    conditions: { StringEquals: { 'cloudwatch:namespace': namespace } },
    broad: `${noResourceType('cloudwatch:PutMetricData')} The namespace is held by the condition.`,
  };
}

function peers(config: Config, region: string): string[] {
  return config.regions.map(({ name }) => name).filter((name) => name !== region);
}

function peerTables({ config, region }: Place): string[] {
  return peers(config, region).map((peer) => arnOf(config, 'dynamodb', peer, `table/${namesOf(config).table}`));
}

function busArn(config: Config, region: string): string {
  return arnOf(config, 'events', region, `event-bus/${namesOf(config).bus}`);
}

function zonesOf(config: Config): string[] {
  const zones = config.trafficGroups.filter(({ records }) => records.some(({ routing }) => routing === 'weighted'));
  return [...new Set(zones.map(({ zone }) => `arn:${Aws.PARTITION}:route53:::hostedzone/${zone.id}`))];
}

function weightedNames(config: Config): string[] {
  const records = config.trafficGroups.flatMap((group) => group.records.filter(({ routing }) => routing === 'weighted'));
  return [...new Set(records.map(({ name }) => name.toLowerCase().replace(/\.$/, '')))];
}

type OfKind<K extends Deployment['kind']> = Extract<Deployment, { kind: K }>;

function deployments<K extends Deployment['kind']>({ config }: Place, kind: K): [string, OfKind<K>][] {
  const isKind = (deployment: Deployment): deployment is OfKind<K> => deployment.kind === kind;
  return config.services.flatMap((service) =>
    Object.entries(service.deployments).flatMap(([region, deployment]): [string, OfKind<K>][] =>
      isKind(deployment) && !elsewhere(config, region, deployment) ? [[region, deployment]] : [],
    ),
  );
}

/** A deployment in another account is reached by that account's role, not by ours. */
function elsewhere(config: Config, region: string, { account }: Deployment): boolean {
  return account !== undefined && account !== accountOf(config, region);
}

function hasKind(place: Place, kind: Deployment['kind']): boolean {
  return deployments(place, kind).length > 0;
}

function regionsWith(place: Place, ...kinds: Deployment['kind'][]): string[] {
  const wanted: Deployment['kind'][] = kinds.length > 0 ? kinds : ['ecs', 'asg', 'lambda'];
  return [...new Set(wanted.flatMap((kind) => deployments(place, kind).map(([region]) => region)))];
}

function ecs(place: Place, resource: (deployment: OfKind<'ecs'>) => string): string[] {
  return [...new Set(deployments(place, 'ecs').map(([region, deployment]) => arnOf(place.config, 'ecs', region, resource(deployment))))];
}

function lambdas(place: Place, resource: (name: string, alias: string) => string): string[] {
  return deployments(place, 'lambda').map(([region, { function: name, alias }]) =>
    arnOf(place.config, 'lambda', region, `function:${resource(name, alias)}`),
  );
}

function targetGroups(place: Place): string[] {
  return (['ecs', 'asg', 'lambda'] as const).flatMap((kind) =>
    deployments(place, kind).flatMap(([, deployment]) => deployment.targetGroups),
  );
}

type Database = NonNullable<Deployment['database']>;

function databases({ config }: Place, kind: Database['kind']): [string, Database][] {
  return config.services.flatMap((service) =>
    Object.entries(service.deployments).flatMap(([region, { database }]): [string, Database][] =>
      database?.kind === kind ? [[region, database]] : [],
    ),
  );
}

function globalClusters(place: Place): string[] {
  const ids = new Set(databases(place, 'aurora-global').map(([, { id }]) => id));
  return [...ids].map((id) => `arn:${Aws.PARTITION}:rds::${accountOf(place.config, place.region)}:global-cluster:${id}`);
}

function databaseInstances(place: Place): string[] {
  return databases(place, 'rds').map(([region, { memberId, id }]) => arnOf(place.config, 'rds', region, `db:${memberId ?? id}`));
}

function documents(place: Place): string[] {
  return scripts(place.config).map((name) => arnOf(place.config, 'ssm', place.region, `document/${name}`));
}

/** Documents that a playbook's script action names, and those that it declares as their undo. */
function scripts(config: Config): string[] {
  const args = config.playbooks.flatMap(({ levels }) =>
    levels.flatMap(({ actions }) => actions.flatMap(({ action, args }) => (action === 'script' ? [args] : []))),
  );
  return [...new Set(args.flatMap(({ document, undo }) => [document, isObject(undo) ? undo.document : undefined]).filter(isText))];
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function flagNames(config: Config): string[] {
  return [...new Set(config.services.flatMap(({ degradeFlag }) => degradeFlag ?? []))];
}

/** Every secret that the role reads: those of webhooks are for who calls them, those of endpoints for who probes. */
function secretReferences({ config, role }: Place): string[] {
  return [...new Set(role === 'notify' ? webhookSecrets(config) : endpointSecrets(config))];
}

function webhookSecrets({ notifications: { page, notify } }: Config): string[] {
  return [...page.webhooks, ...notify.webhooks].flatMap(({ secretHeaders, signingSecret }) => [
    ...Object.values(secretHeaders),
    ...(signingSecret === undefined ? [] : [signingSecret]),
  ]);
}

function endpointSecrets(config: Config): string[] {
  return config.services.flatMap(({ endpoints }) =>
    endpoints.flatMap((endpoint) =>
      endpoint.kind === 'http' ? [endpoint, ...endpoint.journey].flatMap((each) => Object.values(each.secretHeaders)) : [],
    ),
  );
}

function nameOfSecret(reference: string): string | null {
  return reference.startsWith('secretsmanager:') ? reference.slice('secretsmanager:'.length) : null;
}
