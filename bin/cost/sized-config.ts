import { service as serviceSchema } from '../../core/config/schema/service.ts';
import type { Config } from '../../core/config/schema.ts';

/** How the endpoints of the table are spread: so many URLs a service, over all regions in turn. */
const endpointsPerService = 12;

/**
 * The configuration with exactly `endpoints` URLs instead of its services, each probed once a minute from every region. Traffic groups
 * stay, since votes do not grow with endpoints.
 */
export function sizedConfig(config: Config, endpoints: number): Config {
  const regions = config.regions.map(({ name }) => name);
  const urls = Array.from({ length: endpoints }, (_, index) => ({ index, region: regions[index % regions.length] ?? '' }));
  const services = [...Map.groupBy(urls, ({ index }) => Math.floor(index / endpointsPerService))].map(([number, group]) =>
    serviceSchema.parse({
      name: `service-${number + 1}`,
      tier: 2,
      owner: 'somebody@example.com',
      endpoints: group.map(({ index, region }) => ({
        name: `endpoint-${index + 1}`,
        kind: 'http',
        region,
        url: `https://endpoint-${index + 1}.${region}.example.com/health`,
        conditions: ['[STATUS] == 200'],
        intervalSeconds: { base: 60, min: 60, max: 60 },
      })),
    }),
  );
  return { ...config, services };
}
