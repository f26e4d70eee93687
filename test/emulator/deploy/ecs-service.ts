import { CreateClusterCommand, CreateServiceCommand, DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import { emulatorClient } from '../client-settings.ts';
import type { StageContext } from '../context.ts';
import { registerTasks } from '../harness/capacity.ts';

/** An ECS service that the configuration names, in one region, with two tasks. */
export class EcsService {
  readonly #ecs: ECSClient;
  readonly #name: string;

  private constructor(ecs: ECSClient, name: string) {
    this.#ecs = ecs;
    this.#name = name;
  }

  static async create({ emulator }: StageContext, region: string, name: string): Promise<EcsService> {
    const ecs = new ECSClient(emulatorClient(emulator.endpoint, region));
    await ecs.send(new CreateClusterCommand({ clusterName: 'small' }));
    const taskDefinition = await registerTasks(ecs, name);
    await ecs.send(
      new CreateServiceCommand({
        cluster: 'small',
        serviceName: name,
        taskDefinition,
        desiredCount: 2,
        launchType: 'FARGATE',
        networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1', 'subnet-2'] } },
      }),
    );
    return new EcsService(ecs, name);
  }

  async desired(): Promise<number> {
    const { services } = await this.#ecs.send(new DescribeServicesCommand({ cluster: 'small', services: [this.#name] }));
    return services?.[0]?.desiredCount ?? 0;
  }
}
