import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { AwsApprover } from '../../adapters/aws/approver.ts';
import { clientConfig } from '../../adapters/aws/client-config.ts';
import { AwsStore } from '../../adapters/aws/store.ts';
import type { Config } from '../../core/config/schema.ts';
import { freshMemory, type StageContext } from '../../core/config/stage-context.ts';
import type { Ports } from '../../core/ports/index.ts';
import type { Base } from '../../lambdas/runtime/context.ts';
import { denied } from '../../lambdas/runtime/denied.ts';
import { createBus } from '../../lambdas/runtime/ports/bus.ts';
import { createCapacity } from '../../lambdas/runtime/ports/capacity.ts';
import { createMachines } from '../../lambdas/runtime/ports/machines.ts';
import { createNotifier } from '../../lambdas/runtime/ports/notifier.ts';
import { createPeerStores } from '../../lambdas/runtime/ports/peer-stores.ts';
import { createReleases } from '../../lambdas/runtime/ports/releases.ts';
import { createTraffic } from '../../lambdas/runtime/ports/traffic.ts';
import { createWeights } from '../../lambdas/runtime/ports/weights.ts';
import { StreamTrace } from '../../lambdas/runtime/stream-trace.ts';
import { systemClock, systemIds, systemRandom } from '../../lambdas/runtime/system.ts';
import { namesOf, operatorRoleName } from '../../lib/names.ts';
import { UsageError } from '../report-failure.ts';

export interface OperatorContext {
  ctx: StageContext;
  /** The ARN of whoever assumed the operator's role: who gave the order, as AWS knows it. */
  caller: string;
  flush(): Promise<void>;
}

/** The ports that an operator's orders need in one region, in the operator's role there: buses and tables take no role that is not ours. */
export async function operatorContext(config: Config, region: string): Promise<OperatorContext> {
  const names = namesOf(config);
  const clock = systemClock;
  const identity = await new STSClient(clientConfig(region)).send(new GetCallerIdentityCommand({}));
  const [, partition = 'aws'] = identity.Arn?.split(':') ?? [];
  const arn = (service: string, where: string, resource: string) =>
    `arn:${partition}:${service}:${where}:${config.regions.find(({ name }) => name === where)?.account ?? identity.Account}:${resource}`;
  const account = config.regions.find(({ name }) => name === region)?.account ?? identity.Account;
  await become(`arn:${partition}:iam::${account}:role${names.rolePath}${operatorRoleName(config, region)}`, region);
  const peers = config.regions.map(({ name }) => name).filter((name) => name !== region);
  const system = { clock, ids: systemIds, random: systemRandom };
  const dynamodb = new DynamoDBClient(clientConfig(region));
  const store = new AwsStore({ client: dynamodb, tableName: names.table, ...system });
  const base: Base = { functionName: 'plan', region, config, ...system, store, dynamodb };
  const table = (where: string) => arn('dynamodb', where, `table/${names.table}`);
  const bus = createBus(base, {
    BUS_NAME: names.bus,
    PEER_BUSES: Object.fromEntries(peers.map((peer) => [peer, arn('events', peer, `event-bus/${names.bus}`)])),
  });
  const notifier = createNotifier(base, { TOPIC_ARNS: [region, ...peers].map((where) => arn('sns', where, names.topic)) });
  const trace = new StreamTrace({ region, store, ...system, log: () => {} });
  const none = <P extends object>(port: string) => denied<P>('plan', port);
  const ports: Ports = {
    ...system,
    store,
    bus,
    notifier,
    trace,
    peerStores: createPeerStores(base, { PEER_TABLES: Object.fromEntries(peers.map((peer) => [peer, table(peer)])) }),
    approver: new AwsApprover({ store, notifier, sfn: new SFNClient(clientConfig(region)), clock }),
    machines: createMachines(base, { MACHINE_ARN_PREFIX: arn('states', region, `stateMachine:${names.base}-`) }, [
      'failback',
      'rollout',
      'shift',
    ]),
    traffic: createTraffic(base, bus, { weights: createWeights(base) }),
    courier: none('courier'),
    prober: none('prober'),
    metricSink: none('metricSink'),
    metricSource: none('metricSource'),
    capacity: createCapacity(base),
    releases: createReleases(base),
    data: none('data'),
    scripts: none('scripts'),
    flags: none('flags'),
    secrets: none('secrets'),
  };
  return { ctx: { config, region, ports, memory: freshMemory() }, caller: identity.Arn ?? 'unknown', flush: () => trace.flush() };
}

const orderSeconds = 900;

/** From here on this process is that role: the environment is where every client of the SDK looks first once no profile is named. */
async function become(roleArn: string, region: string): Promise<void> {
  const command = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'evenkeel-op', DurationSeconds: orderSeconds });
  const { Credentials } = await new STSClient(clientConfig(region)).send(command).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`you cannot assume ${roleArn}, which orders in ${region} are given as: ${why}; docs/runbook.md says who may`);
  });
  if (Credentials === undefined) throw new Error(`STS gave no credentials for ${roleArn}`);
  Reflect.deleteProperty(process.env, 'AWS_PROFILE');
  process.env.AWS_ACCESS_KEY_ID = Credentials.AccessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = Credentials.SecretAccessKey;
  process.env.AWS_SESSION_TOKEN = Credentials.SessionToken;
}
