import { checkout, checkoutGroup, shop, shopRegions } from './shop.ts';

/** checkout on Lambda, which therefore falls with Lambda (o23). */
export default shop(
  [
    checkout({
      dependsOn: [{ aws: 'lambda' }],
      deployments: Object.fromEntries(
        shopRegions.map((region) => [
          region,
          { kind: 'lambda' as const, function: 'checkout', baselineUnits: 40, maxUnits: 400, unitCapacityPerSecond: 5 },
        ]),
      ),
    }),
  ],
  [checkoutGroup(1)],
);
