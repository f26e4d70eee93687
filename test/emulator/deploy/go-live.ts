import assert from 'node:assert/strict';
import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import * as z from 'zod';
import { HealthShard, stateOf } from '../../../core/knowledge/health.ts';
import { emulatorClient } from '../client-settings.ts';
import type { StageContext } from '../context.ts';
import { progress } from '../progress.ts';
import { assertLive } from './inventory.ts';
import type { Shop } from './shop.ts';
import { services } from './small-shop-config.ts';

/** Measured: 40 s until the first region's stack stands, synth and bootstrap included. */
const untilKilledMs = 150_000;
/** Measured: 130 s for all that is left. */
const goesOnMs = 300_000;

const voteSecret = 'a-secret-of-the-emulator-suite-and-nothing-else';
export const deployArgs = ['deploy', '--context', `evenkeel:voteSecret=${voteSecret}`];

/**
 * `evenkeel deploy`, killed in the middle and started again: bootstrap, regions one after the other, heartbeats, checks, attach.
 * Nobody else invokes anything: that a region watches is the work of its schedules, queues and functions.
 */
export async function goLive(shop: Shop): Promise<string[]> {
  const { cli, context, zone } = shop;
  const [home, away] = context.regions;
  progress('evenkeel deploy, to be killed while it waits for the first region');
  const killed = await cli.run(deployArgs, untilKilledMs, `${home} has no fresh observation`);
  assert.equal(killed.code, null, `evenkeel deploy ended by itself with ${killed.code}:\n${killed.stderr.slice(-3_000)}`);
  assert.ok(!killed.stderr.includes(`deploy ${away}`), 'the second region was touched before the first one watched');
  progress('killed; evenkeel deploy again');
  const goneOn = await cli.run(deployArgs, goesOnMs);
  assert.equal(goneOn.code, 0, `evenkeel deploy:\n${goneOn.stderr.slice(-3_000)}`);
  const steps = [...goneOn.stderr.matchAll(/^ +\d+:\d\d {2}(.*)$/gm)].map(([, step = '']) => step);
  assert.ok(!steps.some((step) => step.startsWith('bootstrap') || step === `deploy ${home}`), `nothing is done twice: ${steps.join('; ')}`);
  assert.deepEqual(
    steps.filter((step) => !step.startsWith('wait')),
    [`deploy the table of ${away}`, `deploy ${away}`, 'deploy the health checks', 'attach the records of checkout to their checks'],
  );
  assert.match(goneOn.stderr, /the records of search are somebody else's/);
  const attached = await zone.sets('checkout');
  assert.equal(new Set(attached.map(({ HealthCheckId }) => HealthCheckId ?? 'none')).size, 2, 'each set hangs on a check of its own');
  const elsewhere = await zone.sets('search');
  assert.deepEqual([...new Set(elsewhere.map(({ HealthCheckId }) => HealthCheckId))], [undefined], "somebody else's records");
  return [
    await everythingIsLive(context),
    `evenkeel deploy went on where it was killed: ${steps.filter((step) => !step.startsWith('wait')).join(' → ')}`,
    await probesArrived(shop),
  ];
}

const Template = z.object({ Resources: z.record(z.string(), z.object({ Type: z.string() })) });

async function everythingIsLive(context: StageContext): Promise<string> {
  const { regions, emulator } = context;
  const stacks = [
    ...regions.flatMap((region) => [
      { region, stack: `evenkeel-small-data-${region}` },
      { region, stack: `evenkeel-small-${region}` },
    ]),
    { region: regions[0], stack: 'evenkeel-small-checks' },
  ];
  let resources = 0;
  let functions = 0;
  for (const { region, stack } of stacks) {
    const client = new CloudFormationClient(emulatorClient(emulator.endpoint, region));
    const { TemplateBody } = await client.send(new GetTemplateCommand({ StackName: stack, TemplateStage: 'Original' }));
    const types = Object.values(Template.parse(JSON.parse(TemplateBody ?? '')).Resources).map(({ Type }) => Type);
    functions += await assertLive(context, region, stack, types);
    resources += types.length;
  }
  return `${resources} resources and ${functions} functions in ${stacks.length} stacks of two regions are live`;
}

async function probesArrived({ context, tables, server }: Shop): Promise<string> {
  const asked: string[] = [];
  for (const service of services) {
    for (const region of context.regions) {
      for (const vantage of context.regions) {
        const shard = await tables.read(vantage, 'health#states#services-1', HealthShard);
        const state = stateOf(shard?.states ?? [], service, region);
        assert.equal(state?.health.status, 'healthy', `${vantage} on ${service} in ${region}: ${state?.health.reason}`);
      }
      const times = server(service, region).asked;
      assert.ok(times >= 2, `the server of ${service} in ${region} was asked ${times} times by two vantages`);
      asked.push(`${service}/${region} ${times}`);
    }
  }
  return `the schedules fire the probes, each region finds all healthy; requests that the servers saw: ${asked.join(', ')}`;
}
