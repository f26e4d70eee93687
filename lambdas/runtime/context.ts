import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientConfig } from '../../adapters/aws/client-config.ts';
import { AwsStore } from '../../adapters/aws/store.ts';
import type { Config } from '../../core/config/schema.ts';
import { freshMemory, type StageContext } from '../../core/config/stage-context.ts';
import type { FunctionName } from '../../core/model/index.ts';
import type { Clock, Ids, Ports, Random, Store } from '../../core/ports/index.ts';
import { readConfig } from './config.ts';
import { denied } from './denied.ts';
import { createLogger, type Log } from './logger.ts';
import { StreamTrace } from './stream-trace.ts';
import { systemClock, systemIds, systemRandom } from './system.ts';

/** What every port of a function is built from; made once at module scope. */
export interface Base {
  functionName: FunctionName;
  region: string;
  config: Config;
  clock: Clock;
  ids: Ids;
  random: Random;
  store: Store;
  dynamodb: DynamoDBClient;
}

export interface FunctionContext extends StageContext {
  logger: Log;
  /** Waits for what the trace and the log still have to write. */
  flush(): Promise<void>;
}

/** The context of one function: the ports that `own` builds, every other one refusing. */
export function createContext(
  functionName: FunctionName,
  env: { AWS_REGION: string; TABLE_NAME: string },
  own: (base: Base) => Partial<Ports>,
): FunctionContext {
  const region = env.AWS_REGION;
  const logger = createLogger(functionName, region);
  const system = { clock: systemClock, ids: systemIds, random: systemRandom };
  const dynamodb = new DynamoDBClient(clientConfig(region));
  const store = new AwsStore({ client: dynamodb, tableName: env.TABLE_NAME, ...system });
  const trace = new StreamTrace({ region, store, ...system, log: (message, details) => logger.info(message, details) });
  const base: Base = { functionName, region, config: readConfig(), ...system, store, dynamodb };
  const ports: Ports = { ...refusing(functionName), ...own(base), ...system, store, trace };
  const flush = () => trace.flush().then(() => logger.flush());
  return { config: base.config, region, ports, memory: freshMemory(), logger, flush };
}

function refusing(functionName: FunctionName): Omit<Ports, 'clock' | 'ids' | 'random' | 'store' | 'trace'> {
  const none = <P extends object>(port: string) => denied<P>(functionName, port);
  return {
    prober: none('prober'),
    metricSink: none('metricSink'),
    metricSource: none('metricSource'),
    traffic: none('traffic'),
    capacity: none('capacity'),
    releases: none('releases'),
    data: none('data'),
    scripts: none('scripts'),
    peerStores: {},
    bus: none('bus'),
    notifier: none('notifier'),
    courier: none('courier'),
    approver: none('approver'),
    machines: none('machines'),
    flags: none('flags'),
    secrets: none('secrets'),
  };
}
