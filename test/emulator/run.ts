import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StageContext } from './context.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { systemClock } from './harness/time.ts';
import { type Emulator, startMiniStack } from './ministack.ts';
import { progress } from './progress.ts';
import { emulatorEnvironment, NotHere } from './python.ts';
import { stages } from './stages/index.ts';
import { addStandIns } from './stand-ins.ts';

/** What `run.ts` answers when the machine has no Python or no PyPI: sysexits has no word for it, autotools' is 77. */
const skippedExitCode = 77;

const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** `run.ts [STAGE…]`: all stages in order, or those that are named. */
async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !stages.some((stage) => stage.name === name));
  if (unknown.length > 0) throw new Error(`no stage ${unknown.join(', ')}; there are ${stages.map((stage) => stage.name).join(', ')}`);
  const emulator = await startMiniStack(await emulatorEnvironment(projectRoot));
  const proxy = await startFaultProxy(emulator.endpoint);
  progress(`MiniStack on ${emulator.endpoint}, faults on ${proxy.endpoint}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void emulator.stop().finally(() => process.exit(130)));
  try {
    const context: StageContext = {
      projectRoot,
      emulator,
      proxy,
      standIns: addStandIns(proxy),
      regions: ['us-east-1', 'eu-west-1'],
      account: '000000000000',
      clock: systemClock,
      environment: environmentOf(emulator),
    };
    for (const stage of stages) if (names.length === 0 || names.includes(stage.name)) await runStage(stage, context);
  } finally {
    await proxy.stop();
    await emulator.stop();
    progress('ended everything that was started');
  }
}

async function runStage(stage: (typeof stages)[number], context: StageContext): Promise<void> {
  const startedAt = Date.now();
  progress(`stage ${stage.name}`);
  const lines = await stage.run(context);
  process.stdout.write(`${stage.name} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)\n${lines.map((line) => `  ${line}\n`).join('')}`);
}

/** A child process gets these and nothing of ours: no profile, no real credentials. */
function environmentOf(emulator: Emulator): Record<string, string> {
  return {
    PATH: [dirname(process.execPath), join(projectRoot, 'node_modules', '.bin'), process.env.PATH ?? ''].join(':'),
    HOME: emulator.folder,
    TMPDIR: emulator.folder,
    AWS_ENDPOINT_URL: emulator.endpoint,
    AWS_ACCESS_KEY_ID: '000000000000',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(
    `${error instanceof NotHere ? `skipped: ${error.message}` : error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = error instanceof NotHere ? skippedExitCode : 1;
}
