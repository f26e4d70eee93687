import { Duration } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Slots of a minute, in seconds after it. lambdas/runtime/slots.ts takes the next one as the end of its own. */
export const slotOffsetsSeconds = [0, 20, 40] as const;

/**
 * The schedule is once a minute and starts the first slot; the others come from queues that hold a message for 20 and 40 s, so that
 * nobody waits, and pays for waiting. A queue that is polled costs 0.11 USD a month even when it is empty, and 0.26 with a maximum
 * concurrency: Lambda goes down from five pollers to two where little comes, but not with that setting
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html). One message a minute needs none.
 */
export class SlotQueues extends Construct {
  readonly queues: IQueue[];

  constructor(scope: Construct, id: string, deadLetters: IQueue) {
    super(scope, id);
    this.queues = laterOffsetsSeconds.map((seconds) => this.#queue(seconds, deadLetters));
  }

  /** Has the probe take the first slot of each minute from the schedule and the later ones from the queues, one at a time. */
  feed(probe: IFunction): void {
    for (const queue of this.queues) probe.addEventSource(new SqsEventSource(queue, { batchSize: 1 }));
    new Rule(this, 'EveryMinute', {
      description: 'Asks for the probe slots of this minute.',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [lookNow(probe), ...this.queues.map((queue, index) => slotTarget(queue, laterOffsetsSeconds[index] ?? 0))],
    });
  }

  #queue(seconds: number, deadLetters: IQueue): Queue {
    const queue = new Queue(this, `Slot${seconds}`, {
      deliveryDelay: Duration.seconds(seconds),
      // A slot of the last minute is worth nothing: it is dropped, not retried.
      retentionPeriod: Duration.seconds(120),
      visibilityTimeout: Duration.seconds(360),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 1 },
    });
    return queue;
  }
}

const laterOffsetsSeconds = slotOffsetsSeconds.filter((seconds) => seconds > 0);

/** A target that has the event's time be a slot, now. An event of the last minute is worth nothing: it is dropped. */
export function lookNow(probe: IFunction): targets.LambdaFunction {
  return new targets.LambdaFunction(probe, { retryAttempts: 1, maxEventAge: Duration.seconds(60) });
}

/** A target that asks for a slot so many seconds after the event's minute. */
function slotTarget(queue: IQueue, offsetSeconds: number): targets.SqsQueue {
  const message = RuleTargetInput.fromObject({ minute: EventField.time, offsetSeconds });
  return new targets.SqsQueue(queue, { message, retryAttempts: 1, maxEventAge: Duration.seconds(60) });
}
