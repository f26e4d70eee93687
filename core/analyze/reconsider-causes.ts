import type { StageContext } from '../config/stage-context.ts';
import { avoidOf } from '../knowledge/incidents.ts';
import { copyToPeers } from '../knowledge/peer-copies.ts';
import { queryStored, updateStored } from '../knowledge/stored.ts';
import { Incident, isOpen, storeKey } from '../model/index.ts';
import { brokenCorrelations } from './broken-correlations.ts';
import { regionApart } from './cause/region-apart.ts';
import { type Explanation, explainIncident, tellCauses, withCause } from './likely-cause.ts';

const incidentsMax = 500;
/** Between two looks lies a minute, or a little more. */
const youngMs = 90_000;

/** Once a minute: what has come to light since may name another cause. */
export async function reconsiderCauses(ctx: StageContext): Promise<void> {
  const { store, clock } = ctx.ports;
  const incidents = await queryStored(store, clock, 'incident#', incidentsMax, Incident);
  if (!incidents.ok) return;
  for (const incident of incidents.value.filter((each) => isOpen(each) && each.region === ctx.region)) await reconsider(ctx, incident);
}

async function reconsider(ctx: StageContext, incident: Incident): Promise<void> {
  const isYoung = ctx.ports.clock.now() - incident.openedAt < youngMs;
  const broken = isYoung ? await brokenOf(ctx, incident) : (incident.broken ?? []);
  const found = await explainIncident(ctx, broken.length === 0 ? incident : { ...incident, broken });
  if (found === null || found.ranked.length === 0) return;
  const facts = isYoung ? factsOf(found, broken).filter((each) => !incident.reason.includes(each)) : [];
  await tellCauses(ctx, incident, found, facts);
  const { cause, locus } = withCause(incident, found);
  if (facts.length === 0 && locus === incident.locus && cause.split(' ')[0] === incident.cause.split(' ')[0]) return;
  const key = storeKey.incident(incident.id);
  const changed = await updateStored(ctx.ports.store, ctx.ports.clock, key, Incident, (current) => {
    if (current === null || !isOpen(current)) return null;
    return { ...current, cause, locus, ...(broken.length === 0 ? {} : { broken }), reason: [current.reason, ...facts].join('; ') };
  });
  if (changed.ok && changed.value !== null) await copyToPeers(ctx, key, changed.value, await avoidOf(ctx, incident));
}

/** Looked for once, when an incident of a service here has just opened and not before: reading ten metrics may take its time. */
async function brokenOf(ctx: StageContext, { broken, group, subject }: Incident): Promise<NonNullable<Incident['broken']>> {
  if (broken !== undefined || group !== undefined || subject.region !== ctx.region) return broken ?? [];
  return brokenCorrelations(ctx, subject.service);
}

/** What else is known: how the region stands apart from its peers, and what inside the service no longer moves together. */
function factsOf({ question, states }: Explanation, broken: NonNullable<Incident['broken']>): string[] {
  const { services, region, symptoms } = question;
  return [...services.flatMap((each) => regionApart(each, region, symptoms, states)), ...broken.map(({ reason }) => reason)];
}
