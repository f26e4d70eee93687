import { alertRule } from '../../knowledge/alert-rules.ts';
import { serviceEpochAbove } from '../../knowledge/epochs.ts';
import { readStored } from '../../knowledge/stored.ts';
import { type Incident, Lease, type Locus, type Standing, type Subject, storeKey, targetKey } from '../../model/index.ts';
import type { AnalyzeContext } from '../analyze-context.ts';
import { openIncident } from '../incidents.ts';

/** What an incident about a service of the own region is made of. */
export interface ServiceTrouble {
  alert: string;
  service: string;
  unit?: string;
  locus: Locus;
  reason: string;
  cause: string;
  /** Default: that of the alert. */
  severity?: 'warning' | 'critical';
  /** When it was first seen, epoch ms. */
  since: number;
}

/**
 * Opens an incident about a service of the own region, under an epoch above every one that may have written to the service here: leases,
 * incidents of the service, and drains of its traffic group. Answers it with its epoch; null when the table does not answer.
 */
export async function openServiceIncident(
  ctx: AnalyzeContext,
  trouble: ServiceTrouble,
  lastEpoch: number,
  standings: readonly Standing[],
): Promise<{ id: string; epoch: number } | null> {
  const { store, clock } = ctx.ports;
  const { service } = trouble;
  const lease = await readStored(store, clock, storeKey.lease(targetKey({ service, region: ctx.region })), Lease);
  if (!lease.ok) return null;
  const epoch = serviceEpochAbove(ctx.config, service, lastEpoch, lease.value.value, standings);
  const now = clock.now();
  const subject: Subject = { service, region: ctx.region, ...(trouble.unit === undefined ? {} : { unit: trouble.unit }) };
  const incident: Incident = {
    id: `inc-${service}-${ctx.region}-${trouble.alert}-${epoch}`,
    epoch,
    subject,
    region: ctx.region,
    alert: trouble.alert,
    cause: trouble.cause,
    locus: trouble.locus,
    severity: trouble.severity ?? alertRule(trouble.alert)?.severity ?? 'critical',
    state: 'open',
    attempt: 0,
    tried: [],
    onsetAt: trouble.since,
    openedAt: now,
    deadlineAt: now + ctx.config.policies.paging.afterSeconds * 1000,
    reason: trouble.reason,
  };
  const opened = await openIncident(ctx, incident);
  // Opened already by a delivery that came twice: it is the same one.
  return opened.ok || opened.code === 'conflict' ? { id: incident.id, epoch } : null;
}
