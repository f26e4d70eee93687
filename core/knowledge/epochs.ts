import { findService } from '../config/derive.ts';
import type { Config } from '../config/schema.ts';
import type { StageContext } from '../config/stage-context.ts';
import { Lease, ok, type Result, Standing, storeKey, targetKey } from '../model/index.ts';
import { queryStored, readStored } from './stored.ts';
import { WatchState, watchKey } from './watch-state.ts';

const itemsMax = 500;

/**
 * The next epoch that `region` may claim above another: each region has numbers of its own (its place in the configuration modulo the
 * number of regions), so that two regions that cannot hear each other never claim the same one. When they hear again, the higher counts.
 */
export function nextEpochOf(config: Config, region: string, above: number): number {
  const count = config.regions.length;
  const place = config.regions.findIndex((each) => each.name === region);
  const next = above + 1;
  return next + ((((place - next) % count) + count) % count);
}

/** An epoch above every one that may have written to a service of the own region: its lease, its incidents, drains of its traffic group. */
export async function nextServiceEpoch(ctx: StageContext, service: string): Promise<Result<number>> {
  const { store, clock } = ctx.ports;
  const [lease, watch, standings] = await Promise.all([
    readStored(store, clock, storeKey.lease(targetKey({ service, region: ctx.region })), Lease),
    readStored(store, clock, watchKey, WatchState),
    queryStored(store, clock, 'standing#', itemsMax, Standing),
  ]);
  if (!lease.ok) return lease;
  if (!watch.ok) return watch;
  if (!standings.ok) return standings;
  return ok(serviceEpochAbove(ctx.config, service, watch.value.value?.epochs[service] ?? 0, lease.value.value, standings.value));
}

/** The same, of what was read already. */
export function serviceEpochAbove(
  config: Config,
  service: string,
  lastEpoch: number,
  lease: Lease | null,
  standings: readonly Standing[],
): number {
  const group = findService(config, service)?.trafficGroup;
  const drains = standings.filter((each) => each.group === group).map((each) => each.epoch);
  return Math.max(lastEpoch, lease?.epoch ?? 0, ...drains) + 1;
}
