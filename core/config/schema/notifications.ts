import * as z from 'zod';
import { headerName, kebabName, secretReference } from './leaves.ts';

const audience = z.strictObject({
  emails: z.array(z.email('is not an e-mail address')).default([]).describe('E-mail addresses.'),
  topics: z
    .array(z.string().regex(/^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]+$/, 'is not the ARN of an SNS topic'))
    .default([])
    .describe('ARNs of SNS topics; evenkeel has a topic of its own in each region besides. Not told yet: subscribe to that one.'),
  webhooks: z
    .array(
      z.strictObject({
        name: kebabName.describe('Name of the receiver, for receipts.'),
        url: z.string().describe('https:// address that takes a POST.'),
        secretHeaders: z
          .record(headerName, secretReference)
          .default({})
          .describe('Headers whose value is read at run time: ssm:/path, secretsmanager:name or env:NAME.'),
      }),
    )
    .default([])
    .describe('HTTPS receivers. Not told yet: subscribe them to the topic in each region.'),
});
export type Audience = z.output<typeof audience>;

export const notifications = z.strictObject({
  page: audience.prefault({}).describe('Who is woken.'),
  notify: audience.prefault({}).describe('Who is told.'),
  required: z
    .array(z.enum(['opened', 'planned', 'approval', 'acted', 'refused', 'undone', 'escalated', 'resolved']))
    .default(['opened', 'approval', 'acted', 'undone', 'escalated', 'resolved'])
    .describe('Events that must be told; a failed delivery is retried and then paged about.'),
});
