import { CreateClusterCommand, CreateServiceCommand, DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import { emulatorClient } from '../client-settings.ts';
import type { StageContext } from '../context.ts';
import { registerTasks } from '../harness/capacity.ts';

/** The ECS service that the configuration names, in one region, with two tasks. */
export class CheckoutService {
  readonly #ecs: ECSClient;

  private constructor(ecs: ECSClient) {
    this.#ecs = ecs;
  }

  static async create({ emulator }: StageContext, region: string): Promise<CheckoutService> {
    const ecs = new ECSClient(emulatorClient(emulator.endpoint, region));
    await ecs.send(new CreateClusterCommand({ clusterName: 'small' }));
    const taskDefinition = await registerTasks(ecs, 'checkout');
    await ecs.send(
      new CreateServiceCommand({
        cluster: 'small',
        serviceName: 'checkout',
        taskDefinition,
        desiredCount: 2,
        launchType: 'FARGATE',
        networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1', 'subnet-2'] } },
      }),
    );
    return new CheckoutService(ecs);
  }

  async desired(): Promise<number> {
    const { services } = await this.#ecs.send(new DescribeServicesCommand({ cluster: 'small', services: ['checkout'] }));
    return services?.[0]?.desiredCount ?? 0;
  }
}
