import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SNSClient } from '@aws-sdk/client-sns';
import { describe, expect, test } from 'vitest';
import { AwsBus } from '../../../adapters/aws/bus.ts';
import { AwsNotifier } from '../../../adapters/aws/notifier.ts';
import { type Message, messageVersion, type Notification } from '../../../core/model/index.ts';
import { answering, awsError, half, inputsOf, type Script, settings, stillClock } from './fake-send.ts';

function message(reason = 'r'): Message {
  const body = { incident: 'i', group: 'g', subject: 'eu-west-1', epoch: 1, requester: 'us-east-1', reason };
  return { v: messageVersion, type: 'DrainWithdrawn', from: 'us-east-1', sentAt: 1, id: 'm-1', body };
}

function busOn(script: Script) {
  const client = new EventBridgeClient(settings);
  const sent = answering(client, script);
  const clock = stillClock();
  const bus = new AwsBus({ region: 'us-east-1', buses: { 'us-east-1': { client, busName: 'own' } }, clock, random: half });
  return { bus, sent, call: { deadlineAt: clock.now() + 5_000 } };
}

describe('the bus', () => {
  test('sends an entry again whose failure came inside an answer of status 200', async () => {
    const { bus, sent, call } = busOn((_operation, _input, nth) =>
      nth < 2
        ? { FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException' }] }
        : { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] },
    );
    expect(await bus.publish(message(), call)).toEqual({ ok: true, value: undefined });
    expect(sent).toHaveLength(3);
  });

  test('gives up after three failed entries, and at once on a refusal', async () => {
    const failing = busOn(() => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure', ErrorMessage: 'oops' }] }));
    expect(await failing.bus.publish(message(), failing.call)).toMatchObject({ code: 'unavailable', retryable: true });
    expect(failing.sent).toHaveLength(3);
    const denied = busOn(() => awsError('AccessDeniedException'));
    expect(await denied.bus.publish(message(), denied.call)).toMatchObject({ code: 'refused', retryable: false });
    expect(denied.sent).toHaveLength(1);
  });

  test('counts bytes, not characters, and sends nothing over 256 KB', async () => {
    const { bus, sent, call } = busOn(() => ({ FailedEntryCount: 0, Entries: [{ EventId: 'e' }] }));
    expect(await bus.publish(message('ü'.repeat(131_000)), call)).toMatchObject({ code: 'invalid' });
    expect(sent).toEqual([]);
    expect(await bus.publish(message('u'.repeat(131_000)), call)).toMatchObject({ ok: true });
  });
});

describe('the notifier', () => {
  const notification: Notification = { id: 'n', at: 1, severity: 'critical', page: true, title: `ü\n${'x'.repeat(200)}`, text: 'text' };

  test('goes on to the next topic when the first is lost, and cuts the subject to what SNS takes', async () => {
    const [dead, alive] = [new SNSClient(settings), new SNSClient(settings)];
    answering(dead, () => awsError('ECONNREFUSED'));
    const sent = answering(alive, () => ({ MessageId: 'id-1' }));
    const clock = stillClock();
    const topics = [dead, alive].map((client) => ({ client, topicArn: 'arn' }));
    const receipt = await new AwsNotifier(topics, clock).notify(notification, { deadlineAt: clock.now() + 1_000 });
    expect(receipt).toEqual({ ok: true, value: { id: 'id-1', at: clock.now() } });
    const [published] = inputsOf(sent, 'Publish') as { Subject: string; Message: string }[];
    expect(published?.Subject).toMatch(/^[\x20-\x7e]{1,100}$/);
    expect(published?.Message).toContain('x'.repeat(200));
  });

  test('tells one topic, and the next only when that is lost', async () => {
    const clients = [new SNSClient(settings), new SNSClient(settings)];
    const sent = clients.map((client) => answering(client, () => ({ MessageId: 'id-1' })));
    const clock = stillClock();
    const notifier = new AwsNotifier(
      clients.map((client) => ({ client, topicArn: 'arn' })),
      clock,
    );
    await notifier.notify(notification, { deadlineAt: clock.now() + 1_000 });
    expect(sent.map((calls) => calls.length)).toEqual([1, 0]);
  });

  test('without any topic it says so', async () => {
    const clock = stillClock();
    expect(await new AwsNotifier([], clock).notify(notification, { deadlineAt: clock.now() + 1_000 })).toMatchObject({ code: 'invalid' });
  });
});
