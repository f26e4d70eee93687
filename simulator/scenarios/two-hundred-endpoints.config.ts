import { checkout, checkoutGroup, shop } from './shop.ts';

const services = Array.from({ length: 4 }, (_, index) => `shop-${index + 1}`);

/** Four services of fifty endpoints in each region, all of which need DynamoDB (g12). */
export default shop(
  services.map((name) =>
    checkout({
      name,
      dependsOn: [{ aws: 'dynamodb' }],
      endpoints: Array.from({ length: 50 }, (_, index) => ({
        name: `page-${index + 1}`,
        kind: 'http' as const,
        url: `https://${name}.{region}.example.com/page/${index + 1}`,
        perRegion: true,
        conditions: ['[STATUS] == 200'],
      })),
    }),
  ),
  [checkoutGroup(1)],
);
