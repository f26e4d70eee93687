import { Duration } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from '../observability/acknowledge.ts';

/** Slots of a minute, in seconds after it. lambdas/runtime/slots.ts takes the next one as the end of its own. */
export const slotOffsetsSeconds = [0, 20, 40] as const;

/**
 * The schedule is once a minute; the slots inside the minute come from queues that hold a message for 0, 20 and 40 s,
 * so that nobody waits, and pays for waiting.
 */
export class SlotQueues extends Construct {
  readonly queues: IQueue[];
  /** Where a trigger from outside asks for a look at once. */
  readonly immediate: Queue;

  constructor(scope: Construct, id: string, deadLetters: IQueue) {
    super(scope, id);
    const queues = slotOffsetsSeconds.map((seconds) => this.#queue(seconds, deadLetters));
    this.queues = queues;
    const [first] = queues;
    if (first === undefined) throw new Error('there are no slots');
    this.immediate = first;
    new Rule(this, 'EveryMinute', {
      description: 'Asks for the probe slots of this minute.',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: queues.map((queue, index) => slotTarget(queue, slotOffsetsSeconds[index] ?? 0)),
    });
  }

  /** Has the probe take the slots of all queues, one at a time. */
  feed(probe: IFunction): void {
    for (const queue of this.queues) probe.addEventSource(new SqsEventSource(queue, { batchSize: 1, maxConcurrency: 2 }));
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
    acknowledge(queue, 'AwsSolutions-SQS3', 'It has a dead-letter queue, that of the region.');
    return queue;
  }
}

/** A target that asks for a slot so many seconds after the event's minute. */
export function slotTarget(queue: IQueue, offsetSeconds: number): targets.SqsQueue {
  const message = RuleTargetInput.fromObject({ minute: EventField.time, offsetSeconds });
  return new targets.SqsQueue(queue, { message, retryAttempts: 1, maxEventAge: Duration.seconds(60) });
}
