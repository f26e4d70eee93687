import type { StageContext } from '../config/stage-context.ts';
import { queryStored } from '../knowledge/stored.ts';
import { Incident, isOpen, ok, type Result, type Target } from '../model/index.ts';

const incidentsMax = 500;

/** The incident that is open for a service in a region: what people start there has to wait for its end. */
export async function openIncidentOf({ ports }: StageContext, { service, region }: Target): Promise<Result<Incident | null>> {
  const all = await queryStored(ports.store, ports.clock, 'incident#', incidentsMax, Incident);
  if (!all.ok) return all;
  return ok(all.value.find((each) => isOpen(each) && each.subject.service === service && each.subject.region === region) ?? null);
}
