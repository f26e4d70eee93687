import type { StageContext } from '../config/stage-context.ts';
import { failed, Incident, ok, type Result, Standing, storeKey, subjectKey } from '../model/index.ts';
import { tellOwn, tellPeers } from './broadcast.ts';
import { patientTables } from './patient-tables.ts';
import { copyToPeers } from './peer-copies.ts';
import { putStored, queryStored, readStored, updateStored } from './stored.ts';

const standingsMax = 500;

/**
 * The regions that nothing in the act path of an incident may call: the one that is impaired, when it is not the own one. An incident of
 * a service of the own region goes on while another region is drained; that one is left alone as well.
 */
export async function avoidOf(ctx: StageContext, incident: Pick<Incident, 'group' | 'subject'>): Promise<string[]> {
  if (incident.group !== undefined) return [incident.subject.region ?? ctx.region].filter((region) => region !== ctx.region);
  const read = await queryStored(ctx.ports.store, ctx.ports.clock, 'standing#', standingsMax, Standing);
  if (!read.ok) return [...ctx.memory.drained];
  const drained = read.value.filter((each) => each.drained && each.region !== ctx.region).map((each) => each.region);
  const regions = [...new Set(drained)].sort();
  ctx.memory.drained = regions;
  return regions;
}

export async function readIncident(ctx: StageContext, id: string): Promise<Result<Incident>> {
  const read = await readStored(patientTables(ctx).ports.store, ctx.ports.clock, storeKey.incident(id), Incident);
  if (!read.ok) return read;
  return read.value.value === null ? failed('not-found', `no incident ${id} in ${ctx.region}`) : ok(read.value.value);
}

/** Changes an incident in the own table, copies it, tells everybody and the timeline. `change` answers null to leave it as it is. */
export async function changeIncident(
  given: StageContext,
  id: string,
  change: (
    incident: Incident,
  ) => Partial<Pick<Incident, 'state' | 'reason' | 'resolvedAt' | 'overAt' | 'region' | 'epoch' | 'attempt' | 'tried'>> | null,
): Promise<Result<Incident>> {
  const ctx = patientTables(given);
  let before: Incident | null = null;
  let changed = false;
  const write = (current: Incident | null): Incident | null => {
    before = current;
    const patch = current === null ? null : change(current);
    changed = patch !== null;
    if (current === null || patch === null) return null;
    const moved = patch.state !== undefined && patch.state !== current.state;
    return { ...current, ...patch, ...(moved ? { changedAt: ctx.ports.clock.now() } : {}) };
  };
  const written = await updateStored(ctx.ports.store, ctx.ports.clock, storeKey.incident(id), Incident, write);
  if (!written.ok) return written;
  const incident = written.value;
  if (incident === null) return failed('not-found', `no incident ${id} in ${ctx.region}`);
  if (!changed) return ok(incident);
  const avoid = await avoidOf(ctx, incident);
  await copyToPeers(ctx, storeKey.incident(id), incident, avoid);
  const was = before as Incident | null;
  // What was tried is for whoever takes the incident over; people and peers hear of state, region and epoch.
  if (was?.state === incident.state && was.region === incident.region && was.epoch === incident.epoch) return ok(incident);
  ctx.ports.trace.record({
    kind: 'IncidentChanged',
    subject: incident.group === undefined ? subjectKey(incident.subject) : `group:${incident.group}/${incident.subject.region ?? '-'}`,
    incident: id,
    data: { incident: id, from: was?.state ?? null, to: incident.state },
    reason: incident.reason,
  });
  await tellPeers(ctx, 'IncidentChanged', incident, avoid);
  await tellOwn(ctx, 'IncidentChanged', incident);
  return ok(incident);
}

/** A new incident goes to the own table and to the peers'; `conflict` when it is there already. */
export async function keepIncident(ctx: StageContext, incident: Incident): Promise<Result<void>> {
  const { store, clock } = ctx.ports;
  const written = await putStored(store, clock, storeKey.incident(incident.id), incident, 0);
  if (!written.ok) return written.code === 'conflict' ? failed('conflict', `${incident.id} is open already`) : written;
  await copyToPeers(ctx, storeKey.incident(incident.id), incident, await avoidOf(ctx, incident));
  return ok(undefined);
}

/** Tells the timeline, the peers and the own region of an incident that was kept. */
export async function announceIncident(ctx: StageContext, incident: Incident): Promise<void> {
  ctx.ports.trace.record({
    kind: 'IncidentOpened',
    subject: incident.group === undefined ? incident.subject.service : `group:${incident.group}/${incident.subject.region ?? '-'}`,
    incident: incident.id,
    data: {
      incident: incident.id,
      epoch: incident.epoch,
      group: incident.group ?? null,
      service: incident.subject.service,
      region: incident.subject.region ?? null,
      unit: incident.subject.unit ?? null,
      alert: incident.alert,
      locus: incident.locus,
      cause: incident.cause,
      severity: incident.severity,
    },
    reason: incident.reason,
  });
  await tellPeers(ctx, 'IncidentOpened', incident, await avoidOf(ctx, incident));
  await tellOwn(ctx, 'IncidentOpened', incident);
}
