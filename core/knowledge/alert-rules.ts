import type { AlertName, Config, Service, Thresholds } from '../config/schema.ts';
import type { AnomalyKind } from '../model/index.ts';
import { sufficientConfidence } from './corroboration.ts';
import type { SignalName } from './signals.ts';

/** Where the figure of an alert comes from. */
type AlertMeasure =
  | { kind: 'signal'; signal: SignalName; raisedWhen: 'above' | 'below' }
  /** Probes of this region's own services by its own vantage. */
  | { kind: 'probes'; of: 'errors' | 'certificate' | 'dns' | 'dependency' }
  /** What the platform says of the units. */
  | { kind: 'platform' }
  /** Events of the last ten minutes, counted. */
  | { kind: 'events'; event: 'unit-crashed' | 'deployment-failed' }
  /** What the statistical detectors of several observers or endpoints agree on. */
  | { kind: 'detectors'; of: AnomalyKind }
  /** A quorum of regions outside. */
  | { kind: 'quorum' }
  /** The capacity plan of the next hour (core/plan/propose-capacity.ts). */
  | { kind: 'forecast' };

/** One alert of the catalogue: what is measured, against what, for how long, and how bad it is. */
export interface AlertRule {
  alert: AlertName;
  metric: string;
  measure: AlertMeasure;
  threshold(thresholds: Thresholds, config: Config): number;
  unit: 'share' | 'ms' | 'days' | 'events' | 'seconds' | 'regions' | 'units';
  /** Seconds for which it has to hold before it is raised. */
  durationSeconds: number;
  severity: 'warning' | 'critical';
}

const fixed = (value: number) => () => value;

/** Crashes of a service's units within ten minutes that make a crash loop. */
const crashesMin = 3;

/** In the order in which a cause is looked for: the first that holds names the incident. */
export const alertRules: readonly AlertRule[] = [
  rule('region-impaired', 'views of outside observers', { kind: 'quorum' }, (_, config) => Math.floor(config.regions.length / 2) + 1, {
    unit: 'regions',
  }),
  rule('dependency-down', 'health of what it depends on', { kind: 'probes', of: 'dependency' }, fixed(1), {
    unit: 'events',
    durationSeconds: 180,
  }),
  rule('deployment-failure', 'failed deployments', { kind: 'events', event: 'deployment-failed' }, fixed(1), { unit: 'events' }),
  rule('crash-loop', 'units that exited', { kind: 'events', event: 'unit-crashed' }, fixed(crashesMin), { unit: 'events' }),
  rule('error-rate', 'failed probes over all probes', { kind: 'probes', of: 'errors' }, (thresholds) => thresholds.errorRate, {
    unit: 'share',
    durationSeconds: 180,
  }),
  signal('latency', 'latencyP99Ms', 'above', (thresholds) => thresholds.p99Ms, { unit: 'ms', durationSeconds: 300 }),
  signal('memory', 'memoryShare', 'above', (thresholds) => thresholds.memoryShare, { durationSeconds: 180 }),
  signal('cpu', 'cpuShare', 'above', (thresholds) => thresholds.cpuShare, { durationSeconds: 300 }),
  signal('connection-pool', 'poolShare', 'above', (thresholds) => thresholds.poolShare, { durationSeconds: 120 }),
  signal('cache-hit-ratio', 'cacheHitRatio', 'below', (thresholds) => thresholds.cacheHitRatio, { durationSeconds: 300 }),
  signal('disk', 'diskShare', 'above', (thresholds) => thresholds.diskShare, { durationSeconds: 300 }),
  rule('node-not-ready', 'units that are not healthy', { kind: 'platform' }, fixed(1), { unit: 'events', durationSeconds: 600 }),
  rule(
    'certificate',
    'days until a certificate expires',
    { kind: 'probes', of: 'certificate' },
    (thresholds) => thresholds.certificateDays,
    {
      unit: 'days',
      severity: 'warning',
    },
  ),
  rule('critical-dns', 'failed lookups of a critical name', { kind: 'probes', of: 'dns' }, (thresholds) => thresholds.failureCount, {
    unit: 'events',
    durationSeconds: 60,
  }),
  rule('capacity-forecast', 'units that the next hour needs beyond those that run', { kind: 'forecast' }, fixed(0), {
    unit: 'units',
    severity: 'warning',
  }),
  rule('systemic', 'rows beyond the offset of the isolation forest', { kind: 'detectors', of: 'systemic' }, fixed(0.1), {
    durationSeconds: 120,
  }),
  detectors('error-anomaly', 'errors'),
  detectors('latency-anomaly', 'latency'),
];

type Rest = Partial<Pick<AlertRule, 'unit' | 'durationSeconds' | 'severity'>>;

function rule(alert: AlertName, metric: string, measure: AlertMeasure, threshold: AlertRule['threshold'], rest: Rest): AlertRule {
  return { alert, metric, measure, threshold, unit: 'share', durationSeconds: 0, severity: 'critical', ...rest };
}

function signal(
  alert: AlertName,
  name: SignalName,
  raisedWhen: 'above' | 'below',
  threshold: AlertRule['threshold'],
  rest: Rest,
): AlertRule {
  return rule(alert, name, { kind: 'signal', signal: name, raisedWhen }, threshold, rest);
}

/** Told as a warning unless the detectors are sure: then the playbook acts. */
function detectors(alert: AlertName, of: AnomalyKind): AlertRule {
  return rule(alert, `confidence of the detectors of ${of}`, { kind: 'detectors', of }, fixed(sufficientConfidence), {
    durationSeconds: 180,
    severity: 'warning',
  });
}

/** Whether an alert is what detectors found, as against a threshold, an event or a quorum. */
export const isOfDetectors = (alert: string): boolean => alertRule(alert)?.measure.kind === 'detectors';

export function alertRule(alert: string): AlertRule | undefined {
  return alertRules.find((each) => each.alert === alert);
}

/** Whether a reading is past its threshold. */
export function isPast(rule: AlertRule, value: number, config: Config): boolean {
  const threshold = rule.threshold(config.thresholds, config);
  return rule.measure.kind === 'signal' && rule.measure.raisedWhen === 'below' ? value < threshold : value > threshold;
}

/** Endpoints whose lookups are critical: DNS endpoints of critical priority, their own or their service's. */
export function isCriticalName(service: Service, endpoint: string): boolean {
  const found = service.endpoints.find((each) => each.name === endpoint);
  return found?.kind === 'dns' && (found.priority ?? service.priority) === 'critical';
}
