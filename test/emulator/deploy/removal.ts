import assert from 'node:assert/strict';
import { CloudFormationClient, DescribeStacksCommand, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListEventBusesCommand, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { LambdaClient, ListEventSourceMappingsCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListHealthChecksCommand, Route53Client } from '@aws-sdk/client-route-53';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { HealthShard, stateOf } from '../../../core/knowledge/health.ts';
import { emulatorClient } from '../client-settings.ts';
import type { StageContext } from '../context.ts';
import { progress } from '../progress.ts';
import { eventually } from './eventually.ts';
import { deployArgs } from './go-live.ts';
import type { Shop } from './shop.ts';

/** Measured: under 40 s — probes that pass again, from both vantages. */
const wellAgainMs = 120_000;
/** Measured: 40 s at load 10, most of it CDK starting for each stack. */
const removeMs = 180_000;

const prefix = 'evenkeel-small';

/**
 * `evenkeel remove` to its end: records detached, checks deleted, regions destroyed. What a failback would take back in stages of minutes
 * is taken out of the tables by hand first: a removal is refused while a region is drained.
 */
export async function removeLeavesNothingRunning(shop: Shop): Promise<string[]> {
  const { context, cli, tables, zone } = shop;
  const [home] = context.regions;
  await shop.revive('checkout', home);
  for (const vantage of context.regions)
    await eventually(context, `checkout in ${home} is well for ${vantage}`, wellAgainMs, async () => {
      const shard = await tables.read(vantage, 'health#states#services-1', HealthShard);
      return stateOf(shard?.states ?? [], 'checkout', home)?.health.status === 'healthy' ? true : undefined;
    });
  for (const region of context.regions) for (const family of ['standing', 'vote']) await tables.clear(region, family);
  const retained = await retainedTypes(context);
  progress('evenkeel remove');
  const startedAt = context.clock.now();
  const removed = await cli.run(['remove', '--confirm', 'small', '--records-released', ...deployArgs.slice(1)], removeMs);
  assert.equal(removed.code, 0, `evenkeel remove:\n${removed.stderr.slice(-3_000)}`);
  const seconds = Math.round((context.clock.now() - startedAt) / 1000);
  assert.match(removed.stderr, /the tables in us-east-1, eu-west-1 are kept with their stacks/);
  assert.deepEqual([...new Set((await zone.sets('checkout')).map(({ HealthCheckId }) => HealthCheckId))], [undefined], 'records detached');
  for (const region of context.regions) assert.deepEqual(await running(context, region), {}, `what still runs in ${region}`);
  const kept = await Promise.all(context.regions.map(async (region) => `${(await tablesIn(context, region)).join(', ')} in ${region}`));
  return [
    `evenkeel remove, ${seconds} s: records detached, no stack but those of the tables, nothing runs in either region; kept by RETAIN: ${retained.join(', ')} — ${kept.join(', ')}, buckets ${(await buckets(context)).join(', ')}`,
  ];
}

const Template = z.object({ Resources: z.record(z.string(), z.object({ Type: z.string(), DeletionPolicy: z.string().optional() })) });

/** What the templates keep when their stack goes. */
async function retainedTypes({ emulator, regions }: StageContext): Promise<string[]> {
  const found = new Set<string>();
  for (const region of regions) {
    const client = new CloudFormationClient(emulatorClient(emulator.endpoint, region));
    for (const StackName of [`${prefix}-${region}`, `${prefix}-data-${region}`]) {
      const { TemplateBody } = await client.send(new GetTemplateCommand({ StackName, TemplateStage: 'Original' }));
      for (const { Type, DeletionPolicy = '' } of Object.values(Template.parse(JSON.parse(TemplateBody ?? '')).Resources))
        if (DeletionPolicy.startsWith('Retain')) found.add(Type);
    }
  }
  return [...found].sort();
}

/** Everything of ours that would do or cost something in a region, by kind; kinds without any are left out. */
async function running({ emulator }: StageContext, region: string): Promise<Record<string, string[]>> {
  const settings = emulatorClient(emulator.endpoint, region);
  const { Stacks = [] } = await new CloudFormationClient(settings).send(new DescribeStacksCommand({}));
  const events = new EventBridgeClient(settings);
  const lambda = new LambdaClient(settings);
  const found = {
    stacks: Stacks.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE')
      .map(({ StackName }) => StackName)
      .filter((name) => name !== `${prefix}-data-${region}`),
    functions: ((await lambda.send(new ListFunctionsCommand({}))).Functions ?? []).map(({ FunctionName }) => FunctionName),
    sources: ((await lambda.send(new ListEventSourceMappingsCommand({}))).EventSourceMappings ?? []).map(({ UUID }) => `${prefix} ${UUID}`),
    rules: ((await events.send(new ListRulesCommand({}))).Rules ?? []).map(({ Name }) => Name),
    buses: ((await events.send(new ListEventBusesCommand({}))).EventBuses ?? []).map(({ Name }) => Name),
    machines: ((await new SFNClient(settings).send(new ListStateMachinesCommand({}))).stateMachines ?? []).map(({ name }) => name),
    queues: ((await new SQSClient(settings).send(new ListQueuesCommand({ QueueNamePrefix: prefix }))).QueueUrls ?? []).map((url) => url),
    topics: ((await new SNSClient(settings).send(new ListTopicsCommand({}))).Topics ?? []).map(({ TopicArn }) => TopicArn),
    alarms: ((await new CloudWatchClient(settings).send(new DescribeAlarmsCommand({}))).MetricAlarms ?? []).map(
      ({ AlarmName }) => AlarmName,
    ),
    checks: ((await new Route53Client(settings).send(new ListHealthChecksCommand({}))).HealthChecks ?? []).map(
      ({ Id }) => `${prefix} ${Id}`,
    ),
  };
  return Object.fromEntries(
    Object.entries(found).flatMap(([kind, names]) => {
      const ours = names.flatMap((name) => (name?.includes(prefix) ? [name] : []));
      return ours.length === 0 ? [] : [[kind, ours]];
    }),
  );
}

async function tablesIn({ emulator }: StageContext, region: string): Promise<string[]> {
  const { TableNames = [] } = await new DynamoDBClient(emulatorClient(emulator.endpoint, region)).send(new ListTablesCommand({}));
  return TableNames.filter((name) => name.startsWith(prefix));
}

async function buckets({ emulator, regions }: StageContext): Promise<string[]> {
  const { Buckets = [] } = await new S3Client(emulatorClient(emulator.endpoint, regions[0])).send(new ListBucketsCommand());
  return Buckets.flatMap(({ Name }) => (Name?.startsWith(prefix) ? [Name] : []));
}
