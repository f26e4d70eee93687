import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Rule } from 'aws-cdk-lib/aws-events';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { pascal } from '../names.ts';

export interface SelfWatchProps {
  busName: string;
  /** The rule that hears each peer. */
  heard: Record<string, Rule>;
  machines: readonly Alarm[];
  deadLetters: IQueue;
  topic: ITopic;
}

/** Who watches the watchman: peers that fall silent, machines that fail unhandled, events that nobody could handle. */
export class SelfWatch extends Construct {
  constructor(scope: Construct, id: string, { busName, heard, machines, deadLetters, topic }: SelfWatchProps) {
    super(scope, id);
    const alarms = [
      ...Object.entries(heard).map(([peer, rule]) => this.#heartbeat(peer, busName, rule)),
      this.#deadLetters(deadLetters),
      ...machines,
    ];
    for (const alarm of alarms) alarm.addAlarmAction(new SnsAction(topic));
  }

  /** Observations come three times a minute; three minutes without one, and the peer is gone or cannot be heard. */
  #heartbeat(peer: string, busName: string, rule: Rule): Alarm {
    return new Alarm(this, `Heartbeat${pascal(peer)}`, {
      alarmDescription: `Nothing has been heard of ${peer} for three minutes.`,
      metric: new Metric({
        namespace: 'AWS/Events',
        metricName: 'MatchedEvents',
        dimensionsMap: { EventBusName: busName, RuleName: rule.ruleName },
        statistic: 'Sum',
        period: Duration.minutes(1),
      }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  #deadLetters(queue: IQueue): Alarm {
    return new Alarm(this, 'DeadLetters', {
      alarmDescription: 'An event could not be handled: read it in the dead-letter queue.',
      metric: queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1) }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
