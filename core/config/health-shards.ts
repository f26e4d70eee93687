import type { Config } from './schema.ts';

/** What the services of one shard have together at most, unless one service alone has more. */
const shardEndpointsMax = 200;
/** The AWS services of the catalogue. */
const catalogueShard = 'aws';

const known = new WeakMap<Config, Map<string, string>>();

/**
 * Which stored item holds the health of a service: services in the order of the configuration, so many to an item that it stays far below
 * the 400 KB that DynamoDB takes. One item is one write, where one for each service and region were dozens a minute (ADR 0007).
 */
export function healthShardOf(config: Config, service: string): string {
  const shards = known.get(config) ?? shardsOf(config);
  known.set(config, shards);
  return shards.get(service) ?? catalogueShard;
}

function shardsOf(config: Config): Map<string, string> {
  const shards = new Map<string, string>();
  let number = 1;
  let filled = 0;
  for (const { name, endpoints } of config.services) {
    const copies = endpoints.reduce((sum, endpoint) => sum + (endpoint.perRegion ? config.regions.length : 1), 0);
    if (filled > 0 && filled + copies > shardEndpointsMax) {
      number += 1;
      filled = 0;
    }
    filled += copies;
    shards.set(name, `services-${number}`);
  }
  return shards;
}
