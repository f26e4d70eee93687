import { findService, servicesOfGroup } from '../../config/derive.ts';
import type { StageContext } from '../../config/stage-context.ts';
import { readSignal } from '../../knowledge/signals.ts';
import { readStored } from '../../knowledge/stored.ts';
import { Observation, storeKey } from '../../model/index.ts';
import type { Site } from '../distribution.ts';

const signalMinutes = 5;

/**
 * The region that is to be left, and those that may receive: clients are sent there now, and the own region sees them as healthy. A drained
 * or a sick one takes no share. Health and latency are those that the own region measures: the clients that move are near it.
 */
export async function sitesOf(ctx: StageContext, group: string, from: string, weights: Readonly<Record<string, number>>): Promise<Site[]> {
  const own = await readStored(ctx.ports.store, ctx.ports.clock, storeKey.observation(ctx.region), Observation);
  const seen = own.ok ? own.value.value : null;
  const answered = seen?.traffic[group] ?? [];
  const well = (seen?.views ?? []).filter(
    ({ group: of, region, status }) =>
      of === group && region !== from && status === 'healthy' && answered.includes(region) && (weights[region] ?? 0) > 0,
  );
  const total = [from, ...well.map((view) => view.region)].reduce((sum, name) => sum + (weights[name] ?? 0), 0);
  const shareOf = (name: string) => (weights[name] ?? 0) / Math.max(1, total);
  const demand = await demandOf(ctx, group, from, shareOf(from));
  return [{ region: from, score: 1, responseMs: 0 }, ...well].map(({ region, score, responseMs }) => ({
    region,
    share: shareOf(region),
    health: score,
    responseMs,
    costFactor: ctx.config.regions.find((each) => each.name === region)?.costFactor ?? 1,
    ceiling: Math.min(1, ...demand.map(({ service, perSecond }) => carried(ctx, service, region) / perSecond)),
  }));
}

/** Requests a second of each of the group's services in all regions, by the busiest of the last minutes in the one that is left, where they are counted. */
async function demandOf(ctx: StageContext, group: string, from: string, share: number): Promise<{ service: string; perSecond: number }[]> {
  const readings = servicesOfGroup(ctx.config, group).map(async ({ name }) => {
    const reading = await readSignal(ctx, name, from, 'requestsPerMinute', signalMinutes);
    const perMinute = reading.ok ? Math.max(...reading.value.points.map((point) => point.value)) : 0;
    return { service: name, perSecond: share > 0 ? perMinute / 60 / share : 0 };
  });
  return (await Promise.all(readings)).filter((each) => each.perSecond > 0);
}

/** Requests a second that the units which normally run there serve below `thresholds.cpuShare`; without end where nobody has said. */
function carried(ctx: StageContext, service: string, region: string): number {
  const deployment = findService(ctx.config, service)?.deployments[region];
  if (deployment?.unitCapacityPerSecond === undefined) return Infinity;
  return deployment.baselineUnits * deployment.unitCapacityPerSecond * ctx.config.thresholds.cpuShare;
}
