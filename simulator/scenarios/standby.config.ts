import { addressOf, checkout, checkoutGroup, ecs, shop } from './shop.ts';

/**
 * us-east-1 carries everything; eu-west-1 stands by at a tenth of it; us-west-2 only watches. The health check is plain HTTP,
 * the certificate is looked at by an endpoint of its own (g2, g11).
 */
export default shop(
  [
    checkout({
      allowedRegions: ['us-east-1', 'eu-west-1'],
      deployments: { 'us-east-1': ecs(40, 80), 'eu-west-1': ecs(4, 80) },
      peakPerSecond: 2000,
      endpoints: [
        {
          name: 'health',
          kind: 'http',
          url: 'http://checkout.{region}.example.com/health',
          perRegion: true,
          conditions: ['[STATUS] == 200'],
          intervalSeconds: { base: 10 },
        },
        { name: 'certificate', kind: 'tls', host: 'checkout.{region}.example.com', perRegion: true, dimension: 'performance' },
      ],
    }),
  ],
  [
    checkoutGroup(1, {
      records: [
        {
          name: 'checkout.example.com',
          routing: 'failover',
          regions: {
            'us-east-1': { values: [addressOf('us-east-1', 1)], role: 'primary' },
            'eu-west-1': { values: [addressOf('eu-west-1', 1)], role: 'secondary' },
          },
        },
      ],
    }),
  ],
  { policies: { maxScaleFactor: 10 } },
);
