import type { Config } from '../../core/config/schema.ts';
import type { SickUnit } from './unit-monitor.ts';

/** What ECS tells on the region's default bus when a task ended that nobody asked to; null: the service is none of ECS. */
export function taskStopped(config: Config, service: string, region: string, unit: string): unknown {
  const deployment = config.services.find((each) => each.name === service)?.deployments[region];
  if (deployment?.kind !== 'ecs') return null;
  const { cluster, service: name } = deployment;
  return {
    ...{ id: `stopped-${unit}`, source: 'aws.ecs', 'detail-type': 'ECS Task State Change', region, resources: [] },
    detail: {
      group: `service:${name}`,
      lastStatus: 'STOPPED',
      stopCode: 'EssentialContainerExited',
      stoppedReason: `the process of ${unit} ended`,
      clusterArn: `arn:aws:ecs:${region}:111111111111:cluster/${cluster}`,
      taskArn: `arn:aws:ecs:${region}:111111111111:task/${cluster}/${unit}`,
    },
  };
}

/** The documented event by which a monitor of the operator's own names a sick unit. */
export function unitSick(service: string, region: string, { unit, reason }: SickUnit): unknown {
  return {
    ...{ id: `sick-${unit}`, source: 'shop.load-balancer', 'detail-type': 'evenkeel trigger', region, resources: [] },
    detail: { service, alert: 'error-rate', unit, reason },
  };
}
