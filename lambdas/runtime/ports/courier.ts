import { SNSClient } from '@aws-sdk/client-sns';
import { clientConfig } from '../../../adapters/aws/client-config.ts';
import { AwsCourier } from '../../../adapters/aws/courier.ts';
import { createNodeNetwork } from '../../../adapters/node/network.ts';
import { sign } from '../../../adapters/node/sign.ts';
import { createWebhookCourier } from '../../../core/learn/webhook-courier.ts';
import type { Courier } from '../../../core/ports/index.ts';
import type { Base } from '../context.ts';

/** Topics and webhooks of the configuration. */
export function createCourier({ clock }: Base): Courier {
  const clients = new Map<string, SNSClient>();
  const snsOf = (region: string) => {
    const client = clients.get(region) ?? new SNSClient(clientConfig(region));
    clients.set(region, client);
    return client;
  };
  return new AwsCourier({ snsOf, clock, webhooks: createWebhookCourier({ network: createNodeNetwork(), clock, sign }) });
}
