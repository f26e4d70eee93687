import type { Audience } from '../config/schema/notifications.ts';
import type { Config } from '../config/schema.ts';
import { failed, type Notification, ok, type Receiver, type Result } from '../model/index.ts';

/** A receiver with references where its secrets go. */
export type ConfiguredReceiver = Receiver & { references: string[] };

/** Who is handed a note besides evenkeel's own topics: those of `page` what wakes people, those of `notify` everything; each once. */
export function receiversOf({ notifications }: Config, { page }: Pick<Notification, 'page'>): ConfiguredReceiver[] {
  const audiences = page ? [notifications.page, notifications.notify] : [notifications.notify];
  return [...new Map(audiences.flatMap(ofAudience).map((receiver) => [receiver.name, receiver])).values()];
}

function ofAudience({ topics, webhooks }: Audience): ConfiguredReceiver[] {
  return [
    ...topics.map((arn): ConfiguredReceiver => ({ kind: 'topic', name: arn, arn, references: [] })),
    ...webhooks.map(({ name, url, secretHeaders: headers, signingSecret }): ConfiguredReceiver => {
      const signing = signingSecret === undefined ? {} : { signingSecret };
      return { kind: 'webhook', name, url, headers, ...signing, references: [...Object.values(headers), ...Object.values(signing)] };
    }),
  ];
}

/** The receiver with the values of its secrets. A request without its credentials would only prove that they are wanted. */
export function withSecrets({ references, ...receiver }: ConfiguredReceiver, secrets: ReadonlyMap<string, string>): Result<Receiver> {
  const missing = references.filter((reference) => !secrets.has(reference));
  if (missing.length > 0) return failed('not-found', `${receiver.name}: no value for ${missing.join(', ')}`);
  if (receiver.kind === 'topic') return ok(receiver);
  const { headers, signingSecret, ...rest } = receiver;
  const value = (reference: string) => secrets.get(reference) ?? '';
  return ok({
    ...rest,
    headers: Object.fromEntries(Object.entries(headers).map(([name, reference]) => [name, value(reference)])),
    ...(signingSecret === undefined ? {} : { signingSecret: value(signingSecret) }),
  });
}
