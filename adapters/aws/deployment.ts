import type { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';

/** Where a service runs in one region; a subset of the configuration's `deployments`. */
export type ServiceDeployment = EcsDeployment | AsgDeployment | LambdaDeployment;

interface Bounds {
  minUnits: number;
  maxUnits: number;
  /** ARNs of the load balancer's target groups that the units register with. */
  targetGroups: readonly string[];
}
export interface EcsDeployment extends Bounds {
  kind: 'ecs';
  cluster: string;
  service: string;
}
export interface AsgDeployment extends Bounds {
  kind: 'asg';
  group: string;
}
export interface LambdaDeployment extends Bounds {
  kind: 'lambda';
  function: string;
  alias: string;
}

/** The clients of one region; made once at module scope, of the account that owns the targets. */
export interface CapacityClients {
  ecs: ECSClient;
  autoScaling: AutoScalingClient;
  applicationAutoScaling: ApplicationAutoScalingClient;
  elb: ElasticLoadBalancingV2Client;
  lambda: LambdaClient;
  quotas: ServiceQuotasClient;
  cloudWatch: CloudWatchClient;
}
