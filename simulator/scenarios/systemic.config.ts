import { checkout, checkoutGroup, shop } from './shop.ts';

const regions = ['us-east-1', 'eu-west-1'];
const pages = ['cart', 'catalogue', 'checkout', 'login', 'orders', 'search'];

/** Two regions and six pages of one service, so that a simulated day is short and a region has several endpoints to be odd about. */
export default shop(
  [
    checkout(
      {
        endpoints: pages.map((name) => ({
          name,
          kind: 'http' as const,
          url: `https://checkout.{region}.example.com/${name}`,
          perRegion: true,
          conditions: ['[STATUS] == 200'],
          intervalSeconds: { base: 20 },
        })),
      },
      regions,
    ),
  ],
  [
    checkoutGroup(1, {
      records: [
        { name: 'checkout.example.com', regions: { 'us-east-1': { values: ['192.0.2.11'] }, 'eu-west-1': { values: ['198.51.100.11'] } } },
      ],
    }),
  ],
  { regions: regions.map((name) => ({ name })), awsEndpoints: [] },
);
