import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { progress } from './progress.ts';
import { emulatorEnvironment, NotHere } from './python.ts';
import { stages, tracks } from './stages/index.ts';
import { startWorld, type World } from './world.ts';

/** What `run.ts` answers when the machine has no Python or no PyPI: sysexits has no word for it, autotools' is 77. */
const skippedExitCode = 77;

const projectRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** `run.ts [STAGE…]`: all stages, or those that are named. The tracks run beside each other, each in a world of its own. */
async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !stages.some((stage) => stage.name === name));
  if (unknown.length > 0) throw new Error(`no stage ${unknown.join(', ')}; there are ${stages.map((stage) => stage.name).join(', ')}`);
  const bin = await emulatorEnvironment(projectRoot);
  const worlds = new Set<World>();
  const stopAll = () => Promise.all([...worlds].map((world) => world.stop()));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stopAll().finally(() => process.exit(130)));
  const asked = tracks.map((track) => track.filter((stage) => names.length === 0 || names.includes(stage.name)));
  try {
    await Promise.all(asked.filter((track) => track.length > 0).map((track) => runTrack(track, bin, worlds)));
  } finally {
    await stopAll();
    progress('ended everything that was started');
  }
}

async function runTrack(track: (typeof tracks)[number], bin: string, worlds: Set<World>): Promise<void> {
  const world = await startWorld(projectRoot, bin);
  worlds.add(world);
  const { emulator, proxy } = world.context;
  progress(`${track.map(({ name }) => name).join(', ')}: MiniStack on ${emulator.endpoint}, faults on ${proxy.endpoint}`);
  for (const stage of track) {
    const startedAt = Date.now();
    progress(`stage ${stage.name}`);
    const lines = await stage.run(world.context);
    process.stdout.write(
      `${stage.name} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)\n${lines.map((line) => `  ${line}\n`).join('')}`,
    );
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(
    `${error instanceof NotHere ? `skipped: ${error.message}` : error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = error instanceof NotHere ? skippedExitCode : 1;
}
