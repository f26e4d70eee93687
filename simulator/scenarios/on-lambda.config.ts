import { checkout, checkoutGroup, lambda, shop, shopRegions } from './shop.ts';

/** checkout on Lambda, which therefore falls with Lambda (o23). */
export default shop(
  [
    checkout({
      dependsOn: [{ aws: 'lambda' }],
      deployments: Object.fromEntries(shopRegions.map((region) => [region, lambda('checkout')])),
    }),
  ],
  [checkoutGroup(1)],
);
