import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { failed, type Notification, ok, type Receipt, type Result } from '../../core/model/index.ts';
import type { Call, Clock, Notifier } from '../../core/ports/index.ts';
import { attempt } from './attempt.ts';

export interface Topic {
  client: SNSClient;
  topicArn: string;
}

/** SNS: at most 100 printable ASCII characters, none of them a line break. */
const subjectLengthMax = 100;
/** SNS: 256 KB a message; a longer text is cut, for a short page is better than none. */
const textBytesMax = 255 * 1024;

/**
 * Notifier over SNS. `topics` are tried in order, the own region's first: a page must not be lost with its region.
 * Subscribers choose by the attributes `severity` and `page`, and know a repetition by the attribute `key`.
 */
export class AwsNotifier implements Notifier {
  readonly #topics: readonly Topic[];
  readonly #clock: Clock;

  constructor(topics: readonly Topic[], clock: Clock) {
    this.#topics = topics;
    this.#clock = clock;
  }

  async notify(message: Notification, call: Call): Promise<Result<Receipt>> {
    let last: Result<Receipt> = failed('invalid', 'no topic is configured');
    for (const topic of this.#topics) {
      last = await this.#publish(topic, message, call);
      if (last.ok) return last;
    }
    return last;
  }

  async #publish(topic: Topic, message: Notification, call: Call): Promise<Result<Receipt>> {
    const command = new PublishCommand({
      TopicArn: topic.topicArn,
      Subject: subjectOf(message.title),
      // A subject cannot hold every title: the text says it whole.
      Message: cut(`${message.title}\n\n${message.text}\n\nkey: ${message.id}`),
      MessageAttributes: {
        severity: { DataType: 'String', StringValue: message.severity },
        page: { DataType: 'String', StringValue: String(message.page) },
        key: { DataType: 'String', StringValue: message.id },
        ...(message.incident !== undefined && { incident: { DataType: 'String', StringValue: message.incident } }),
      },
    });
    const answer = await attempt('sns:Publish', this.#clock, call, (options) => topic.client.send(command, options));
    if (!answer.ok) return answer;
    return ok({ id: answer.value.MessageId ?? message.id, at: this.#clock.now() });
  }
}

function subjectOf(title: string): string {
  const printable = title.replaceAll(/[^\x20-\x7e]+/g, ' ').trim() || 'evenkeel';
  return printable.length <= subjectLengthMax ? printable : `${printable.slice(0, subjectLengthMax - 3)}...`;
}

function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= textBytesMax) return text;
  return `${bytes.subarray(0, textBytesMax - 64).toString('utf8')}\n… cut at ${textBytesMax} bytes`;
}
