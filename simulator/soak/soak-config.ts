import type { ConfigInput } from '../../core/config/schema.ts';
import { checkout, checkoutGroup, ecs, shop, shopRegions } from '../scenarios/shop.ts';

/**
 * The standard seed's world: three regions, nine endpoints (checkout, payments and the name of DynamoDB in each), a database to move and
 * units to scale, restart, eject and roll back. Small, so that many seeds run in a minute.
 */
export const soakConfig: ConfigInput = shop(
  [
    checkout({
      dependsOn: [{ service: 'payments' }, { aws: 'dynamodb' }],
      deployments: Object.fromEntries(
        shopRegions.map((region) => [
          region,
          {
            ...ecs(4),
            database: { kind: 'aurora-global' as const, id: 'orders', writerRegion: 'us-east-1', memberId: `orders-${region}` },
          },
        ]),
      ),
      signals: Object.fromEntries(
        ['errorRate', 'latencyP99Ms', 'memoryShare', 'poolShare'].map((name) => [
          name,
          { namespace: 'Shop', metricName: name, dimensions: { Region: '{region}' } },
        ]),
      ),
    }),
    {
      name: 'payments',
      tier: 1,
      owner: 'payments-team@example.com',
      endpoints: [
        {
          name: 'ready',
          kind: 'http',
          url: 'https://payments.{region}.example.com/ready',
          perRegion: true,
          dimension: 'readiness',
          conditions: ['[STATUS] == 200'],
        },
      ],
      deployments: Object.fromEntries(
        shopRegions.map((region) => [region, { ...ecs(4), service: 'payments', unitCapacityPerSecond: 100 }]),
      ),
    },
  ],
  [checkoutGroup(4)],
  { awsEndpoints: [{ service: 'dynamodb', priority: 'critical', kinds: ['dns'] }] },
);
