import { CreateEventBusCommand, EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { AwsBus, type BusAddress, eventSource } from '../../../adapters/aws/bus.ts';
import { AwsCourier } from '../../../adapters/aws/courier.ts';
import { AwsNotifier } from '../../../adapters/aws/notifier.ts';
import { failed, Message } from '../../../core/model/index.ts';
import { emulatorClient } from '../client-settings.ts';
import type { StageContext } from '../context.ts';
import { freshName, mathRandom, systemClock } from './time.ts';

/** How long an inbox must stay quiet before nothing more is expected. Measured: deliveries within 20 ms. */
const quietMs = 150;

/** Everything that arrives in a queue, kept. */
export interface Inbox {
  arn: string;
  bodies(): Promise<string[]>;
}

async function freshInbox(context: StageContext, region: string): Promise<Inbox> {
  const sqs = new SQSClient(emulatorClient(context.proxy.endpoint, region));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: freshName('inbox') }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const kept: string[] = [];
  const receive = async () => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }));
    kept.push(...Messages.map((message) => message.Body ?? ''));
    return Messages.length;
  };
  return {
    arn: Attributes?.QueueArn ?? '',
    async bodies() {
      do await systemClock.sleep(quietMs);
      while ((await receive()) > 0);
      return kept;
    },
  };
}

const Delivered = z.object({ detail: Message });

/** A bus per region, each with a rule that puts evenkeel's events into an inbox. */
export async function freshBuses(context: StageContext, regions: readonly string[] = context.regions) {
  const buses: Record<string, BusAddress> = {};
  const inboxes: Record<string, Inbox> = {};
  for (const region of regions) {
    const client = new EventBridgeClient(emulatorClient(context.proxy.endpoint, region));
    const busName = freshName('bus');
    const inbox = await freshInbox(context, region);
    await client.send(new CreateEventBusCommand({ Name: busName }));
    await client.send(new PutRuleCommand({ Name: 'all', EventBusName: busName, EventPattern: JSON.stringify({ source: [eventSource] }) }));
    await client.send(new PutTargetsCommand({ Rule: 'all', EventBusName: busName, Targets: [{ Id: 'inbox', Arn: inbox.arn }] }));
    buses[region] = { client, busName };
    inboxes[region] = inbox;
  }
  const [region = ''] = regions;
  return {
    bus: new AwsBus({ region, buses, clock: systemClock, random: mathRandom }),
    received: async (where: string) => ((await inboxes[where]?.bodies()) ?? []).map((body) => Delivered.parse(JSON.parse(body)).detail),
  };
}

const Published = z.object({ Message: z.string() });

/** A topic with an inbox behind it. */
async function freshTopic(context: StageContext) {
  const [region] = context.regions;
  const client = new SNSClient(emulatorClient(context.proxy.endpoint, region));
  const { TopicArn: topicArn = '' } = await client.send(new CreateTopicCommand({ Name: freshName('topic') }));
  const inbox = await freshInbox(context, region);
  await client.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint: inbox.arn }));
  const delivered = async () => (await inbox.bodies()).map((body) => Published.parse(JSON.parse(body)).Message);
  return { client, topicArn, delivered };
}

export async function freshNotifier(context: StageContext) {
  const { client, topicArn, delivered } = await freshTopic(context);
  return { notifier: new AwsNotifier([{ client, topicArn }], systemClock), delivered };
}

/** An inbox of our own at a topic that somebody made. */
export async function inboxAt(context: StageContext, region: string, topicArn: string): Promise<Inbox> {
  const inbox = await freshInbox(context, region);
  await new SNSClient(emulatorClient(context.proxy.endpoint, region)).send(
    new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint: inbox.arn }),
  );
  return { arn: inbox.arn, bodies: async () => (await inbox.bodies()).map((body) => Published.parse(JSON.parse(body)).Message) };
}

/** Somebody else's topic; webhooks have their own sockets (test/adapters/node/webhook.test.ts). */
export async function freshReceiver(context: StageContext) {
  const { client, topicArn: arn, delivered } = await freshTopic(context);
  const webhooks = { deliver: async () => failed<never>('invalid', 'this is no webhook') };
  const courier = new AwsCourier({ snsOf: () => client, clock: systemClock, webhooks });
  return { courier, receiver: { kind: 'topic', name: arn, arn } as const, delivered };
}
