import type { ConfigInput } from '../../../core/config/schema.ts';

/** A small valid file in three regions that the tests bend and break. */
export function example(): ConfigInput & { services: [ServiceInput, ServiceInput]; trafficGroups: [GroupInput] } {
  return {
    name: 'shop',
    mode: 'act',
    regions: [{ name: 'us-east-1' }, { name: 'eu-west-1' }, { name: 'us-west-2' }],
    services: [
      {
        name: 'checkout',
        tier: 1,
        owner: 'checkout-team@example.com',
        failover: true,
        trafficGroup: 'checkout',
        dependsOn: [{ service: 'payments' }, { aws: 'dynamodb' }],
        endpoints: [
          {
            name: 'health',
            kind: 'http',
            url: 'https://checkout.{region}.example.com/health',
            perRegion: true,
            conditions: ['[STATUS] == 200'],
          },
        ],
      },
      {
        name: 'payments',
        tier: 2,
        owner: 'payments-team',
        endpoints: [{ name: 'open', kind: 'tcp', host: 'payments.example.com', port: 443 }],
      },
    ],
    trafficGroups: [
      {
        name: 'checkout',
        zone: { id: 'Z1', name: 'example.com' },
        records: [
          {
            name: 'checkout.example.com',
            regions: {
              'us-east-1': { values: ['192.0.2.1'] },
              'eu-west-1': { values: ['192.0.2.2'] },
              'us-west-2': { values: ['192.0.2.3'] },
            },
          },
        ],
      },
    ],
  };
}

type ServiceInput = ConfigInput['services'][number];
type GroupInput = NonNullable<ConfigInput['trafficGroups']>[number];
