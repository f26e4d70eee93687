import * as z from 'zod';
import { latencyLimits, positive, share } from './leaves.ts';

const latency = z.strictObject({
  dns: latencyLimits.default({ warningMs: 100, criticalMs: 200 }).describe('Lookup time of DNS answers.'),
  dnsCritical: latencyLimits.default({ warningMs: 50, criticalMs: 100 }).describe('Lookup time of DNS answers of critical priority.'),
  http: latencyLimits
    .default({ warningMs: 1000, criticalMs: 3000 })
    .describe('Response time of HTTP endpoints without limits of their own.'),
  connect: latencyLimits.default({ warningMs: 500, criticalMs: 2000 }).describe('Connection and handshake time of TCP and TLS endpoints.'),
});

/** Judging: how many samples make a verdict, and the levels of the alert catalogue. */
export const thresholds = z.strictObject({
  failureCount: z.int().min(1).max(100).default(2).describe('Failures in a row that turn an endpoint unhealthy.'),
  successCount: z.int().min(1).max(100).default(3).describe('Successes in a row that turn it healthy again (hysteresis).'),
  quorumStalenessSeconds: positive.default(90).describe('Seconds after which an observation of a peer no longer counts.'),
  unhealthyShareSuspect: share.default(0.5).describe('Share of everything unhealthy at once above which the observer itself is suspect.'),
  latency: latency.prefault({}).describe('Latency limits by kind of endpoint.'),
  errorRate: share.default(0.01).describe('Error rate that raises an alert.'),
  p99Ms: positive.default(2000).describe('99th percentile of the response time in milliseconds that raises an alert.'),
  memoryShare: share.default(0.8).describe('Memory use that raises an alert.'),
  cpuShare: share.default(0.8).describe('CPU use that raises an alert, and above which no heavy action is taken.'),
  poolShare: share.default(0.9).describe('Share of the connection pool in use that raises an alert.'),
  poolShareRestart: share.default(0.95).describe('Share of the connection pool in use above which units are restarted.'),
  cacheHitRatio: share.default(0.7).describe('Cache hit ratio below which an alert is raised.'),
  cacheHitRatioRepaired: share.default(0.75).describe('Cache hit ratio to reach after a repair, else a warning.'),
  diskShare: share.default(0.9).describe('Disk use that raises an alert.'),
  dynamodbDnsWeight: z
    .number()
    .min(0)
    .default(3)
    .describe('Times by which a failing name of DynamoDB counts as the root cause, against any other dependency; 1: like any other.'),
  cascadeRisk: share.default(0.7).describe('Probability of a cascade above which people are told of it.'),
  certificateDays: z.int().min(0).default(14).describe('Days before a certificate expires at which an alert is raised.'),
});
export type Thresholds = z.output<typeof thresholds>;
