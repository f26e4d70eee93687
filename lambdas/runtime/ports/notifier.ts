import { SNSClient } from '@aws-sdk/client-sns';
import { clientConfig } from '../../../adapters/aws/client-config.ts';
import { AwsNotifier } from '../../../adapters/aws/notifier.ts';
import type { Notifier } from '../../../core/ports/index.ts';
import type { Base } from '../context.ts';

/** Topics are tried in the given order; a topic's region is in its ARN. */
export function createNotifier({ clock }: Base, env: { TOPIC_ARNS: readonly string[] }): Notifier {
  const topics = env.TOPIC_ARNS.map((topicArn) => ({
    topicArn,
    client: new SNSClient(clientConfig(topicArn.split(':')[3] ?? '')),
  }));
  return new AwsNotifier(topics, clock);
}
