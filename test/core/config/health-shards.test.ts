import fc from 'fast-check';
import { expect, test } from 'vitest';
import { healthShardOf } from '../../../core/config/health-shards.ts';
import type { Config } from '../../../core/config/schema.ts';
import { shopConfig } from '../region-context.ts';

const [service] = shopConfig().services;

/** A configuration whose services have so many endpoints each, one copy an endpoint. */
function withEndpoints(counts: readonly number[]): Config {
  const config = shopConfig();
  const [endpoint] = service?.endpoints ?? [];
  if (service === undefined || endpoint === undefined) throw new Error('the shop has no endpoint');
  const services = counts.map((count, index) => ({
    ...service,
    name: `service-${index}`,
    endpoints: Array.from({ length: count }, (_, number) => ({ ...endpoint, name: `endpoint-${number}`, perRegion: false })),
  }));
  return { ...config, services };
}

test('services share an item up to two hundred endpoints, in the order of the configuration; copies per region count', () => {
  const config = withEndpoints([100, 100, 1]);
  expect(['service-0', 'service-1', 'service-2'].map((name) => healthShardOf(config, name))).toEqual([
    'services-1',
    'services-1',
    'services-2',
  ]);
  const [first] = config.services;
  if (first === undefined) throw new Error('no service');
  const copied = { ...first, endpoints: first.endpoints.map((each) => ({ ...each, perRegion: true })) };
  expect(healthShardOf({ ...config, services: [copied, { ...first, name: 'last' }] }, 'last')).toBe('services-2');
});

test('what is no service of the configuration is of the catalogue', () => {
  expect(healthShardOf(shopConfig(), 'aws-dynamodb')).toBe('aws');
});

test('no shard has more than it may, but for a service that has more alone', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 30 }), (counts) => {
      const config = withEndpoints(counts);
      const shards = Map.groupBy(counts.entries(), ([index]) => healthShardOf(config, `service-${index}`));
      for (const members of shards.values()) {
        const filled = members.filter(([, count]) => count > 0);
        expect(filled.length <= 1 || filled.reduce((sum, [, count]) => sum + count, 0) <= 200).toBe(true);
      }
    }),
  );
});
