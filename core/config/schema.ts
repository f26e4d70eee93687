import * as z from 'zod';
import { awsEndpoint, defaultAwsEndpoints } from './schema/aws-endpoint.ts';
import { kebabName } from './schema/leaves.ts';
import { notifications } from './schema/notifications.ts';
import { playbook } from './schema/playbook.ts';
import { policies } from './schema/policies.ts';
import { account, defaultReferences, reference, region } from './schema/region.ts';
import { service } from './schema/service.ts';
import { thresholds } from './schema/thresholds.ts';
import { trafficGroup } from './schema/traffic-group.ts';

/**
 * The one file an operator edits. The schema knows the shape, the defaults and the meaning of each field;
 * what fields mean to each other (references, order, cycles, quotas) is in `rules/`.
 */
export const configSchema = z.strictObject({
  name: kebabName.max(24, 'is longer than 24 characters').describe('Name of the application: the prefix of its stacks and metrics.'),
  mode: z
    .enum(['observe', 'approve', 'act'])
    .default('observe')
    .describe('observe decides and records but touches nothing; approve asks a person first; act acts.'),
  regions: z.array(region).min(1).describe('Regions that evenkeel runs in: each probes every endpoint and votes.'),
  accounts: z.array(account).default([]).describe('Other accounts that targets, or the zone, live in.'),
  selfTest: z
    .strictObject({
      references: z.array(reference).min(1).describe('Known-good references; a region that cannot reach most of them abstains.'),
    })
    .prefault({ references: defaultReferences })
    .describe('How a region finds out that it is itself the sick one.'),
  services: z.array(service).min(1).describe('The services to keep on an even keel.'),
  trafficGroups: z.array(trafficGroup).default([]).describe('Names that move together; the unit of votes and of cost.'),
  awsEndpoints: z
    .array(awsEndpoint)
    .prefault(defaultAwsEndpoints)
    .describe('AWS services watched in each region; services depend on them by dependsOn.'),
  thresholds: thresholds.prefault({}).describe('How samples become verdicts and alerts.'),
  playbooks: z
    .array(playbook)
    .default([])
    .describe('What to do about each alert; a playbook given here replaces the default one of its alert.'),
  policies: policies.prefault({}).describe('What may be done, when, how often, and who has to agree.'),
  notifications: notifications.prefault({}).describe('Who is woken and who is told.'),
  quotas: z
    .strictObject({
      healthChecksPerAccount: z.int().min(1).default(200).describe('Route 53 health checks that the account allows; 200 unless raised.'),
    })
    .prefault({})
    .describe('Quotas of the account, where they have been raised.'),
});

export type Config = z.output<typeof configSchema>;
/** What a person writes: everything that has a default may be left out. */
export type ConfigInput = z.input<typeof configSchema>;
export type Mode = Config['mode'];

export type { AwsEndpoint } from './schema/aws-endpoint.ts';
export type { Deployment } from './schema/deployment.ts';
export type { Endpoint } from './schema/endpoint.ts';
export type { LatencyLimits } from './schema/leaves.ts';
export type { Audience } from './schema/notifications.ts';
export type { Playbook } from './schema/playbook.ts';
export type { Dependency, Service } from './schema/service.ts';
export type { Thresholds } from './schema/thresholds.ts';
export type { TrafficGroup } from './schema/traffic-group.ts';
export { type ActionName, type AlertName, actionNames, alertNames } from './schema/vocabulary.ts';
