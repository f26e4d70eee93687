import { ApplicationAutoScalingClient, RegisterScalableTargetCommand } from '@aws-sdk/client-application-auto-scaling';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { CreateTargetGroupCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { LambdaClient, PutFunctionConcurrencyCommand, PutProvisionedConcurrencyConfigCommand } from '@aws-sdk/client-lambda';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { AwsCapacityControl } from '../../../adapters/aws/capacity-control.ts';
import type { CapacityClients, ServiceDeployment } from '../../../adapters/aws/deployment.ts';
import { FenceGuard } from '../../../adapters/aws/fence-guard.ts';
import type { CapacityHarness } from '../../adapters/contract/capacity-control.ts';
import { emulatorClient } from '../client-settings.ts';
import type { StageContext } from '../context.ts';
import { freshFunction } from './functions.ts';
import { freshStore } from './tables.ts';
import { freshName, realTime, systemClock } from './time.ts';

const cluster = 'contract';

function capacityClients(endpoint: string, region: string): CapacityClients {
  const settings = emulatorClient(endpoint, region);
  return {
    ecs: new ECSClient(settings),
    autoScaling: new AutoScalingClient(settings),
    applicationAutoScaling: new ApplicationAutoScalingClient(settings),
    elb: new ElasticLoadBalancingV2Client(settings),
    lambda: new LambdaClient(settings),
    quotas: new ServiceQuotasClient(settings),
    cloudWatch: new CloudWatchClient(settings),
  };
}

export async function capacityHarness(context: StageContext): Promise<CapacityHarness> {
  const [region] = context.regions;
  const clients = capacityClients(context.proxy.endpoint, region);
  const deployments: Record<string, ServiceDeployment> = {};
  const guard = new FenceGuard(await freshStore(context), systemClock);
  await clients.ecs.send(new CreateClusterCommand({ clusterName: cluster }));
  return {
    ...realTime,
    capacity: new AwsCapacityControl({ [region]: { clients, deployments } }, guard, systemClock),
    startUpMs: 200,
    async unitService({ desired, min, max }) {
      const { service, targetGroups } = await freshEcsService(context, clients, desired);
      deployments[service] = { kind: 'ecs', cluster, service, minUnits: 0, maxUnits: 1000, targetGroups };
      await clients.applicationAutoScaling.send(
        new RegisterScalableTargetCommand({
          ServiceNamespace: 'ecs',
          ResourceId: `service/${cluster}/${service}`,
          ScalableDimension: 'ecs:service:DesiredCount',
          MinCapacity: min,
          MaxCapacity: max,
        }),
      );
      return { service, region };
    },
    async functionService({ provisioned, reserved }) {
      const FunctionName = await freshFunction(clients.lambda, 1);
      deployments[FunctionName] = { kind: 'lambda', function: FunctionName, alias: 'live', minUnits: 0, maxUnits: 1000, targetGroups: [] };
      if (reserved !== null) {
        await clients.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: reserved }));
      }
      if (provisioned > 0) {
        const alias = { FunctionName, Qualifier: 'live', ProvisionedConcurrentExecutions: provisioned };
        await clients.lambda.send(new PutProvisionedConcurrencyConfigCommand(alias));
      }
      return { service: FunctionName, region };
    },
  };
}

export async function registerTasks(ecs: ECSClient, family: string, size = { cpu: '1024', memory: '2048' }): Promise<string> {
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      ...size,
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      containerDefinitions: [{ name: 'app', image: 'app', essential: true, portMappings: [{ containerPort: 8080 }] }],
    }),
  );
  return taskDefinition?.taskDefinitionArn ?? '';
}

async function freshEcsService(context: StageContext, clients: CapacityClients, desiredCount: number) {
  const service = freshName('service');
  const taskDefinition = await registerTasks(clients.ecs, service);
  const group = await clients.elb.send(
    new CreateTargetGroupCommand({ Name: service, Protocol: 'HTTP', Port: 8080, TargetType: 'ip', VpcId: 'vpc-1' }),
  );
  const targetGroupArn = group.TargetGroups?.[0]?.TargetGroupArn ?? '';
  context.standIns.balance(service, targetGroupArn, clients.elb, () => clients.ecs.send(new UpdateServiceCommand({ cluster, service })));
  await clients.ecs.send(
    new CreateServiceCommand({
      cluster,
      serviceName: service,
      taskDefinition,
      desiredCount,
      launchType: 'FARGATE',
      loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 8080 }],
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1', 'subnet-2'] } },
    }),
  );
  const { taskArns: tasks = [] } = await clients.ecs.send(new ListTasksCommand({ cluster, serviceName: service }));
  // The stand-in registers tasks when they are first described.
  if (tasks.length > 0) await clients.ecs.send(new DescribeTasksCommand({ cluster, tasks }));
  return { service, targetGroups: [targetGroupArn] };
}
