import { checkout, checkoutGroup, ecs, shop, shopRegions } from './shop.ts';

const dependents = ['billing', 'invoices', 'refunds', 'reports'];

const inner = (name: string, baseSeconds: number, unitCapacityPerSecond: number) => ({
  ...{ name, tier: 2 as const, owner: `${name}-team@example.com` },
  endpoints: [
    {
      name: 'ready',
      kind: 'http' as const,
      url: `https://${name}.{region}.example.com/ready`,
      perRegion: true,
      conditions: ['[STATUS] == 200'],
      intervalSeconds: { base: baseSeconds },
    },
  ],
  deployments: Object.fromEntries(shopRegions.map((region) => [region, { ...ecs(4), service: name, unitCapacityPerSecond }])),
});

/** checkout, and a ledger that is looked at closely, with four services that cannot do without it and are looked at every five minutes. */
export default shop(
  [checkout({}), inner('ledger', 20, 500), ...dependents.map((name) => ({ ...inner(name, 300, 50), dependsOn: [{ service: 'ledger' }] }))],
  [checkoutGroup(1)],
  { awsEndpoints: [] },
);
