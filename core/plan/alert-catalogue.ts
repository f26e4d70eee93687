import type { Config } from '../config/schema.ts';
import { type AlertRule, alertRules } from '../knowledge/alert-rules.ts';

/** One line of the catalogue, as the configuration makes it. */
export interface CatalogueEntry extends Pick<AlertRule, 'alert' | 'metric' | 'unit' | 'durationSeconds' | 'severity'> {
  threshold: number;
  raisedWhen: 'above' | 'below';
  /** The playbook that answers it; null: people do. */
  playbook: string | null;
}

/** For each alert its metric, threshold, duration, severity and playbook. What detection reads is `core/knowledge/alert-rules.ts`, the same data. */
export function alertCatalogue(config: Config): CatalogueEntry[] {
  return alertRules.map((rule) => ({
    alert: rule.alert,
    metric: rule.metric,
    unit: rule.unit,
    durationSeconds: rule.durationSeconds,
    severity: rule.severity,
    threshold: rule.threshold(config.thresholds, config),
    raisedWhen: isBelow(rule) ? 'below' : 'above',
    playbook: config.playbooks.find((playbook) => playbook.alert === rule.alert)?.name ?? null,
  }));
}

function isBelow({ measure }: AlertRule): boolean {
  return (measure.kind === 'signal' && measure.raisedWhen === 'below') || (measure.kind === 'probes' && measure.of === 'certificate');
}
