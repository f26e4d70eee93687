import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Incident, ServiceState } from '../../../core/model/index.ts';
import type { Stage, StageContext } from '../context.ts';
import { cdk, redirect, typesOfStacks } from '../deploy/cdk.ts';
import { CheckoutService } from '../deploy/checkout-service.ts';
import { eventually } from '../deploy/eventually.ts';
import { failoverActs } from '../deploy/heal.ts';
import { interpretMachines } from '../deploy/interpreted-machines.ts';
import { assertLive } from '../deploy/inventory.ts';
import { LoopbackServer } from '../deploy/servers.ts';
import { smallShopConfig } from '../deploy/small-shop-config.ts';
import { DeployedTables } from '../deploy/tables.ts';
import { progress } from '../progress.ts';

/** The only types of the application that the emulator lacks. The stack that holds them holds nothing else, and is left out as a whole. */
const leftOutTypes = ['AWS::Route53::HealthCheck'];
const leftOutStack = 'evenkeel-small-checks';

/** Measured: synth 7 s (with bundles to build, on a loaded machine, 31 s), bootstrap and deploy 9 s together. */
const synthTimeoutMs = 90_000;
const bootstrapTimeoutMs = 30_000;
const deployTimeoutMs = 60_000;
/** Measured: the rules fire 60 s after they are made, and the first verdict is in the table 3 s later. */
const firstVerdictMs = 130_000;
/** Measured: 22 to 45 s — the next slot, two failures five seconds apart, and the wait for who is first to act. */
const incidentMs = 100_000;

const incidentKey = 'incident#inc-checkout-us-east-1-1';

/**
 * The application itself: two regions deployed by the CDK CLI; its schedules fire its probes at real servers; one of these is killed,
 * the other region opens the incident, and the deployed failover machine, run by our interpreter, scales and has the vote cast.
 */
export const deploy: Stage = {
  name: 'deploy',
  async run(context) {
    const [home, away] = context.regions;
    const servers = { [home]: await LoopbackServer.start(), [away]: await LoopbackServer.start() };
    const reference = await LoopbackServer.start();
    let machines: Awaited<ReturnType<typeof interpretMachines>> | undefined;
    try {
      const checkout = await CheckoutService.create(context, away);
      const deployed = await deployTo(context, servers, reference);
      const probed = await probesArrive(context, servers);
      machines = await interpretMachines(context, away, ['evenkeel-small-respond', 'evenkeel-small-failover', 'evenkeel-small-undo']);
      const incident = await killedServerOpensIncident(context, servers[home]);
      const failover = await failoverActs(context, { engine: machines.engine, checkout });
      return [...deployed, probed, incident, failover];
    } finally {
      machines?.stop();
      await Promise.all([...Object.values(servers), reference].map((server) => server.kill()));
    }
  },
};

async function deployTo(context: StageContext, servers: Record<string, LoopbackServer>, reference: LoopbackServer): Promise<string[]> {
  const { regions, account, emulator } = context;
  const file = join(emulator.folder, 'small-shop.json');
  const assembly = join(emulator.folder, 'assembly');
  const urls = Object.fromEntries(Object.entries(servers).map(([region, { url }]) => [region, url]));
  writeFileSync(file, JSON.stringify(smallShopConfig(regions, urls, reference.url)));
  await cdk(context, ['synth', '--quiet', '--context', `config=${file}`, '--output', assembly], synthTimeoutMs);
  const stacks = typesOfStacks(assembly);
  const kept = regions.flatMap((region) => [`evenkeel-small-data-${region}`, `evenkeel-small-${region}`]);
  assert.deepEqual([...stacks.keys()].sort(), [...kept, leftOutStack].sort(), 'stacks of the application');
  assert.deepEqual([...new Set(stacks.get(leftOutStack))], leftOutTypes, 'what is left out');
  for (const region of regions) redirect(assembly, `evenkeel-small-${region}`, context.proxy.endpoint);
  progress('bootstrapping and deploying two regions');
  await cdk(context, ['bootstrap', '--app', assembly, ...regions.map((region) => `aws://${account}/${region}`)], bootstrapTimeoutMs);
  await cdk(context, ['deploy', '--app', assembly, '--require-approval', 'never', '--concurrency', '2', ...kept], deployTimeoutMs);
  let resources = 0;
  let functions = 0;
  for (const region of regions) {
    for (const stack of [`evenkeel-small-data-${region}`, `evenkeel-small-${region}`]) {
      const types = stacks.get(stack) ?? [];
      functions += await assertLive(context, region, stack, types);
      resources += types.length;
    }
  }
  return [
    `${resources} resources and ${functions} functions of two regions are live; left out: ${leftOutTypes.join(', ')} (${leftOutStack})`,
  ];
}

/** The schedule, the queues, the functions and the tables: nobody but the emulator invokes anything. */
async function probesArrive(context: StageContext, servers: Record<string, LoopbackServer>): Promise<string> {
  progress('waiting for the schedules to fire the probes');
  const tables = new DeployedTables(context);
  for (const vantage of context.regions) {
    for (const region of context.regions) {
      await eventually(context, `${vantage} finds checkout in ${region} healthy`, firstVerdictMs, async () => {
        const state = await tables.read(vantage, `health#checkout/${region}`, ServiceState);
        return state?.health.status === 'healthy' ? state : undefined;
      });
    }
  }
  const asked = Object.entries(servers).map(([region, server]) => {
    assert.ok(server.asked >= 2, `the server of ${region} was asked ${server.asked} times by two vantages`);
    return `${region} ${server.asked}`;
  });
  return `the schedules fire the probes, each region finds both healthy; requests that the servers saw: ${asked.join(', ')}`;
}

async function killedServerOpensIncident(context: StageContext, server: LoopbackServer | undefined): Promise<string> {
  const [home, away] = context.regions;
  const tables = new DeployedTables(context);
  assert.equal(await tables.read(away, incidentKey, Incident), undefined, 'an incident before anything failed');
  await server?.kill();
  const killedAt = context.clock.now();
  progress(`killed the server of ${home}`);
  const incident = await eventually(context, `an incident in the table of ${away}`, incidentMs, () =>
    tables.read(away, incidentKey, Incident),
  );
  const { alert, subject, group, region, severity } = incident;
  assert.deepEqual(
    { alert, subject, group, region, severity },
    { alert: 'region-impaired', subject: { service: 'checkout', region: home }, group: 'checkout', region: away, severity: 'critical' },
  );
  const seconds = Math.round((context.clock.now() - killedAt) / 1000);
  return `${seconds} s after the server of ${home} was killed, ${away} holds ${incident.id}: ${incident.reason}`;
}
