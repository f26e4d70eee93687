import type { Config } from '../config/schema.ts';

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
