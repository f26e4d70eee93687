import { defineConfig } from '../../core/config/define-config.ts';
import type { ConfigInput } from '../../core/config/schema.ts';

type ServiceInput = ConfigInput['services'][number];
type GroupInput = NonNullable<ConfigInput['trafficGroups']>[number];

export const shopRegions = ['us-east-1', 'eu-west-1', 'us-west-2'];

const firstAddress: Record<string, string> = { 'us-east-1': '192.0.2.11', 'eu-west-1': '198.51.100.11', 'us-west-2': '203.0.113.11' };

/** The address with this number, counted from 1, in the region's block. */
export function addressOf(region: string, number: number): string {
  return (firstAddress[region] ?? '192.0.2.11').replace(/11$/, String(10 + number));
}

/** checkout in the regions given, as the scenarios that need a world of their own vary it. */
export function checkout(over: Partial<ServiceInput>, regions: readonly string[] = shopRegions): ServiceInput {
  return {
    name: 'checkout',
    tier: 1,
    owner: 'checkout-team@example.com',
    failover: true,
    trafficGroup: 'checkout',
    endpoints: [
      {
        name: 'health',
        kind: 'http',
        url: 'https://checkout.{region}.example.com/health',
        perRegion: true,
        conditions: ['[STATUS] == 200', '[BODY].status == ok'],
        intervalSeconds: { base: 10 },
      },
    ],
    deployments: Object.fromEntries(regions.map((region) => [region, ecs(4)])),
    ...over,
  };
}

/** An ECS service of units that carry 50 requests a second each. */
export function ecs(baselineUnits: number, maxUnits = 24) {
  return { kind: 'ecs' as const, cluster: 'shop', service: 'checkout', minUnits: 2, baselineUnits, maxUnits, unitCapacityPerSecond: 50 };
}

/** A function whose environments carry 5 requests a second each; as many together as the units of an ECS service. */
export function lambda(name: string) {
  return { kind: 'lambda' as const, function: name, baselineUnits: 40, maxUnits: 400, unitCapacityPerSecond: 5 };
}

/** The group of checkout: one name, weighted alike, with `addresses` values in each region. */
export function checkoutGroup(addresses: number, over: Partial<GroupInput> = {}): GroupInput {
  const numbers = Array.from({ length: addresses }, (_, index) => index + 1);
  return {
    name: 'checkout',
    zone: { id: 'Z0EXAMPLE', name: 'example.com' },
    ttlSeconds: 60,
    records: [
      {
        name: 'checkout.example.com',
        regions: Object.fromEntries(shopRegions.map((region) => [region, { values: numbers.map((number) => addressOf(region, number)) }])),
      },
    ],
    ...over,
  };
}

export function shop(services: ServiceInput[], trafficGroups: GroupInput[], over: Partial<ConfigInput> = {}): ConfigInput {
  return defineConfig({
    name: 'shop',
    mode: 'act',
    regions: shopRegions.map((name) => ({ name })),
    services,
    trafficGroups,
    notifications: { page: { emails: ['on-call@example.com'] }, notify: { emails: ['shop@example.com'] } },
    ...over,
  });
}
