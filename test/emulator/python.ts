import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { progress } from './progress.ts';

const run = promisify(execFile);

/** Pinned like every other version: the findings in README.md are about this one. */
const packages = ['ministack==1.5.33', 'cbor2==6.3.0'];
/** Measured: 2 s for the environment, 4 s for the packages from a near mirror, 25 s from a far one. */
const venvTimeoutMs = 60_000;
const installTimeoutMs = 180_000;

/** This machine cannot run the suite, which is no verdict on evenkeel: `run.ts` says so and exits with a code of its own. */
export class NotHere extends Error {
  override readonly name = 'NotHere';
}

/** The project's own virtual environment with the emulator in it; made once, checked each time. Answers its folder of programs. */
export async function emulatorEnvironment(projectRoot: string): Promise<string> {
  const venv = join(projectRoot, '.venv');
  const bin = join(venv, 'bin');
  if (!existsSync(join(bin, 'python'))) {
    progress('making a Python environment in .venv');
    await orNotHere('Python 3 with venv is missing', run('python3', ['-m', 'venv', venv], { timeout: venvTimeoutMs }));
  }
  if (await isInstalled(bin)) return bin;
  progress(`installing ${packages.join(', ')}`);
  const install = run(join(bin, 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages], {
    timeout: installTimeoutMs,
  });
  await orNotHere('PyPI cannot be reached or does not carry the emulator', install);
  return bin;
}

async function isInstalled(bin: string): Promise<boolean> {
  const check = `import importlib.metadata as m; assert all(m.version(p) == v for p, v in [x.split('==') for x in ${JSON.stringify(packages)}])`;
  return run(join(bin, 'python'), ['-c', check]).then(
    () => true,
    () => false,
  );
}

async function orNotHere(what: string, action: Promise<unknown>): Promise<void> {
  try {
    await action;
  } catch (error) {
    throw new NotHere(`${what}: ${error instanceof Error ? error.message.split('\n').slice(0, 3).join(' ') : String(error)}`, {
      cause: error,
    });
  }
}
