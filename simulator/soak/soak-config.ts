import { parseConfig } from '../../core/config/parse-config.ts';
import type { Config, ConfigInput } from '../../core/config/schema.ts';
import { checkout, checkoutGroup, ecs, shop, shopRegions } from '../scenarios/shop.ts';

/**
 * The standard seed's world: three regions, nine endpoints (checkout, payments and the name of DynamoDB in each), a database to move and
 * units to scale, restart, eject and roll back. Small, so that many seeds run in a minute.
 */
const inputs: ConfigInput = shop(
  [
    checkout({
      dependsOn: [{ service: 'payments' }, { aws: 'dynamodb' }],
      degradeFlag: '/shop/checkout/mode',
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
          secretHeaders: { authorization: 'ssm:/shop/probe-token' },
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

function parsed(input: ConfigInput): Config {
  const result = parseConfig(input);
  if (!result.ok)
    throw new Error(
      `the soak's own configuration is wrong: ${result.problems.map(({ path, message }) => `${path} ${message}`).join('; ')}`,
    );
  return result.config;
}

/** The standard world, and the same where a person is asked first. */
export const soakConfigs: Record<'act' | 'approve', Config> = { act: parsed(inputs), approve: parsed({ ...inputs, mode: 'approve' }) };
