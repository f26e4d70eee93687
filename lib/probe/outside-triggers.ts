import { type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Config } from '../../core/config/schema.ts';
import { arnOf } from '../names.ts';
import { slotTarget } from './slot-queues.ts';

/** Source of the event by which anybody in the account may ask for a look: `aws events put-events` with this source. */
export const customSource = 'evenkeel.look';

/**
 * What happens outside asks for a look now instead of at the next slot. It never is a verdict: a probe of ours is, so that an alarm
 * that somebody forged or forgot moves nothing.
 */
export class OutsideTriggers extends Construct {
  constructor(scope: Construct, id: string, props: { config: Config; region: string; queue: IQueue }) {
    super(scope, id);
    for (const [name, { description, pattern }] of Object.entries(triggersOf(props.config, props.region))) {
      new Rule(this, name, { description, eventPattern: pattern, targets: [slotTarget(props.queue, 0)] });
    }
  }
}

function triggersOf(config: Config, region: string): Record<string, { description: string; pattern: EventPattern }> {
  const clusters = [
    ...new Set(
      config.services.flatMap(({ deployments }) => {
        const deployment = deployments[region];
        return deployment?.kind === 'ecs' ? [arnOf(config, 'ecs', region, `cluster/${deployment.cluster}`)] : [];
      }),
    ),
  ];
  const services = config.services.flatMap(({ deployments }) => {
    const deployment = deployments[region];
    return deployment?.kind === 'ecs' ? [arnOf(config, 'ecs', region, `service/${deployment.cluster}/${deployment.service}`)] : [];
  });
  const ecs = {
    TaskStopped: {
      description: 'A task of a configured cluster stopped.',
      pattern: { source: ['aws.ecs'], detailType: ['ECS Task State Change'], detail: { clusterArn: clusters, lastStatus: ['STOPPED'] } },
    },
    DeploymentChanged: {
      description: 'A deployment of a configured service started, ended or failed.',
      pattern: { source: ['aws.ecs'], detailType: ['ECS Deployment State Change'], resources: services },
    },
  };
  return {
    AlarmChanged: {
      description: 'A CloudWatch alarm went off.',
      pattern: { source: ['aws.cloudwatch'], detailType: ['CloudWatch Alarm State Change'], detail: { state: { value: ['ALARM'] } } },
    },
    AwsHealth: {
      description: 'AWS Health says that a service is ill.',
      pattern: { source: ['aws.health'], detailType: ['AWS Health Event'], detail: { eventTypeCategory: ['issue'] } },
    },
    Asked: { description: 'Somebody asks for a look.', pattern: { source: [customSource] } },
    ...(clusters.length > 0 && ecs),
  };
}
