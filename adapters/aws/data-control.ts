import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  type DBInstance,
  DescribeDBInstancesCommand,
  DescribeGlobalClustersCommand,
  FailoverGlobalClusterCommand,
  type GlobalCluster,
  PromoteReadReplicaCommand,
  type RDSClient,
  SwitchoverGlobalClusterCommand,
} from '@aws-sdk/client-rds';
import { type DatabaseStatus, type Fence, failed, ok, type Result } from '../../core/model/index.ts';
import type { Call, Clock, DataControl, Look, MetricSource } from '../../core/ports/index.ts';
import { attempt } from './attempt.ts';
import type { FenceGuard } from './fence-guard.ts';
import { fail, notYet, pass } from './looks.ts';

/** `members` are the database's parts by region: a cluster's ARN, an instance's identifier. A DynamoDB table has one name everywhere. */
export type DatabaseParts =
  | { kind: 'aurora-global'; id: string; members: Record<string, string> }
  | { kind: 'rds'; id: string; members: Record<string, string> }
  | { kind: 'dynamodb-global'; id: string; regions: readonly string[] };

export interface AwsDataControlParts {
  region: string;
  databases: Record<string, DatabaseParts>;
  /** RDS by region: a replica is promoted where it is; the global cluster is asked about in the own region. */
  rds: Record<string, RDSClient>;
  dynamodb: DynamoDBClient;
  /** Replica lag, read in the own region. */
  metrics: MetricSource;
  /** Whether a person accepted the loss of data. */
  approved: (token: string, call: Call) => Promise<Result<boolean>>;
  guard: FenceGuard;
  clock: Clock;
}

type Member = DatabaseStatus['members'][number];

/** DataControl over Aurora global databases, RDS read replicas and DynamoDB global tables. */
export class AwsDataControl implements DataControl {
  readonly #parts: AwsDataControlParts;

  constructor(parts: AwsDataControlParts) {
    this.#parts = parts;
  }

  async status(database: string, call: Call): Promise<Result<DatabaseStatus>> {
    const parts = this.#parts.databases[database];
    if (!parts) return unknownDatabase(database);
    switch (parts.kind) {
      case 'aurora-global':
        return this.#auroraStatus(parts, call);
      case 'rds':
        return this.#rdsStatus(parts, call);
      case 'dynamodb-global':
        return this.#tableStatus(parts, call);
    }
  }

  switchover(database: string, to: string, fence: Fence, call: Call): Promise<Result<void>> {
    return this.#move(database, to, fence, call, async (parts, within, status) => {
      const source = status.members.find(({ region }) => region === status.writer);
      if (source?.status !== 'available')
        return failed('refused', `${database} has lost its writer in ${status.writer}: only a fail-over is left`);
      if (parts.kind === 'rds')
        return failed('invalid', `${parts.id} has read replicas: RDS has no switch-over between regions, only promotion`);
      const input = { GlobalClusterIdentifier: parts.id, TargetDbClusterIdentifier: parts.members[to] };
      return this.#sendOwn('rds:SwitchoverGlobalCluster', within, (rds, options) =>
        rds.send(new SwitchoverGlobalClusterCommand(input), options),
      );
    });
  }

  async failover(database: string, to: string, fence: Fence, approval: string, call: Call): Promise<Result<void>> {
    const approved = await this.#parts.approved(approval, call);
    if (!approved.ok) return approved;
    if (!approved.value) return failed('refused', `fail-over of ${database} may lose data, and nobody has accepted that`);
    return this.#move(database, to, fence, call, async (parts, within) => {
      if (parts.kind === 'rds') return this.#promote(parts.members[to] ?? '', to, within);
      const input = { GlobalClusterIdentifier: parts.id, TargetDbClusterIdentifier: parts.members[to], AllowDataLoss: true };
      return this.#sendOwn('rds:FailoverGlobalCluster', within, (rds, options) =>
        rds.send(new FailoverGlobalClusterCommand(input), options),
      );
    });
  }

  async verify(database: string, writer: string, call: Call): Promise<Result<Look>> {
    const status = await this.status(database, call);
    if (!status.ok) return status;
    const member = status.value.members.find(({ region }) => region === writer);
    const state = `${database} is written in ${status.value.writer}, ${writer} is ${member?.status ?? 'no member'}`;
    if (!member) return fail(state);
    if (status.value.members.some((one) => one.status === 'switching')) return notYet(`${state}, a switch is under way`);
    const writes = status.value.kind === 'dynamodb-global' || status.value.writer === writer;
    if (!writes) return fail(state);
    return member.status === 'available' ? pass(state) : notYet(state);
  }

  /** A table is written everywhere: moving it is only making sure that the replica is there. What is moved already stays. */
  async #move(
    database: string,
    to: string,
    fence: Fence,
    call: Call,
    write: (parts: Exclude<DatabaseParts, { kind: 'dynamodb-global' }>, within: Call, status: DatabaseStatus) => Promise<Result<unknown>>,
  ): Promise<Result<void>> {
    const parts = this.#parts.databases[database];
    if (!parts) return unknownDatabase(database);
    const within = await this.#parts.guard.admit(`database:${database}`, fence, call);
    if (!within.ok) return within;
    const status = await this.status(database, within.value);
    if (!status.ok) return status;
    const member = status.value.members.find(({ region }) => region === to);
    if (!member) return failed('not-found', `${database} has no member in ${to}`);
    if (parts.kind === 'dynamodb-global')
      return member.status === 'available' ? ok(undefined) : failed('unavailable', `the replica in ${to} is not active`);
    if (status.value.writer === to) return ok(undefined);
    const written = await write(parts, within.value, status.value);
    return written.ok ? ok(undefined) : written;
  }

  async #auroraStatus(parts: Extract<DatabaseParts, { kind: 'aurora-global' }>, call: Call): Promise<Result<DatabaseStatus>> {
    const command = new DescribeGlobalClustersCommand({ GlobalClusterIdentifier: parts.id });
    const answer = await this.#sendOwn('rds:DescribeGlobalClusters', call, (rds, options) => rds.send(command, options));
    if (!answer.ok) return answer;
    const cluster = answer.value.GlobalClusters?.[0];
    if (!cluster) return failed('not-found', `there is no global cluster ${parts.id}`);
    const members = await Promise.all(
      Object.entries(parts.members).map(async ([region, arn]): Promise<Member> => {
        const writer = isWriter(cluster, arn);
        const lagSeconds = writer
          ? 0
          : await this.#lagSeconds('AWS/RDS', 'AuroraGlobalDBReplicationLag', { DBClusterIdentifier: arn.split(':').at(-1) ?? '' }, call);
        return { region, status: memberStatus(cluster, arn), lagSeconds };
      }),
    );
    const writer = Object.entries(parts.members).find(([, arn]) => isWriter(cluster, arn))?.[0] ?? '';
    return ok({ id: parts.id, kind: parts.kind, writer, members });
  }

  async #rdsStatus(parts: Extract<DatabaseParts, { kind: 'rds' }>, call: Call): Promise<Result<DatabaseStatus>> {
    const members: Member[] = [];
    let writer = '';
    for (const [region, id] of Object.entries(parts.members)) {
      const instance = await this.#instance(region, id, call);
      // The region that has failed must not keep the others from being seen.
      if (!instance.ok && (instance.code === 'not-found' || instance.code === 'refused')) return instance;
      const found = instance.ok ? instance.value : undefined;
      if (found && found.ReadReplicaSourceDBInstanceIdentifier === undefined) writer ||= region;
      const lagSeconds =
        found?.ReadReplicaSourceDBInstanceIdentifier === undefined
          ? 0
          : await this.#lagSeconds('AWS/RDS', 'ReplicaLag', { DBInstanceIdentifier: id }, call);
      members.push({ region, status: found?.DBInstanceStatus === 'available' ? 'available' : 'unavailable', lagSeconds });
    }
    return ok({ id: parts.id, kind: parts.kind, writer, members });
  }

  async #tableStatus(parts: Extract<DatabaseParts, { kind: 'dynamodb-global' }>, call: Call): Promise<Result<DatabaseStatus>> {
    const { clock, dynamodb, region: own } = this.#parts;
    const command = new DescribeTableCommand({ TableName: parts.id });
    const answer = await attempt('dynamodb:DescribeTable', clock, call, (options) => dynamodb.send(command, options));
    if (!answer.ok) return answer;
    const replicas = new Map(
      (answer.value.Table?.Replicas ?? []).map((replica) => [replica.RegionName ?? '', replica.ReplicaStatus ?? '']),
    );
    replicas.set(own, answer.value.Table?.TableStatus ?? '');
    const members = await Promise.all(
      parts.regions.map(async (region): Promise<Member> => {
        const active = replicas.get(region) === 'ACTIVE';
        const lagSeconds =
          region === own
            ? 0
            : await this.#lagSeconds('AWS/DynamoDB', 'ReplicationLatency', { TableName: parts.id, ReceivingRegion: region }, call);
        return { region, status: active ? 'available' : 'unavailable', lagSeconds };
      }),
    );
    return ok({ id: parts.id, kind: parts.kind, writer: own, members });
  }

  async #instance(region: string, id: string, call: Call): Promise<Result<DBInstance>> {
    const rds = this.#parts.rds[region];
    if (!rds) return failed('not-found', `no RDS client for ${region}`);
    const command = new DescribeDBInstancesCommand({ DBInstanceIdentifier: id });
    const answer = await attempt('rds:DescribeDBInstances', this.#parts.clock, call, (options) => rds.send(command, options));
    if (!answer.ok) return answer;
    const found = answer.value.DBInstances?.[0];
    return found ? ok(found) : failed('not-found', `there is no instance ${id} in ${region}`);
  }

  #promote(id: string, region: string, call: Call): Promise<Result<unknown>> {
    const rds = this.#parts.rds[region];
    if (!rds) return Promise.resolve(failed('not-found', `no RDS client for ${region}`));
    const command = new PromoteReadReplicaCommand({ DBInstanceIdentifier: id });
    return attempt('rds:PromoteReadReplica', this.#parts.clock, call, (options) => rds.send(command, options));
  }

  async #sendOwn<T>(
    operation: string,
    call: Call,
    send: (rds: RDSClient, options: { abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<Result<T>> {
    const rds = this.#parts.rds[this.#parts.region];
    if (!rds) return failed('not-found', `no RDS client for ${this.#parts.region}`);
    return attempt(operation, this.#parts.clock, call, (options) => send(rds, options));
  }

  /** The worst of the last five minutes; all three metrics are averages, ReplicaLag in seconds and the others in milliseconds. */
  async #lagSeconds(namespace: string, name: string, dimensions: Record<string, string>, call: Call): Promise<number> {
    const to = this.#parts.clock.now();
    const read = await this.#parts.metrics.read(
      { namespace, name, dimensions, statistic: 'Average', periodSeconds: 60, from: to - 300_000, to },
      call,
    );
    const values = read.ok ? read.value.flatMap((series) => series.points.map((point) => point.value)) : [];
    // No data is not no lag: a target with an unknown lag must not look like the best one.
    if (values.length === 0) return Number.MAX_SAFE_INTEGER;
    return Math.max(...values) / (name === 'ReplicaLag' ? 1 : 1000);
  }
}

function isWriter(cluster: GlobalCluster, arn: string): boolean {
  return cluster.GlobalClusterMembers?.some((member) => member.DBClusterArn === arn && member.IsWriter === true) ?? false;
}

/** A fail-over or switch-over that is under way names its two clusters; a member that lost touch resynchronises. */
function memberStatus(cluster: GlobalCluster, arn: string): Member['status'] {
  const { FailoverState: state, GlobalClusterMembers: members = [] } = cluster;
  if (state?.Status !== undefined && (state.FromDbClusterArn === arn || state.ToDbClusterArn === arn)) return 'switching';
  const member = members.find((one) => one.DBClusterArn === arn);
  return member && member.SynchronizationStatus !== 'pending-resync' && cluster.Status === 'available' ? 'available' : 'unavailable';
}

function unknownDatabase(database: string): Result<never> {
  return failed('not-found', `database ${database} is not configured here`);
}
