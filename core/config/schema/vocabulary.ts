/** Words that the configuration and the stages share. */

/** What evenkeel can do. The first eight are state machines or steps of one; the rest are steps of a playbook. */
export const actionNames = [
  'failover',
  'failback',
  'shift',
  'scale',
  'restart',
  'rollback',
  'script',
  'eject',
  'degrade',
  'protect',
  'notify',
  'page',
  'wait',
] as const;
export type ActionName = (typeof actionNames)[number];

/** What can be wrong. core/plan holds the metric, the duration and the default playbook of each. */
export const alertNames = [
  'crash-loop',
  'error-rate',
  'latency',
  'memory',
  'cpu',
  'connection-pool',
  'cache-hit-ratio',
  'deployment-failure',
  'node-not-ready',
  'dependency-down',
  'region-impaired',
  'disk',
  'certificate',
  'critical-dns',
  'capacity-forecast',
  'error-anomaly',
  'latency-anomaly',
  'systemic',
] as const;
export type AlertName = (typeof alertNames)[number];
