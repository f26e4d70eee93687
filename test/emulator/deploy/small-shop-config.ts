import type { ConfigInput } from '../../../core/config/schema.ts';

/** Where the world of the stage stands. */
export interface SmallShopPlaces {
  regions: readonly [string, string];
  zone: { id: string; name: string };
  /** `address:port` of the server that answers for the zone. */
  nameServer: string;
  /** URL of a service in a region. */
  urlOf: (service: string, region: string) => string;
  referenceUrl: string;
}

export const services = ['checkout', 'search'] as const;

/** What evenkeel sets of `ledger` once a person has agreed. */
export const degradeFlag = '/ledger/mode';

/** What the names answer with. */
export const addressOf = (region: number): string => `192.0.2.${region + 1}`;

/**
 * Two services in two regions. The records of `checkout` are evenkeel's to attach and it votes by metric; those of `search` are
 * somebody else's, who never hung them on the checks, and it votes by object: a drain of it cannot be seen by anybody. `ledger` is
 * looked at by its own region alone, so that nothing is done about it without a person's word.
 */
export function smallShopConfig({ regions, zone, nameServer, urlOf, referenceUrl }: SmallShopPlaces): ConfigInput {
  return {
    name: 'small',
    mode: 'act',
    regions: regions.map((name) => ({ name })),
    selfTest: { references: [{ name: 'reference', url: referenceUrl }] },
    awsEndpoints: [],
    services: [
      ...services.map((name) => ({
        name,
        tier: 1 as const,
        owner: `${name}-team@example.com`,
        failover: true,
        trafficGroup: name,
        endpoints: regions.map((region) => ({
          name: `${name}-${region}`,
          kind: 'http' as const,
          region,
          url: urlOf(name, region),
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
              service: name,
              minUnits: 1,
              baselineUnits: 2,
              maxUnits: 8,
              unitCapacityPerSecond: 50,
            },
          ]),
        ),
      })),
      {
        name: 'ledger',
        tier: 1,
        owner: 'ledger-team@example.com',
        endpoints: regions.map((region) => ({
          name: `ledger-${region}`,
          kind: 'http' as const,
          region,
          url: referenceUrl,
          conditions: ['[STATUS] == 200'],
          allowAddresses: ['127.0.0.0/8'],
          selfReport: true,
        })),
        degradeFlag,
      },
    ],
    playbooks: [
      {
        name: 'slow',
        alert: 'latency',
        levels: [
          { name: 'soft', attempts: 1, actions: [{ action: 'degrade' }] },
          { name: 'emergency', actions: [{ action: 'page' }] },
        ],
      },
    ],
    trafficGroups: services.map((name) => ({
      name,
      zone: { ...zone, nameServers: [nameServer] },
      records: [
        {
          name: `${name}.${zone.name}`,
          regions: Object.fromEntries(regions.map((region, index) => [region, { values: [addressOf(index)], weight: 100 }])),
        },
      ],
      ttlSeconds: 30,
      carrier: name === 'search' ? ('object' as const) : ('metric' as const),
      recordsOwnedElsewhere: name === 'search',
    })),
    policies: { bakeSeconds: 5 },
    notifications: { page: { emails: ['page@example.com'] } },
  };
}
