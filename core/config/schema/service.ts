import * as z from 'zod';
import { deployment } from './deployment.ts';
import { endpoint } from './endpoint.ts';
import { kebabName, positive, priorities, regionName, share } from './leaves.ts';
import { alertNames } from './vocabulary.ts';

const dependency = z.strictObject({
  service: kebabName.optional().describe('A service of this file.'),
  aws: kebabName.optional().describe('An AWS service of the catalogue in awsEndpoints, in the same region.'),
  hard: z.boolean().default(true).describe('Without it this service cannot serve; false means it degrades.'),
});
export type Dependency = z.output<typeof dependency>;

/** How a dimension bears on the health of the service. */
const dimension = (onFailure: 'unhealthy' | 'degraded') =>
  z
    .strictObject({
      weight: z.number().min(0).default(1).describe('Share of this dimension in the health score.'),
      onFailure: z.enum(['unhealthy', 'degraded']).default(onFailure).describe('What the service is when this dimension fails.'),
    })
    .prefault({});

const dimensions = z.strictObject({
  liveness: dimension('unhealthy').describe('It answers at all.'),
  readiness: dimension('unhealthy').describe('It can take traffic now.'),
  startup: dimension('degraded').describe('New units come up.'),
  dependency: dimension('degraded').describe('What it depends on answers it.'),
  performance: dimension('degraded').describe('It answers within its limits.'),
  business: dimension('unhealthy').describe('It does what customers pay for: a journey through the service.'),
});

export const scoreWeights = z.strictObject({
  targets: share.default(0.3).describe('Weight of the share of healthy load-balancer targets.'),
  capacity: share.default(0.3).describe('Weight of running over desired units.'),
  database: share.default(0.1).describe('Weight of database status and replica lag.'),
  probes: share.default(0.3).describe('Weight of the probe verdicts.'),
});

/** A metric that evenkeel cannot name by itself; CPU, memory and load-balancer metrics follow from the deployment. */
const signal = z.strictObject({
  namespace: z.string().min(1).describe('CloudWatch namespace.'),
  metricName: z.string().min(1).describe('CloudWatch metric name.'),
  dimensions: z.record(z.string(), z.string()).default({}).describe('CloudWatch dimensions; {region} is replaced.'),
  statistic: z.enum(['Average', 'Sum', 'Minimum', 'Maximum', 'p99']).default('Average').describe('CloudWatch statistic.'),
  treatMissingData: z
    .enum(['missing', 'breaching', 'notBreaching'])
    .default('missing')
    .describe('What minutes without data mean: nothing, and people are told; past the limit; or within it.'),
});

export const service = z.strictObject({
  name: kebabName.describe('Name of the service, unique in this file.'),
  tier: z.literal([1, 2, 3]).describe('1 is what the business stands on; policies allow actions by tier.'),
  owner: z.string().min(1).describe('The team that owns it; an e-mail address is written to directly.'),
  priority: z.enum(priorities).default('normal').describe('critical gets the strict DNS limits (50/100 ms instead of 100/200).'),
  dependsOn: z.array(dependency).default([]).describe('What it needs: services of this file and AWS services.'),
  failover: z.boolean().default(false).describe('Move its traffic when a quorum of regions finds one region impaired.'),
  trafficGroup: kebabName.optional().describe('The traffic group that its records move with.'),
  allowedRegions: z.array(regionName).optional().describe('Regions its traffic may go to (data residency); default is all regions.'),
  endpoints: z.array(endpoint).default([]).describe('What is probed.'),
  dimensions: dimensions.prefault({}).describe('The six health dimensions and what a failure in each means.'),
  deployments: z.record(regionName, deployment).default({}).describe('What runs where, by region.'),
  scoreWeights: scoreWeights.prefault({}).describe('Weights of the health score that ranks failover targets.'),
  signals: z
    .partialRecord(
      z.enum(['errorRate', 'latencyP99Ms', 'memoryShare', 'poolShare', 'cacheHitRatio', 'diskShare', 'queueDepth', 'diskIo']),
      signal,
    )
    .default({})
    .superRefine((signals, { addIssue }) => {
      for (const name of ['errorRate', 'queueDepth', 'diskIo'] as const) {
        if ((signals[name]?.treatMissingData ?? 'missing') === 'missing') continue;
        const message = `of ${name} has to be missing: it raises no alert by itself, so that its silence cannot`;
        addIssue({ code: 'custom', path: [name, 'treatMissingData'], message });
      }
    })
    .describe('Metrics of the application itself; queueDepth and diskIo, in any unit, have no limit: drift, cause and canary read them.'),
  degradeFlag: z
    .string()
    .regex(/^\/[\w./-]+$/, 'is not the path of an SSM parameter')
    .optional()
    .describe('SSM parameter that the action degrade sets to "degraded" and its undo to "normal"; the application reads it.'),
  playbooks: z
    .partialRecord(z.enum(alertNames), kebabName)
    .default({})
    .describe('Playbooks of this service by alert, where they differ from the general ones.'),
  peakPerSecond: positive.optional().describe('Requests a second over all regions at peak; a target must carry its part.'),
});
export type Service = z.output<typeof service>;
