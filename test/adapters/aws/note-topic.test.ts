import { SNSClient } from '@aws-sdk/client-sns';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { notesOf, publishNote } from '../../../adapters/aws/note-topic.ts';
import type { Notification } from '../../../core/model/index.ts';

const clock = { now: () => 1_000, sleep: async () => {} };
const word = fc.string({ minLength: 1, maxLength: 40 }).filter((text) => !text.includes('\n') && text.trim() === text && text !== '');
const notes = fc.record({
  id: word,
  at: fc.constant(1_767_614_400_000),
  severity: fc.constantFrom('info', 'warning', 'critical'),
  page: fc.boolean(),
  title: word,
  text: fc.string({ maxLength: 200 }),
}) satisfies fc.Arbitrary<Notification>;

/** What SNS makes of a Publish for a function that subscribes. */
async function delivered(note: Notification): Promise<unknown> {
  const client = new SNSClient({ region: 'eu-west-1' });
  let event: unknown;
  client.send = async ({ input }: { input: { Message: string; MessageAttributes: Record<string, { StringValue: string }> } }) => {
    const attributes = Object.entries(input.MessageAttributes).map(([name, { StringValue }]) => [
      name,
      { Type: 'String', Value: StringValue },
    ]);
    const Sns = { MessageId: 'm-1', Timestamp: new Date(note.at).toISOString(), Message: input.Message };
    event = { Records: [{ Sns: { ...Sns, MessageAttributes: Object.fromEntries(attributes) } }] };
    return { MessageId: 'm-1' };
  };
  await publishNote({ client, topicArn: 'arn' }, note, clock, { deadlineAt: 5_000 });
  return event;
}

it('a note comes out of a topic as it went in', async () => {
  await fc.assert(
    fc.asyncProperty(notes, async (note) => {
      expect(notesOf(await delivered(note))).toEqual([note]);
    }),
  );
});

it('an alarm on the topic is a page with the key of its message, and what no topic delivers is no note', () => {
  const Sns = {
    MessageId: 'm-2',
    Timestamp: '2026-01-05T12:00:00.000Z',
    Subject: 'ALARM: heartbeat',
    Message: '{}',
    MessageAttributes: {},
  };
  expect(notesOf({ Records: [{ Sns }] })).toMatchObject([
    { id: 'message/m-2', page: true, severity: 'critical', title: 'ALARM: heartbeat' },
  ]);
  expect(notesOf({ 'detail-type': 'IncidentOpened', detail: {} })).toBeNull();
});
