import { addressOf, checkout, checkoutGroup, shop } from './shop.ts';

const regions = ['us-east-1', 'eu-west-1'];

/** The shop in two regions, where a region's own heartbeat is the second word about it (DESIGN §2). */
export default shop(
  [checkout({}, regions)],
  [
    checkoutGroup(1, {
      records: [
        {
          name: 'checkout.example.com',
          regions: Object.fromEntries(regions.map((region) => [region, { values: [addressOf(region, 1)] }])),
        },
      ],
    }),
  ],
  { regions: regions.map((name) => ({ name })) },
);
