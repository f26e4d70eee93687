import { addressOf, checkout, checkoutGroup, ecs, shop } from './shop.ts';

/** us-east-1 serves, us-west-2 stands by at full size, eu-west-1 only watches (o21b). */
export default shop(
  [checkout({ allowedRegions: ['us-east-1', 'us-west-2'], deployments: { 'us-east-1': ecs(8), 'us-west-2': ecs(8) }, peakPerSecond: 400 })],
  [
    checkoutGroup(1, {
      records: [
        {
          name: 'checkout.example.com',
          routing: 'failover',
          regions: {
            'us-east-1': { values: [addressOf('us-east-1', 1)], role: 'primary' },
            'us-west-2': { values: [addressOf('us-west-2', 1)], role: 'secondary' },
          },
        },
      ],
    }),
  ],
);
