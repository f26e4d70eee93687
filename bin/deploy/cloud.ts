import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  type Change,
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { assumedRole } from '../../adapters/aws/assumed-role.ts';
import { clientConfig } from '../../adapters/aws/client-config.ts';
import { AwsStore } from '../../adapters/aws/store.ts';
import type { Config, TrafficGroup } from '../../core/config/schema.ts';
import type { Json } from '../../core/model/index.ts';
import type { Clock, Store } from '../../core/ports/index.ts';
import { namesOf } from '../../lib/names.ts';
import { lookAtStack, type StackLook } from './stack-looks.ts';

/** Route 53 publishes the status of its checks there and nowhere else. */
const route53Region = 'us-east-1';
const healthyWindowMinutes = 10;
const changeTries = 60;
const changePollMs = 5_000;

/** Reads and changes of AWS that a deployment needs besides the CDK's command line, under the credentials of whoever deploys. */
export class Cloud {
  readonly #config: Config;
  readonly #clock: Clock;

  constructor(config: Config, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
  }

  /** The account of the credentials in use. */
  async account(): Promise<string> {
    const { Account } = await new STSClient(clientConfig(this.#config.regions[0]?.name ?? route53Region)).send(
      new GetCallerIdentityCommand({}),
    );
    if (Account === undefined) throw new Error('STS does not say whose credentials these are');
    return Account;
  }

  stack(region: string, name: string, template: Json | null): Promise<StackLook> {
    return lookAtStack(new CloudFormationClient(this.#settings(region)), name, template);
  }

  store(region: string): Store {
    const client = new DynamoDBClient(this.#settings(region));
    return new AwsStore({ client, tableName: namesOf(this.#config).table, clock: this.#clock, random: { next: Math.random } });
  }

  /** The minutes up to now in which Route 53 found the check healthy without a break. */
  async healthyMinutes(checkId: string): Promise<number> {
    const [home] = this.#config.regions;
    const client = new CloudWatchClient({ ...this.#settings(home?.name ?? route53Region), region: route53Region });
    const now = this.#clock.now();
    const metric = { Namespace: 'AWS/Route53', MetricName: 'HealthCheckStatus', Dimensions: [{ Name: 'HealthCheckId', Value: checkId }] };
    const { MetricDataResults } = await client.send(
      new GetMetricDataCommand({
        StartTime: new Date(now - healthyWindowMinutes * 60_000),
        EndTime: new Date(now),
        MetricDataQueries: [{ Id: 'status', MetricStat: { Metric: metric, Period: 60, Stat: 'Minimum' } }],
      }),
    );
    const { Timestamps = [], Values = [] } = MetricDataResults?.[0] ?? {};
    return healthyRun(
      Timestamps.map((at, index) => ({ at: at.getTime(), value: Values[index] ?? 0 })),
      now,
    );
  }

  /** Every record set of the group's names, whoever made it. */
  async records(group: TrafficGroup): Promise<ResourceRecordSet[]> {
    const client = this.#route53(group);
    const found: ResourceRecordSet[] = [];
    for (const { name, type } of group.records) {
      const wanted = `${name.replace(/\.$/, '').toLowerCase()}.`;
      const page = await client.send(
        new ListResourceRecordSetsCommand({ HostedZoneId: group.zone.id, StartRecordName: wanted, StartRecordType: type, MaxItems: 300 }),
      );
      found.push(...(page.ResourceRecordSets ?? []).filter((set) => set.Name?.toLowerCase() === wanted && set.Type === type));
    }
    return found;
  }

  /** One batch, all or nothing; returns when every name server has it. */
  async change(group: TrafficGroup, changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return;
    const client = this.#route53(group);
    const { ChangeInfo } = await client.send(
      new ChangeResourceRecordSetsCommand({ HostedZoneId: group.zone.id, ChangeBatch: { Changes: [...changes] } }),
    );
    for (let tries = 0; tries < changeTries; tries += 1) {
      const { ChangeInfo: now } = await client.send(new GetChangeCommand({ Id: ChangeInfo?.Id }));
      if (now?.Status === 'INSYNC') return;
      await sleep(changePollMs);
    }
    throw new Error(`Route 53 has not spread change ${ChangeInfo?.Id} to its servers after ${(changeTries * changePollMs) / 1000} s`);
  }

  /** The authoritative servers of the group's zone; none for a private zone. */
  async nameServers(group: TrafficGroup): Promise<string[]> {
    const { DelegationSet } = await this.#route53(group).send(new GetHostedZoneCommand({ Id: group.zone.id }));
    return (DelegationSet?.NameServers ?? []).map((server) => server.replace(/\.$/, ''));
  }

  #route53(group: TrafficGroup): Route53Client {
    return new Route53Client(this.#settings(this.#config.regions[0]?.name ?? route53Region, group.zone.account));
  }

  /** Settings of a client in a region; for another account by the role that the configuration names for it. */
  #settings(region: string, account = this.#config.regions.find(({ name }) => name === region)?.account) {
    const known = this.#config.accounts.find(({ id }) => id === account);
    if (known === undefined) return clientConfig(region);
    return clientConfig(region, assumedRole(region, `arn:aws:iam::${known.id}:role/${known.roleName}`, known.externalId));
  }
}

/** Route 53 publishes a minute's status up to two minutes later. */
const publishedWithinMs = 180_000;

/** How many minutes in a row, up to the newest one, are healthy (1). None when the newest is old, and up to the first gap. */
export function healthyRun(points: readonly { at: number; value: number }[], now: number): number {
  const newest = points.toSorted((a, b) => b.at - a.at);
  let expectedAfter = now - publishedWithinMs;
  let minutes = 0;
  for (const { at, value } of newest) {
    if (value < 1 || at < expectedAfter) break;
    minutes += 1;
    expectedAfter = at - 60_000;
  }
  return minutes;
}
