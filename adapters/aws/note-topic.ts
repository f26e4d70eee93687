import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import * as z from 'zod';
import { Notification, ok, type Receipt, type Result } from '../../core/model/index.ts';
import type { Call, Clock } from '../../core/ports/index.ts';
import { attempt } from './attempt.ts';

export interface Topic {
  client: SNSClient;
  topicArn: string;
}

/** SNS: at most 100 printable ASCII characters, none of them a line break. */
const subjectLengthMax = 100;
/** SNS: 256 KB a message; a longer text is cut, for a short page is better than none. */
const textBytesMax = 255 * 1024;
const between = '\n\n';

/** Publishes one note. Subscribers choose by the attributes `severity` and `page`, and know a repetition by the attribute `key`. */
export async function publishNote({ client, topicArn }: Topic, message: Notification, clock: Clock, call: Call): Promise<Result<Receipt>> {
  const command = new PublishCommand({
    TopicArn: topicArn,
    Subject: subjectOf(message.title),
    // A subject cannot hold every title: the text says it whole.
    Message: cut(`${message.title}${between}${message.text}${between}key: ${message.id}`),
    MessageAttributes: {
      severity: { DataType: 'String', StringValue: message.severity },
      page: { DataType: 'String', StringValue: String(message.page) },
      key: { DataType: 'String', StringValue: message.id },
      ...(message.incident !== undefined && { incident: { DataType: 'String', StringValue: message.incident } }),
    },
  });
  const answer = await attempt('sns:Publish', clock, call, (options) => client.send(command, options));
  if (!answer.ok) return answer;
  return ok({ id: answer.value.MessageId ?? message.id, at: clock.now() });
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

const Attribute = z.object({ Value: z.string() });
/** https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
const Delivered = z.object({
  MessageId: z.string(),
  Timestamp: z.iso.datetime().transform((text) => Date.parse(text)),
  Subject: z.string().nullish(),
  Message: z.string(),
  MessageAttributes: z.record(z.string(), Attribute).default({}),
});
const TopicEvent = z.object({ Records: z.array(z.object({ Sns: Delivered })).min(1) });

/**
 * The notes that a topic delivers to a function, or null for another event. What did not come from `publishNote` (an alarm, which
 * publishes to the same topic) is a page whose key is the message's own id.
 */
export function notesOf(event: unknown): Notification[] | null {
  const parsed = TopicEvent.safeParse(event);
  return parsed.success ? parsed.data.Records.map(({ Sns }) => noteOf(Sns)) : null;
}

function noteOf({ MessageId, Timestamp, Subject, Message, MessageAttributes }: z.infer<typeof Delivered>): Notification {
  const { key, severity, page, incident } = Object.fromEntries(Object.entries(MessageAttributes).map(([name, { Value }]) => [name, Value]));
  if (key === undefined)
    return { id: `message/${MessageId}`, at: Timestamp, severity: 'critical', page: true, title: Subject ?? 'evenkeel', text: Message };
  const end = Message.indexOf(between);
  const tail = `${between}key: ${key}`;
  const text = Message.slice(end + between.length);
  return Notification.parse({
    id: key,
    at: Timestamp,
    severity,
    page: page === 'true',
    ...(incident === undefined ? {} : { incident }),
    title: Message.slice(0, end),
    text: text.endsWith(tail) ? text.slice(0, -tail.length) : text,
  });
}
