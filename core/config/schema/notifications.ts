import * as z from 'zod';
import { headerName, kebabName, secretReference } from './leaves.ts';

const audience = z.strictObject({
  emails: z.array(z.email('is not an e-mail address')).default([]).describe('E-mail addresses.'),
  topics: z
    .array(z.string().regex(/^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]+$/, 'is not the ARN of an SNS topic'))
    .default([])
    .describe('ARNs of SNS topics that each note is published to; evenkeel has a topic of its own in each region besides.'),
  webhooks: z
    .array(
      z.strictObject({
        name: kebabName.describe('Name of the receiver, for receipts.'),
        url: z.string().describe('https:// address that takes a POST.'),
        secretHeaders: z
          .record(headerName, secretReference)
          .default({})
          .describe('Headers whose value is read at run time: ssm:/path, secretsmanager:name or env:NAME.'),
        signingSecret: secretReference
          .optional()
          .describe(
            'Secret that signs each request: the header evenkeel-signature says when (t, epoch ms) and v1, HMAC-SHA256 of "t.body" in hex.',
          ),
      }),
    )
    .default([])
    .describe('HTTPS receivers at public addresses; each note is one POST of JSON with its key. Any 2xx is taken as received.'),
});
export type Audience = z.output<typeof audience>;

export const notifications = z.strictObject({
  page: audience.prefault({}).describe('Who is woken: topics and webhooks here get what pages.'),
  notify: audience.prefault({}).describe('Who is told: topics and webhooks here get everything.'),
  required: z
    .array(z.enum(['opened', 'planned', 'approval', 'acted', 'refused', 'undone', 'escalated', 'resolved']))
    .default(['opened', 'approval', 'acted', 'undone', 'escalated', 'resolved'])
    .describe('Events that must be told; a failed delivery is retried and then paged about.'),
});
