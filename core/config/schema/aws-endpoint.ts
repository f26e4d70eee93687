import * as z from 'zod';
import { cidr, dnsName, kebabName, priorities } from './leaves.ts';

/** One AWS service of the catalogue; every region watches it in every region. */
export const awsEndpoint = z.strictObject({
  service: kebabName.describe('Short name of the AWS service, as dependsOn uses it: dynamodb, rds, ec2, s3, lambda, elb, sts …'),
  host: dnsName.optional().describe('Its regional name; default is <service>.{region}.amazonaws.com (elb: elasticloadbalancing).'),
  priority: z.enum(priorities).default('normal').describe('critical gets the strict DNS limits.'),
  kinds: z
    .array(z.enum(['dns', 'https']))
    .min(1)
    .default(['dns', 'https'])
    .describe('How it is probed: name resolution, an HTTPS answer, or both.'),
  allowAddresses: z
    .array(cidr)
    .default([])
    .describe('CIDR blocks that may be probed although they are private, for interface endpoints in a VPC.'),
});
export type AwsEndpoint = z.output<typeof awsEndpoint>;

/** The services whose outage takes others with it; DynamoDB first, as October 2025 showed. */
export const defaultAwsEndpoints: z.input<typeof awsEndpoint>[] = [
  { service: 'dynamodb', priority: 'critical' },
  { service: 'rds' },
  { service: 'ec2' },
  { service: 's3' },
  { service: 'lambda' },
  { service: 'elb' },
  { service: 'sts' },
];
