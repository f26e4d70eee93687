import type { Service } from '../../config/schema.ts';
import type { StageContext } from '../../config/stage-context.ts';
import { corroborated } from '../../knowledge/corroboration.ts';
import type { AnomalyKind, Observation } from '../../model/index.ts';
import type { Finding } from './findings.ts';

const ofServices: readonly { kind: AnomalyKind; alert: Finding['alert'] }[] = [
  { kind: 'errors', alert: 'error-anomaly' },
  { kind: 'latency', alert: 'latency-anomaly' },
];

/** What the detectors of this region and its peers agree on about the region's own services, as the alerts of the catalogue. */
export function anomalyFindings(ctx: StageContext, services: readonly Service[], observations: readonly Observation[]): Finding[] {
  const stalenessSeconds = ctx.config.thresholds.quorumStalenessSeconds;
  const about = { region: ctx.region, observations, now: ctx.ports.clock.now(), stalenessSeconds };
  const found = services.flatMap(({ name: service }) =>
    ofServices.flatMap(({ kind, alert }): Finding[] => {
      const held = corroborated({ ...about, service, kind });
      return held === null ? [] : [{ alert, service, locus: 'service', severity: held.severity, reason: held.reason }];
    }),
  );
  // The incident of a region is told of its most important service there.
  const [first] = services.toSorted((a, b) => (a.tier ?? 9) - (b.tier ?? 9));
  const systemic = first === undefined ? null : corroborated({ ...about, service: first.name, kind: 'systemic' });
  if (first === undefined || systemic === null) return found;
  const reason = `${ctx.region} as a whole is odd: ${systemic.reason}`;
  return [...found, { alert: 'systemic', service: first.name, locus: 'region', severity: 'critical', reason }];
}
