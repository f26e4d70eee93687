import { defineConfig } from './core/config/define-config.ts';

const checkoutTasks = (region: string, baselineUnits: number) => ({
  kind: 'ecs' as const,
  cluster: 'shop',
  service: 'checkout',
  minUnits: 2,
  baselineUnits,
  maxUnits: 24,
  unitCapacityPerSecond: 50,
  targetGroups: [`arn:aws:elasticloadbalancing:${region}:111111111111:targetgroup/checkout/0123456789abcdef`],
});

/** The example world: `checkout` takes orders in three regions and needs `payments` and DynamoDB. Replace it with yours. */
export default defineConfig({
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
          conditions: ['[STATUS] == 200', '[BODY].status == ok', '[CERTIFICATE_EXPIRATION] > 72h'],
          thresholds: { warningMs: 800, criticalMs: 2000 },
          intervalSeconds: { base: 10 },
        },
        {
          name: 'order',
          kind: 'http',
          url: 'https://checkout.{region}.example.com/cart',
          perRegion: true,
          dimension: 'business',
          conditions: ['[STATUS] == 200'],
          journey: [
            {
              name: 'place-order',
              method: 'POST',
              url: 'https://checkout.{region}.example.com/orders?dryRun=true',
              secretHeaders: { authorization: 'ssm:/shop/probe-token' },
              conditions: ['[STATUS] == 201'],
            },
          ],
        },
      ],
      peakPerSecond: 600,
      deployments: {
        'us-east-1': checkoutTasks('us-east-1', 8),
        'eu-west-1': checkoutTasks('eu-west-1', 4),
        'us-west-2': checkoutTasks('us-west-2', 4),
      },
    },
    {
      name: 'payments',
      tier: 1,
      owner: 'payments-team@example.com',
      endpoints: [
        {
          name: 'ready',
          kind: 'http',
          url: 'https://payments.{region}.example.com/ready',
          perRegion: true,
          dimension: 'readiness',
          conditions: ['[STATUS] == 200'],
        },
      ],
    },
  ],
  trafficGroups: [
    {
      name: 'checkout',
      zone: { id: 'Z0EXAMPLE', name: 'example.com' },
      ttlSeconds: 60,
      records: [
        {
          name: 'checkout.example.com',
          regions: {
            'us-east-1': { values: ['192.0.2.10'] },
            'eu-west-1': { values: ['198.51.100.10'] },
            'us-west-2': { values: ['203.0.113.10'] },
          },
        },
      ],
    },
  ],
  notifications: { page: { emails: ['on-call@example.com'] }, notify: { emails: ['shop@example.com'] } },
});
