import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { AwsApprover } from '../../adapters/aws/approver.ts';
import { clientConfig } from '../../adapters/aws/client-config.ts';
import { AwsStore } from '../../adapters/aws/store.ts';
import type { Config } from '../../core/config/schema.ts';
import type { StageContext } from '../../core/config/stage-context.ts';
import type { Ports } from '../../core/ports/index.ts';
import type { Base } from '../../lambdas/runtime/context.ts';
import { denied } from '../../lambdas/runtime/denied.ts';
import { createBus } from '../../lambdas/runtime/ports/bus.ts';
import { createMachines } from '../../lambdas/runtime/ports/machines.ts';
import { createNotifier } from '../../lambdas/runtime/ports/notifier.ts';
import { createPeerStores } from '../../lambdas/runtime/ports/peer-stores.ts';
import { createReleases } from '../../lambdas/runtime/ports/releases.ts';
import { createTraffic } from '../../lambdas/runtime/ports/traffic.ts';
import { createWeights } from '../../lambdas/runtime/ports/weights.ts';
import { StreamTrace } from '../../lambdas/runtime/stream-trace.ts';
import { systemClock, systemIds, systemRandom } from '../../lambdas/runtime/system.ts';
import { namesOf } from '../../lib/names.ts';

export interface OperatorContext {
  ctx: StageContext;
  /** The caller's ARN: who gave the order, as AWS knows it. */
  caller: string;
  flush(): Promise<void>;
}

/** The ports that an operator's orders need in one region, with the caller's own credentials: nothing is allowed that IAM does not allow. */
export async function operatorContext(config: Config, region: string): Promise<OperatorContext> {
  const names = namesOf(config);
  const clock = systemClock;
  const identity = await new STSClient(clientConfig(region)).send(new GetCallerIdentityCommand({}));
  const [, partition = 'aws'] = identity.Arn?.split(':') ?? [];
  const arn = (service: string, where: string, resource: string) =>
    `arn:${partition}:${service}:${where}:${config.regions.find(({ name }) => name === where)?.account ?? identity.Account}:${resource}`;
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
    machines: createMachines(base, { MACHINE_ARN_PREFIX: arn('states', region, `stateMachine:${names.base}-`) }, ['failback', 'rollout']),
    traffic: createTraffic(base, bus, { weights: createWeights(base) }),
    prober: none('prober'),
    metricSink: none('metricSink'),
    metricSource: none('metricSource'),
    capacity: none('capacity'),
    releases: createReleases(base),
    data: none('data'),
    scripts: none('scripts'),
    flags: none('flags'),
    secrets: none('secrets'),
  };
  return { ctx: { config, region, ports }, caller: identity.Arn ?? 'unknown', flush: () => trace.flush() };
}
