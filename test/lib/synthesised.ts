import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { parseConfig } from '../../core/config/parse-config.ts';
import type { Config } from '../../core/config/schema.ts';
import { createEvenkeelStacks } from '../../lib/stacks/evenkeel-stacks.ts';

export type Resource = { Type: string; Properties: Record<string, unknown>; DeletionPolicy?: string };

/** The templates of a configuration, by stack. */
export function synthesised(config: Config, voteSecret?: string): Record<string, Template> {
  const app = new App({ context: { '@aws-cdk/core:enablePartitionLiterals': true, '@aws-cdk/core:target-partitions': ['aws'] } });
  const stacks = createEvenkeelStacks(app, config, voteSecret === undefined ? {} : { voteSecret });
  const all = [...stacks.data, ...stacks.regions, ...(stacks.traffic ? [stacks.traffic] : [])];
  return Object.fromEntries(all.map((stack) => [stack.stackName, Template.fromStack(stack)]));
}

export function resourcesOf(template: Template, type?: string): Record<string, Resource> {
  const all: Record<string, Resource> = template.toJSON().Resources;
  return type === undefined ? all : Object.fromEntries(Object.entries(all).filter(([, { Type }]) => Type === type));
}

const regionNames = ['us-east-1', 'eu-west-1', 'us-west-2', 'ap-southeast-2', 'sa-east-1'];

export interface WorldOptions {
  carrier?: 'metric' | 'object';
  healthThreshold?: number;
  /** Adds an Auto Scaling group, a function, databases, secrets, a script and a flag. */
  rich?: boolean;
}

/** One service in as many regions as asked for. */
export function worldOf(regions: number, { carrier = 'metric', healthThreshold, rich = false }: WorldOptions = {}): Config {
  const names = regionNames.slice(0, regions);
  const ecs = { kind: 'ecs', cluster: 'shop', service: 'checkout', maxUnits: 10, baselineUnits: 4 };
  const group = 'arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/web/0123456789abcdef';
  const everywhere = (deployment: (region: string) => object) => Object.fromEntries(names.map((name) => [name, deployment(name)]));
  const parsed = parseConfig({
    name: 'world',
    mode: 'act',
    regions: names.map((name) => ({ name })),
    services: [
      {
        name: 'checkout',
        tier: 1,
        owner: 'team@example.com',
        failover: true,
        trafficGroup: 'checkout',
        ...(rich && { degradeFlag: '/shop/checkout/mode' }),
        endpoints: [
          {
            name: 'health',
            kind: 'http',
            url: 'https://checkout.{region}.example.com/health',
            perRegion: true,
            ...(rich && { secretHeaders: { authorization: 'ssm:/shop/token', 'x-key': 'secretsmanager:shop/key' } }),
          },
        ],
        deployments: everywhere((region) => ({
          ...ecs,
          ...(rich && {
            targetGroups: [group.replace('us-east-1', region)],
            database: {
              kind: 'aurora-global',
              id: 'orders',
              memberId: `arn:aws:rds:${region}:111111111111:cluster:orders`,
              writerRegion: names[0],
            },
          }),
        })),
      },
      ...(rich
        ? [
            {
              name: 'web',
              tier: 2,
              owner: 'team@example.com',
              deployments: everywhere(() => ({
                kind: 'asg',
                group: 'web',
                maxUnits: 9,
                baselineUnits: 3,
                database: { kind: 'rds', id: 'catalogue', writerRegion: names[0] },
              })),
            },
            {
              name: 'thumbs',
              tier: 3,
              owner: 'team@example.com',
              deployments: everywhere(() => ({
                kind: 'lambda',
                function: 'thumbs',
                maxUnits: 50,
                baselineUnits: 5,
                database: { kind: 'dynamodb-global', id: 'thumbs' },
              })),
            },
          ]
        : []),
    ],
    trafficGroups: [
      {
        name: 'checkout',
        carrier,
        ...(healthThreshold !== undefined && { healthThreshold }),
        zone: { id: 'Z0WORLD', name: 'example.com' },
        ...(rich && {
          cloudFront: { distributionId: 'E0WORLD', originGroup: 'regions', origins: Object.fromEntries(names.map((name) => [name, name])) },
        }),
        records: [
          {
            name: 'checkout.example.com',
            regions: Object.fromEntries(names.map((name, index) => [name, { values: [`192.0.2.${index + 1}`] }])),
          },
        ],
      },
    ],
    ...(rich && {
      playbooks: [
        {
          name: 'cache-flush',
          alert: 'cache-hit-ratio',
          levels: [
            {
              name: 'soft',
              actions: [
                { action: 'script', args: { document: 'FlushCache', version: '3', undo: { document: 'WarmCache', version: '1' } } },
              ],
            },
          ],
        },
      ],
    }),
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems, null, 2));
  return parsed.config;
}
