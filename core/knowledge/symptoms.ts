import type { StageContext } from '../config/stage-context.ts';
import { type Incident, Observation, ServiceState, storeKey } from '../model/index.ts';
import { within } from '../ports/within.ts';
import { queryStored, readStored } from './stored.ts';

const observersMax = 50;
const observeMs = 5_000;

export interface SymptomsLook {
  gone: boolean;
  reason: string;
}

/** Whether what the incident was opened for still hurts anybody. What cannot be seen is not gone. */
export function lookAtSymptoms(ctx: StageContext, incident: Incident): Promise<SymptomsLook> {
  return incident.group !== undefined && incident.subject.region !== undefined
    ? lookAtRegion(ctx, incident.group, incident.subject.region)
    : lookAtService(ctx, incident);
}

/** A region no longer hurts when no traffic is sent there, or when every fresh observer outside it sees it well again. */
async function lookAtRegion(ctx: StageContext, group: string, region: string): Promise<SymptomsLook> {
  const { traffic, store, clock } = ctx.ports;
  const answers = await traffic.observe(group, within(clock, observeMs));
  if (answers.ok && answers.value.regions.length > 0 && !answers.value.regions.includes(region))
    return { gone: true, reason: `no traffic of ${group} goes to ${region}: answers are ${answers.value.regions.join(', ')}` };
  const all = await queryStored(store, clock, storeKey.observation(''), observersMax, Observation);
  if (!all.ok) return { gone: false, reason: all.reason };
  const now = clock.now();
  const fresh = all.value.filter(
    (seen) => seen.observer !== region && !seen.abstains && now - seen.at <= ctx.config.thresholds.quorumStalenessSeconds * 1000,
  );
  const views = fresh.flatMap((seen) =>
    seen.views.filter((view) => view.group === group && view.region === region).map((view) => ({ ...view, observer: seen.observer })),
  );
  const sick = views.filter((view) => view.status !== 'healthy' && view.status !== 'degraded');
  if (views.length > 0 && sick.length === 0)
    return { gone: true, reason: `${region} is well again, seen from ${views.map((view) => view.observer).join(', ')}` };
  return {
    gone: false,
    reason:
      sick[0] === undefined
        ? `nobody has a fresh view of ${region}`
        : `${sick[0].observer} sees ${region} as ${sick[0].status}: ${sick[0].reason}`,
  };
}

async function lookAtService(ctx: StageContext, incident: Incident): Promise<SymptomsLook> {
  const { service, region, unit, endpoint } = incident.subject;
  const read = await readStored(
    ctx.ports.store,
    ctx.ports.clock,
    storeKey.health(region === undefined ? service : `${service}/${region}`),
    ServiceState,
  );
  if (!read.ok) return { gone: false, reason: read.reason };
  const state = read.value.value;
  if (state === null) return { gone: false, reason: `${service} has no health on record` };
  if (ctx.ports.clock.now() - state.health.at > ctx.config.thresholds.quorumStalenessSeconds * 1000)
    return { gone: false, reason: `the last look at ${service} is older than ${ctx.config.thresholds.quorumStalenessSeconds} s` };
  const endpoints = Object.entries(state.endpoints).filter(([name]) => endpoint === undefined || name === endpoint);
  const sick = endpoints.find(([, each]) => (unit === undefined ? each.status !== 'healthy' : each.sickAddresses.includes(unit)));
  if (sick !== undefined) return { gone: false, reason: `${sick[0]}: ${sick[1].status}, ${sick[1].reason}` };
  return { gone: true, reason: `${service}: ${state.health.reason}` };
}
