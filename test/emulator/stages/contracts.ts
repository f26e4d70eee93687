import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SSMClient } from '@aws-sdk/client-ssm';
import { isAccepted } from '../../../adapters/aws/approval-item.ts';
import { AwsApprover } from '../../../adapters/aws/approver.ts';
import { FenceGuard } from '../../../adapters/aws/fence-guard.ts';
import { AwsFlagControl } from '../../../adapters/aws/flag-control.ts';
import { AwsMetricSink } from '../../../adapters/aws/metric-sink.ts';
import { AwsMetricSource } from '../../../adapters/aws/metric-source.ts';
import { approverContract } from '../../adapters/contract/approver.ts';
import { busContract } from '../../adapters/contract/bus.ts';
import { capacityContract } from '../../adapters/contract/capacity-control.ts';
import type { ContractCase } from '../../adapters/contract/contract-case.ts';
import { courierContract } from '../../adapters/contract/courier.ts';
import { dataContract } from '../../adapters/contract/data-control.ts';
import { flagContract } from '../../adapters/contract/flag-control.ts';
import { metricsContract } from '../../adapters/contract/metrics.ts';
import { notifierContract } from '../../adapters/contract/notifier.ts';
import { releaseContract, splitContract } from '../../adapters/contract/release-control.ts';
import { scriptContract } from '../../adapters/contract/script-runner.ts';
import { storeContract } from '../../adapters/contract/store.ts';
import { trafficContract } from '../../adapters/contract/traffic-control.ts';
import { addressRecord, startDnsServer } from '../../adapters/node/dns-server.ts';
import { emulatorClient } from '../client-settings.ts';
import type { Stage, StageContext } from '../context.ts';
import { capacityHarness } from '../harness/capacity.ts';
import { databaseHarness } from '../harness/databases.ts';
import { freshBuses, freshNotifier, freshReceiver } from '../harness/inboxes.ts';
import { releaseHarness } from '../harness/releases.ts';
import { scriptHarness } from '../harness/scripts.ts';
import { freshStore } from '../harness/tables.ts';
import { freshName, realTime, systemClock } from '../harness/time.ts';
import { addressOf, type NameServer, trafficHarness } from '../harness/traffic.ts';
import { progress } from '../progress.ts';

/** One port's suite, run on the AWS adapter. */
interface Suite {
  port: string;
  run(): Promise<{ passed: number; failures: string[] }>;
}

/** Measured: the slowest case takes 4 s, most of it the case's own waiting. */
const caseTimeoutMs = 30_000;

function suite<H>(port: string, cases: readonly ContractCase<H>[], makeHarness: () => Promise<H>): Suite {
  return {
    port,
    async run() {
      const failures: string[] = [];
      for (const { name, run } of cases) {
        try {
          await withTimeout(makeHarness().then(run));
        } catch (error) {
          failures.push(
            `${port}: ${name}\n      ${error instanceof Error ? error.message.split('\n').slice(0, 12).join('\n      ') : String(error)}`,
          );
        }
      }
      return { passed: cases.length - failures.length, failures };
    },
  };
}

async function withTimeout(run: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it took more than ${caseTimeoutMs} ms`)), caseTimeoutMs);
  });
  await Promise.race([run, late]).finally(() => clearTimeout(timer));
}

let accounts = 100_000_000_000;

function freshAccount(): string {
  accounts++;
  return String(accounts);
}

function suites(context: StageContext, dns: NameServer): Suite[] {
  const [region, peer] = context.regions;
  const settings = emulatorClient(context.proxy.endpoint, region);
  return [
    suite('Store', storeContract, async () => ({ ...realTime, store: await freshStore(context) })),
    suite('Store of a peer', storeContract, async () => ({ ...realTime, store: await freshStore(context, peer) })),
    suite('Bus', busContract, async () => ({ ...realTime, ...(await freshBuses(context)), region, peer })),
    suite('Notifier', notifierContract, async () => ({ ...realTime, ...(await freshNotifier(context)) })),
    suite('Courier to a topic', courierContract, async () => ({ ...realTime, ...(await freshReceiver(context)) })),
    suite('CapacityControl', capacityContract, () => capacityHarness(context)),
    suite('MetricSink and MetricSource', metricsContract, async () => {
      const client = new CloudWatchClient(settings);
      const namespace = `Evenkeel/${freshName('case')}`;
      const sink = new AwsMetricSink({ client, namespace, clock: systemClock, folded: [] });
      return { ...realTime, namespace, sink, source: new AwsMetricSource(client, systemClock) };
    }),
    suite('Approver', approverContract, async () => {
      const store = await freshStore(context);
      const told = await freshNotifier(context);
      const approver = new AwsApprover({ store, notifier: told.notifier, sfn: new SFNClient(settings), clock: systemClock });
      const accepted = async (token: string) => {
        const answer = await isAccepted(store, token, { deadlineAt: Date.now() + 5_000 });
        return answer.ok && answer.value;
      };
      return { ...realTime, ...told, approver, accepted };
    }),
    suite('TrafficControl with votes by metric', trafficContract, () => trafficHarness(context, dns, 'metric')),
    suite('TrafficControl with votes by object', trafficContract, () => trafficHarness(context, dns, 'object')),
    suite('ReleaseControl of ECS', releaseContract, () => releaseHarness(context, 'ecs')),
    suite('ReleaseControl of Lambda', [...releaseContract, ...splitContract], () => releaseHarness(context, 'lambda')),
    suite('DataControl', dataContract, () => databaseHarness(context)),
    suite('FlagControl', flagContract, async () => {
      const guard = new FenceGuard(await freshStore(context), systemClock);
      // Flags have no place of their own, as tables have: each case is an account of its own.
      const client = new SSMClient({ ...settings, credentials: { accessKeyId: freshAccount(), secretAccessKey: 'test' } });
      return { ...realTime, region, flags: new AwsFlagControl({ clients: { [region]: client }, guard, clock: systemClock }) };
    }),
    suite('ScriptRunner', scriptContract, () => scriptHarness(context)),
  ];
}

/** Every port's contract against the AWS adapters over the wire: the same cases that the memory adapters keep in `npm test`. */
export const contracts: Stage = {
  name: 'contracts',
  async run(context) {
    const lines: string[] = [];
    const failures: string[] = [];
    let total = 0;
    const dns = await startDnsServer((name) => ({ answers: [0, 1, 2].map((index) => addressRecord(name, addressOf(index))) }));
    for (const each of suites(context, dns)) {
      const result = await each.run();
      const cases = result.passed + result.failures.length;
      total += result.passed;
      failures.push(...result.failures);
      lines.push(`${each.port}: ${result.passed} of ${cases} cases on the AWS adapter`);
      progress(`contracts: ${each.port} ${result.passed}/${cases}`);
    }
    await dns.close();
    if (failures.length > 0) throw new Error(`${failures.length} contract cases failed\n  - ${failures.join('\n  - ')}`);
    return [...lines, `contract cases on the AWS adapters: ${total}`];
  },
};
