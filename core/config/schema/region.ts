import * as z from 'zod';
import { accountId, dnsServer, kebabName, positive, regionName } from './leaves.ts';

/** Something on the internet that is known to be well: what the self-test of a vantage reaches for. */
export const reference = z.strictObject({
  name: kebabName.describe('Name of the reference, for reasons.'),
  url: z.string().describe('http:// or https:// address that answers when the vantage is well.'),
});

/** Three that share no operator, so that one of them failing tells nothing about the vantage. */
export const defaultReferences: z.input<typeof reference>[] = [
  { name: 'amazon', url: 'https://checkip.amazonaws.com/' },
  { name: 'cloudflare', url: 'https://one.one.one.one/' },
  { name: 'google', url: 'https://www.gstatic.com/generate_204' },
];

export const region = z.strictObject({
  name: regionName.describe('Name of the AWS region, such as eu-west-1.'),
  account: accountId.optional().describe('The account evenkeel runs in there; default is that of the deploying credentials.'),
  costFactor: positive
    .optional()
    .describe('What a request costs there against the other regions; a shift gives dearer ones less. Default 1.'),
  references: z.array(reference).optional().describe('Known-good references of this vantage, instead of those of selfTest.'),
  dnsServers: z
    .array(dnsServer)
    .default([])
    .describe('Resolvers that this vantage asks, as address or address:port; empty means the system.'),
  vpcProbe: z
    .strictObject({
      vpcId: z
        .string()
        .regex(/^vpc-[0-9a-f]+$/, 'is not the id of a VPC')
        .describe('The VPC that internal load balancers are reached from.'),
      subnetIds: z
        .array(z.string().regex(/^subnet-[0-9a-f]+$/, 'is not the id of a subnet'))
        .min(1)
        .describe('Subnets of the probe inside the VPC.'),
      securityGroupIds: z
        .array(z.string().regex(/^sg-[0-9a-f]+$/, 'is not the id of a security group'))
        .default([])
        .describe('Security groups of the probe inside the VPC.'),
      dualStack: z.boolean().default(false).describe('The subnets have IPv6 too.'),
    })
    .optional()
    .describe('A second probe inside a VPC, for endpoints marked selfReport.'),
});

/** An account whose resources evenkeel acts on through an assumed role. */
export const account = z.strictObject({
  id: accountId.describe('The account.'),
  roleName: z.string().min(1).default('evenkeel-target').describe('The role that evenkeel assumes there.'),
  externalId: z
    .string()
    .min(8, 'is shorter than 8 characters')
    .describe('The external id that the role asks for, against confused deputies.'),
});
