import type { SNSClient } from '@aws-sdk/client-sns';
import type { Notification, Receipt, Receiver, Result } from '../../core/model/index.ts';
import type { Call, Clock, Courier } from '../../core/ports/index.ts';
import { publishNote } from './note-topic.ts';

export interface AwsCourierParts {
  /** A topic is published to in its own region. */
  snsOf: (region: string) => SNSClient;
  webhooks: Courier;
  clock: Clock;
}

/** Topics over SNS; webhooks are somebody else's to call. */
export class AwsCourier implements Courier {
  readonly #parts: AwsCourierParts;

  constructor(parts: AwsCourierParts) {
    this.#parts = parts;
  }

  deliver(receiver: Receiver, note: Notification, call: Call): Promise<Result<Receipt>> {
    const { snsOf, webhooks, clock } = this.#parts;
    if (receiver.kind === 'webhook') return webhooks.deliver(receiver, note, call);
    const [, , , region = ''] = receiver.arn.split(':');
    return publishNote({ client: snsOf(region), topicArn: receiver.arn }, note, clock, call);
  }
}
