import { readdir, readFile, writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { LiveReport } from '../../simulator/live/run-scenario.ts';
import type { LiveWorld } from '../../simulator/live/world.ts';
import { UsageError } from '../report-failure.ts';

interface LiveOptions {
  config?: string;
  scenario?: string;
  exitWhenSteady?: boolean;
  carrier: 'object' | 'metric';
  json?: string;
  port?: number;
  speed?: number;
}

export function live(program: Command): void {
  program
    .command('live')
    .description('three regions on this machine: real sockets, processes and DNS, one page in the browser; Ctrl-C ends everything')
    .option(
      '--scenario <name>',
      'inject the faults of a scenario once the world is steady: region-down, cold-standby, unit-down, crash-loop, memory',
    )
    .option('--exit-when-steady', 'end when the scenario has: exit 0 for its expected end, 1 otherwise')
    .addOption(new Option('--carrier <carrier>', 'how votes travel to Route 53').choices(['object', 'metric']).default('object'))
    .option('--json <file>', 'write the report with the timeline at the end')
    .option('--port <port>', 'the first of five ports: page, DNS, services, objects, references (default 7310)', portOf)
    .option('--speed <times>', 'run waits, deadlines and Route 53 this many times faster; figures are then no measurement', speedOf)
    .option('--config <file>', 'the configuration that the live world is made of (default ./evenkeel.config.ts)')
    .action(async (options: LiveOptions) => {
      process.exitCode = await runLive(options);
    });
}

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_531) throw new InvalidArgumentError('A port is a number from 1 to 65531.');
  return port;
}

function speedOf(text: string): number {
  const speed = Number(text);
  if (!(speed >= 1 && speed <= 20)) throw new InvalidArgumentError('A speed is a number from 1 to 20.');
  return speed;
}

async function runLive(options: LiveOptions): Promise<number> {
  const { liveScenarios } = await import('../../simulator/live/scenario.ts');
  const scenario = liveScenarios.find(({ name }) => name === options.scenario);
  if (options.scenario !== undefined && scenario === undefined)
    throw new UsageError(
      `there is no live scenario ${JSON.stringify(options.scenario)}; there are ${liveScenarios.map(({ name }) => name).join(', ')}`,
    );
  if (options.exitWhenSteady === true && scenario === undefined) throw new UsageError('--exit-when-steady needs a --scenario to end with');
  const end = new AbortController();
  const interrupt = () => end.abort();
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  const say = (text: string) => void process.stdout.write(text);
  const startedAt = Date.now();
  const speed = options.speed ?? scenario?.speed ?? 1;
  const { world, closePage } = await start(options, speed, startedAt, say);
  try {
    const { awaitSteady, reportOf, runScenario } = await import('../../simulator/live/run-scenario.ts');
    await awaitSteady(world, end.signal);
    if (!end.signal.aborted) say(`steady after ${((Date.now() - startedAt) / 1000).toFixed(1)} s: every region sees every region well\n`);
    const unmet = scenario === undefined || end.signal.aborted ? [] : await runScenario(world, scenario, end.signal);
    const interrupted = end.signal.aborted;
    if (!interrupted && (scenario === undefined || options.exitWhenSteady !== true)) {
      say('Ctrl-C ends it\n');
      await new Promise((resolve) => end.signal.addEventListener('abort', resolve, { once: true }));
    }
    const report = reportOf(
      world,
      scenario?.name ?? 'none',
      options.carrier,
      startedAt,
      interrupted && scenario !== undefined ? ['interrupted', ...unmet] : unmet,
    );
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
    if (scenario !== undefined) say(sentencesOf(report));
    return report.expectMet ? 0 : 1;
  } finally {
    closePage();
    await world.stop();
  }
}

async function start(options: LiveOptions, speed: number, startedAt: number, say: (text: string) => void) {
  const { loadConfig } = await import('../load-config.ts');
  const { LiveWorld: World } = await import('../../simulator/live/world.ts');
  const { LiveStartError } = await import('../../simulator/live/errors.ts');
  const { defaultPort } = await import('../../simulator/live/layout.ts');
  const { PageServer } = await import('../../simulator/live/page-server.ts');
  const { pageOf } = await import('../../simulator/live/page-source.ts');
  const { createTerminal } = await import('../../simulator/live/terminal.ts');
  const shipped = await loadConfig(options.config);
  const port = options.port ?? defaultPort;
  try {
    const world = await World.start({ shipped, machines: await machines(), carrier: options.carrier, port, speed });
    const colour = process.stdout.isTTY === true;
    const tell = createTerminal({ write: say, colour, columns: colour ? process.stdout.columns : Number.POSITIVE_INFINITY, startedAt });
    const page = new PageServer({ port, source: pageOf(world, startedAt) });
    await page.open().catch(async (error: unknown) => {
      await world.stop();
      throw error;
    });
    say(`${bannerOf(world, options.carrier)}  page       ${page.url}\n`);
    for (const entry of world.timeline.entries) tell(entry);
    world.timeline.listen(tell);
    return { world, closePage: () => page.close() };
  } catch (error) {
    if (error instanceof LiveStartError) throw new UsageError(error.message);
    throw error;
  }
}

async function machines() {
  const { readMachines } = await import('../../simulator/host/machine-files.ts');
  const folder = new URL('../../state-machines/', import.meta.url);
  const files = (await readdir(folder)).filter((file) => file.endsWith('.asl.json'));
  const texts = await Promise.all(
    files.map(async (file) => [file.slice(0, -'.asl.json'.length), await readFile(new URL(file, folder), 'utf8')]),
  );
  return readMachines(Object.fromEntries(texts));
}

function bannerOf(world: LiveWorld, carrier: string): string {
  const { config, layout, fleet, clock } = world;
  const group = config.trafficGroups[0];
  const regions = config.regions.map(({ name }) => name);
  return [
    `evenkeel live: ${regions.join(', ')} on loopback, ${fleet.pids().size} units as processes${clock.speed === 1 ? '' : `; time runs ${clock.speed} times faster`}`,
    `  DNS        ${layout.nameServers.map((address) => `${address}:${layout.ports.dns}`).join(', ')} (UDP and TCP)${world.ipv6 ? ', A and AAAA' : '; this machine has no IPv6: IPv4 only'}`,
    `  customers  http://${group?.records[0]?.name ?? '-'}:${layout.ports.services}/ (TTL ${group?.ttlSeconds ?? 0} s), votes by ${carrier}`,
    ...regions.map(
      (region) => `  ${region.padEnd(10)} ${config.services.map(({ name }) => `${name} ${layout.front(name, region)}`).join(', ')}`,
    ),
    '',
  ].join('\n');
}

/** The measured times, and what came of it. */
function sentencesOf(report: LiveReport): string {
  const seconds = (value: number | null) => (value === null ? 'no' : `${value.toFixed(1)} s after the fault`);
  const lasted = (value: number | null) =>
    value === null ? 'not over' : value === 0 ? 'no request failed' : `${value.toFixed(1)} s without a good answer`;
  const { served, client } = report.outageSeconds;
  const movedAway = report.actions.some(({ action, state }) => action === 'failover' && state === 'verified');
  return [
    '',
    `scenario   ${report.scenario}, votes by ${report.carrier}${report.speed === 1 ? '' : ` (time ran ${report.speed} times faster: no measurement)`}`,
    `detected   ${seconds(report.detectedAfterSeconds)}`,
    `proven     ${seconds(report.recoveredAfterSeconds)}${movedAway ? ', by probes of the region that took over' : ''}`,
    `outage     ${lasted(served)} as the load balancers saw it; ${lasted(client)} as an independent client measured it`,
    `resolved   ${seconds(report.endedAfterSeconds)}`,
    `processes  ${report.processes.ended} of the units ended, ${report.processes.started} others run`,
    ...report.actions.map((action) => `action     ${action.action} ${action.target}: ${action.state} (${action.reason})`),
    ...report.reversals.map(
      (reversal) => `reversal   ${reversal.step}: ${reversal.verdict === 'pass' ? 'undone and verified' : reversal.verdict}`,
    ),
    ...report.unmet.map((unmet) => `MISSING    ${unmet}`),
    report.expectMet ? 'the expected end' : 'NOT the expected end',
    '',
  ].join('\n');
}
