import * as z from 'zod';
import { accountId, dnsName, kebabName, nameServer, regionName } from './leaves.ts';

const regionalRecord = z.strictObject({
  values: z.array(z.string().min(1)).min(1).optional().describe('Addresses that the record answers with for this region.'),
  alias: z
    .strictObject({
      dnsName: dnsName.describe('DNS name of the load balancer or distribution.'),
      zoneId: z.string().min(1).describe('Hosted zone id of the alias target.'),
    })
    .optional()
    .describe('The alias target for this region, instead of values; always written with EvaluateTargetHealth false.'),
  weight: z.int().min(0).max(255).optional().describe('Weight of this region, for weighted routing.'),
  role: z.enum(['primary', 'secondary']).optional().describe('Role of this region, for failover routing.'),
});

const record = z.strictObject({
  name: dnsName.describe('The name that clients resolve.'),
  type: z.enum(['A', 'AAAA']).default('A').describe('Record type.'),
  routing: z.enum(['weighted', 'latency', 'failover', 'multivalue']).default('weighted').describe('Routing policy of the record sets.'),
  regions: z.record(regionName, regionalRecord).describe('What the name answers with, by region.'),
});

export const trafficGroup = z.strictObject({
  name: kebabName.describe('Name of the group, unique in this file. Its records share health checks and move together.'),
  zone: z
    .strictObject({
      id: z.string().min(1).describe('Hosted zone id.'),
      name: dnsName.describe('Name of the zone.'),
      account: accountId.optional().describe('The account that owns the zone, when it is another one.'),
      nameServers: z
        .array(nameServer)
        .default([])
        .describe(
          'Authoritative servers to prove answers with, such as ns-1.awsdns-00.org or 192.0.2.53:5353; empty means they are read and saved at deploy.',
        ),
    })
    .describe('The hosted zone of the records.'),
  records: z.array(record).describe('The names that move together.'),
  ttlSeconds: z.int().min(1).max(86_400).default(60).describe('TTL of the records; at most 300 s for services with failover on.'),
  carrier: z
    .enum(['metric', 'object'])
    .default('metric')
    .describe(
      'How votes reach Route 53: metric is private and moves in one to two minutes, object is an unguessable S3 object and moves in about 30 s.',
    ),
  healthThreshold: z
    .int()
    .optional()
    .describe('Healthy children that keep a region in; default by the number of regions (3 → 1 of 2, 4 → 1 of 3, 5 → 2 of 4).'),
  cloudFront: z
    .strictObject({
      distributionId: z.string().min(1).describe('The distribution in front of the group.'),
      originGroup: z.string().min(1).optional().describe('Origin group whose order follows the traffic.'),
      origins: z
        .record(regionName, z.string().min(1))
        .default({})
        .describe('Origin id by region; the one that is usually preferred stands first.'),
    })
    .optional()
    .describe(
      'A CloudFront distribution whose origins follow a shift of half of the traffic or more, a failover and a failback, best effort.',
    ),
  recordsOwnedElsewhere: z
    .boolean()
    .default(false)
    .describe('Someone else owns the records: evenkeel outputs the check ids and never writes a record.'),
  controlPlaneFollowUp: z
    .boolean()
    .default(false)
    .describe('After the proof, also bring the records in line through the control plane: best effort, with its own role.'),
});
export type TrafficGroup = z.output<typeof trafficGroup>;
