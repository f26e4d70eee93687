import type { StageContext } from '../config/stage-context.ts';
import { avoidOf } from '../knowledge/incidents.ts';
import { copyToPeers } from '../knowledge/peer-copies.ts';
import { queryStored, updateStored } from '../knowledge/stored.ts';
import { Incident, isOpen, storeKey } from '../model/index.ts';
import { explainIncident, tellCauses, withCause } from './likely-cause.ts';

const incidentsMax = 500;

/** Once a minute: what has come to light since may name another cause. */
export async function reconsiderCauses(ctx: StageContext): Promise<void> {
  const { store, clock } = ctx.ports;
  const incidents = await queryStored(store, clock, 'incident#', incidentsMax, Incident);
  if (!incidents.ok) return;
  for (const incident of incidents.value.filter((each) => isOpen(each) && each.region === ctx.region)) await reconsider(ctx, incident);
}

async function reconsider(ctx: StageContext, incident: Incident): Promise<void> {
  const found = await explainIncident(ctx, incident);
  if (found === null || found.ranked.length === 0) return;
  await tellCauses(ctx, incident, found);
  const { cause, locus } = withCause(incident, found);
  if (locus === incident.locus && cause.split(' ')[0] === incident.cause.split(' ')[0]) return;
  const key = storeKey.incident(incident.id);
  const changed = await updateStored(ctx.ports.store, ctx.ports.clock, key, Incident, (current) =>
    current === null || !isOpen(current) ? null : { ...current, cause, locus },
  );
  if (changed.ok && changed.value !== null) await copyToPeers(ctx, key, changed.value, await avoidOf(ctx, incident));
}
