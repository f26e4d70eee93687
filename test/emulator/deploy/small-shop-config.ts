import type { ConfigInput } from '../../../core/config/schema.ts';

/** One service in two regions, with a server of its own in each, and records of somebody else. */
export function smallShopConfig(regions: readonly [string, string], urls: Record<string, string>, referenceUrl: string): ConfigInput {
  return {
    name: 'small',
    mode: 'act',
    regions: regions.map((name) => ({ name })),
    selfTest: { references: [{ name: 'reference', url: referenceUrl }] },
    awsEndpoints: [],
    services: [
      {
        name: 'checkout',
        tier: 1,
        owner: 'checkout-team@example.com',
        failover: true,
        trafficGroup: 'checkout',
        endpoints: regions.map((region) => ({
          name: `health-${region}`,
          kind: 'http' as const,
          region,
          url: urls[region] ?? '',
          conditions: ['[STATUS] == 200'],
          allowAddresses: ['127.0.0.0/8'],
          intervalSeconds: { base: 10 },
        })),
        peakPerSecond: 200,
        deployments: Object.fromEntries(
          regions.map((region) => [
            region,
            {
              kind: 'ecs' as const,
              cluster: 'small',
              service: 'checkout',
              minUnits: 1,
              baselineUnits: 2,
              maxUnits: 8,
              unitCapacityPerSecond: 50,
            },
          ]),
        ),
      },
    ],
    trafficGroups: [
      {
        name: 'checkout',
        zone: { id: 'Z00000000000000000000', name: 'example.com', nameServers: ['127.0.0.1'] },
        records: [
          {
            name: 'checkout.example.com',
            regions: Object.fromEntries(regions.map((region, index) => [region, { values: [`192.0.2.${index + 1}`], weight: 100 }])),
          },
        ],
        ttlSeconds: 30,
        recordsOwnedElsewhere: true,
      },
    ],
    notifications: { page: { emails: ['page@example.com'] } },
  };
}
