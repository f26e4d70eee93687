import { Duration } from 'aws-cdk-lib';
import { type EventPattern, Match, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Config } from '../../core/config/schema.ts';
import { eventSource } from '../analyze/region-bus.ts';
import { arnOf } from '../names.ts';
import { lookNow } from './slot-queues.ts';

/** Detail type of the documented custom event (docs/triggers.md), from any source of the account but our own name. */
const customDetailType = 'evenkeel trigger';

/**
 * What happens outside is weighed by the analyzer, which parses it with limits and may open an incident of a service, and asks for a look
 * now instead of at the next slot. It moves no traffic between regions: for that our own probes have to agree.
 */
export class OutsideTriggers extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: { config: Config; region: string; probe: IFunction; analyze: IFunction; deadLetters: IQueue },
  ) {
    super(scope, id);
    for (const [name, { description, pattern }] of Object.entries(triggersOf(props.config, props.region))) {
      const weigh = new LambdaFunction(props.analyze, {
        retryAttempts: 3,
        maxEventAge: Duration.minutes(10),
        deadLetterQueue: props.deadLetters,
      });
      new Rule(this, name, { description, eventPattern: pattern, targets: [weigh, lookNow(props.probe)] });
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
    Asked: {
      description: 'Somebody says that a service is in trouble.',
      // Whoever may write to the account's bus may name any source there: what names ours is none of ours.
      pattern: { source: Match.anythingBut(eventSource), detailType: [customDetailType] },
    },
    ...(clusters.length > 0 && ecs),
  };
}
