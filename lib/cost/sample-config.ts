import { parseConfig } from '../../core/config/parse-config.ts';
import type { Config } from '../../core/config/schema.ts';

const regions = ['us-east-1', 'eu-west-1', 'us-west-2'];
/** As many endpoints as a service has in one region. */
const endpointsPerService = 10;

/** Services with ten endpoints in each of three regions, one probe a minute and vantage, until there are as many as asked for. */
export function sampleConfig(endpoints: number): Config {
  const perService = endpointsPerService * regions.length;
  const services = Array.from({ length: Math.ceil(endpoints / perService) }, (_, index) => {
    const left = Math.min(perService, endpoints - index * perService);
    return {
      name: `service-${index + 1}`,
      tier: 2,
      owner: 'team@example.com',
      endpoints: Array.from({ length: left }, (_, number) => ({
        name: `endpoint-${number + 1}`,
        kind: 'http',
        url: `https://service-${index + 1}.example.com/${number + 1}`,
        region: regions[number % regions.length],
        conditions: ['[STATUS] == 200'],
        intervalSeconds: { base: 60, min: 5, max: 300 },
      })),
    };
  });
  const parsed = parseConfig({ name: 'sample', regions: regions.map((name) => ({ name })), services, awsEndpoints: [] });
  if (!parsed.ok) throw new Error(`the sample of ${endpoints} endpoints is no configuration: ${JSON.stringify(parsed.problems[0])}`);
  return parsed.config;
}
