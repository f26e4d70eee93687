import { parseConfig } from '../../core/config/parse-config.ts';
import type { Config, ConfigInput } from '../../core/config/schema.ts';
import { checkout, checkoutGroup, ecs, lambda, shop, shopRegions } from '../scenarios/shop.ts';

interface Variation {
  leansOn?: 'dynamodb' | 'sqs';
  onLambda?: boolean;
  carrier?: 'metric' | 'object';
  cloudFront?: NonNullable<ConfigInput['trafficGroups']>[number]['cloudFront'];
}

/**
 * The standard seed's world: three regions, nine endpoints (checkout, payments and the name of DynamoDB in each), a database to move and
 * units to scale, restart, eject and roll back. Small, so that many seeds run in a minute.
 */
const inputsWith = ({ leansOn = 'dynamodb', onLambda = false, carrier = 'metric', cloudFront }: Variation = {}): ConfigInput =>
  shop(
    [
      checkout({
        dependsOn: [{ service: 'payments' }, { aws: leansOn }],
        degradeFlag: '/shop/checkout/mode',
        deployments: Object.fromEntries(
          shopRegions.map((region) => [
            region,
            {
              ...(onLambda ? lambda('checkout') : ecs(4)),
              database: { kind: 'aurora-global' as const, id: 'orders', writerRegion: 'us-east-1', memberId: `orders-${region}` },
            },
          ]),
        ),
        signals: signalsOf('checkout'),
      }),
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
            secretHeaders: { authorization: 'ssm:/shop/probe-token' },
            conditions: ['[STATUS] == 200'],
          },
        ],
        deployments: Object.fromEntries(
          shopRegions.map((region) => [
            region,
            onLambda ? lambda('payments') : { ...ecs(4), service: 'payments', unitCapacityPerSecond: 100 },
          ]),
        ),
        signals: signalsOf('payments'),
      },
    ],
    [checkoutGroup(4, { carrier, ...(cloudFront === undefined ? {} : { cloudFront }) })],
    {
      awsEndpoints: [{ service: leansOn, priority: 'critical', kinds: ['dns'] }],
      // The shop's own scripts, each with the one that takes it back.
      playbooks: [
        scripted('connection-pool', 'shop-reset-pool', 'shop-restore-pool'),
        scripted('cache-hit-ratio', 'shop-flush-cache', 'shop-restore-cache'),
        scripted('memory', 'shop-collect-garbage', 'shop-restore-heap'),
      ],
      // Half an hour has to be enough for a way back and for a person who does not answer.
      policies: { failback: { provenSeconds: 90 }, approvals: { expireSeconds: 240 } },
    },
  );

/** Every document that a playbook of the soak names. */
export const soakScripts: readonly string[] = [
  ...['shop-reset-pool', 'shop-restore-pool', 'shop-flush-cache', 'shop-restore-cache', 'shop-collect-garbage', 'shop-restore-heap'],
];

function signalsOf(service: string) {
  const names = ['errorRate', 'latencyP99Ms', 'memoryShare', 'poolShare', 'cacheHitRatio'] as const;
  const dimensions = { Service: service, Region: '{region}' };
  return Object.fromEntries(names.map((name) => [name, { namespace: 'Shop', metricName: name, dimensions }]));
}

function scripted(
  alert: 'connection-pool' | 'cache-hit-ratio' | 'memory',
  document: string,
  undo: string,
): NonNullable<ConfigInput['playbooks']>[number] {
  return {
    name: alert,
    alert,
    levels: [
      { name: 'soft', actions: [{ action: 'script', args: { document, version: '1', undo: { document: undo, version: '1' } } }] },
      { name: 'resource', actions: [{ action: 'restart' }] },
      { name: 'emergency', actions: [{ action: 'page' }] },
    ],
  };
}

function parsed(input: ConfigInput): Config {
  const result = parseConfig(input);
  if (!result.ok)
    throw new Error(
      `the soak's own configuration is wrong: ${result.problems.map(({ path, message }) => `${path} ${message}`).join('; ')}`,
    );
  return result.config;
}

/** Where a person is asked, the shop's own systems hear of it, too. */
const receivers = { webhooks: [{ name: 'shop-desk', url: 'https://desk.example.com/evenkeel' }] };

/** A distribution with origins in two of the three regions. */
const cloudFront = { distributionId: 'E0EXAMPLE', originGroup: 'regions', origins: { 'us-east-1': 'east', 'eu-west-1': 'west' } };

export type SoakWorld = 'act' | 'approve' | 'queue' | 'functions' | 'edge';

/**
 * The standard world; the same where a person is asked first; one that leans on a queue instead of on DynamoDB: where evenkeel's own
 * table is gone it can neither see nor act, so only there a dependency can be lived without; one on Lambda, whose aliases are rolled out
 * in stages; and one behind a distribution, which follows what moves. Votes go by metrics, but by objects and their inverted checks where
 * the queue is.
 */
export const soakConfigs: Record<SoakWorld, Config> = {
  act: parsed(inputsWith()),
  approve: parsed({ ...inputsWith(), mode: 'approve', notifications: { page: receivers, notify: receivers } }),
  queue: parsed(inputsWith({ leansOn: 'sqs', carrier: 'object' })),
  functions: parsed(inputsWith({ onLambda: true })),
  edge: parsed(inputsWith({ cloudFront })),
};
