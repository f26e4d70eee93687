import { CreateClusterCommand, CreateServiceCommand, ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { ServiceDeployment } from '../../../adapters/aws/deployment.ts';
import { FenceGuard } from '../../../adapters/aws/fence-guard.ts';
import { AwsReleaseControl } from '../../../adapters/aws/release-control.ts';
import type { ReleaseHarness } from '../../adapters/contract/release-control.ts';
import { emulatorClient } from '../client-settings.ts';
import type { StageContext } from '../context.ts';
import { registerTasks } from './capacity.ts';
import { freshFunction } from './functions.ts';
import { freshStore } from './tables.ts';
import { freshName, realTime, systemClock } from './time.ts';

const cluster = 'releases';
const bounds = { minUnits: 1, maxUnits: 10, targetGroups: [] };

/** Services of three releases: an ECS service deployed three times, or a function of three versions. */
export async function releaseHarness(context: StageContext, kind: 'ecs' | 'lambda'): Promise<ReleaseHarness> {
  const [region] = context.regions;
  const settings = emulatorClient(context.proxy.endpoint, region);
  const clients = { ecs: new ECSClient(settings), lambda: new LambdaClient(settings) };
  const deployments: Record<string, ServiceDeployment> = {};
  const guard = new FenceGuard(await freshStore(context), systemClock);
  return {
    ...realTime,
    rolloutMs: 200,
    releases: new AwsReleaseControl({ [region]: { clients, deployments } }, guard, systemClock),
    async service() {
      if (kind === 'lambda') {
        const name = await freshFunction(clients.lambda, 3);
        deployments[name] = { kind, function: name, alias: 'live', ...bounds };
        return { service: name, region };
      }
      const service = await threeDeployments(clients.ecs);
      deployments[service] = { kind, cluster, service, ...bounds };
      return { service, region };
    },
  };
}

async function threeDeployments(ecs: ECSClient): Promise<string> {
  const service = freshName('service');
  await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
  const first = await registerTasks(ecs, service);
  await ecs.send(
    new CreateServiceCommand({ cluster, serviceName: service, taskDefinition: first, desiredCount: 1, launchType: 'FARGATE' }),
  );
  for (let release = 2; release <= 3; release++) {
    await systemClock.sleep(20);
    await ecs.send(new UpdateServiceCommand({ cluster, service, taskDefinition: await registerTasks(ecs, service) }));
  }
  return service;
}
