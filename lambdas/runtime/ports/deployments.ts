import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { CapacityRegion } from '../../../adapters/aws/capacity-control.ts';
import { clientConfig } from '../../../adapters/aws/client-config.ts';
import type { CapacityClients } from '../../../adapters/aws/deployment.ts';
import type { Config } from '../../../core/config/schema.ts';
import type { Base } from '../context.ts';
import { credentialsOf } from './credentials.ts';

/** What runs where, with clients in each region that something runs in. One account per region: that of its first deployment. */
export function createDeployments({ config, region: own }: Base): Record<string, CapacityRegion> {
  const found: Record<string, CapacityRegion> = {};
  for (const { name, account } of config.regions) {
    const deployments = deploymentsIn(config, name);
    const [first] = Object.values(deployments);
    if (first === undefined) continue;
    const home = config.regions.find((each) => each.name === own)?.account;
    const where = first.account ?? account;
    found[name] = { clients: clientsOf(name, where === home ? undefined : credentialsOf(config, own, where)), deployments };
  }
  return found;
}

function deploymentsIn(config: Config, region: string) {
  return Object.fromEntries(
    config.services.flatMap((service) => {
      const deployment = service.deployments[region];
      return deployment === undefined ? [] : [[service.name, deployment]];
    }),
  );
}

function clientsOf(region: string, credentials: ReturnType<typeof credentialsOf>): CapacityClients {
  const settings = clientConfig(region, credentials);
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
