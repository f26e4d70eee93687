import { checkout, checkoutGroup, ecs, shop, shopRegions } from './shop.ts';

/** checkout behind load balancers that count its requests: its hour ahead is planned. */
export default shop(
  [
    checkout({
      peakPerSecond: 220,
      deployments: Object.fromEntries(
        shopRegions.map((region) => [
          region,
          { ...ecs(4), targetGroups: [`arn:aws:elasticloadbalancing:${region}:111111111111:targetgroup/checkout/0123456789abcdef`] },
        ]),
      ),
    }),
  ],
  [checkoutGroup(1)],
);
