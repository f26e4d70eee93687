import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FunctionName } from '../../core/model/index.ts';

const here = dirname(fileURLToPath(import.meta.url));
/** The folder that holds lambdas/ and state-machines/: two up from here, in the sources as in the package. */
export const packageRoot = join(here, '..', '..');

let folder: string | undefined;

/** The folder with `<function>/index.mjs`. The package ships it; in the sources it is built, once per state of the sources. */
export function bundlesFolder(): string {
  folder ??= shippedBundles() ?? builtBundles();
  return folder;
}

function shippedBundles(): string | undefined {
  const shipped = join(packageRoot, 'bundles');
  return existsSync(shipped) ? shipped : undefined;
}

function builtBundles(): string {
  const out = join(packageRoot, 'node_modules', '.cache', 'evenkeel', 'bundles', sourceHash());
  if (existsSync(out)) return out;
  // Two processes may build at once: each builds aside, and the first to rename wins.
  const aside = `${out}.${process.pid}`;
  execFileSync(process.execPath, [join(here, 'build-cli.ts'), packageRoot, aside], { stdio: ['ignore', 'inherit', 'inherit'] });
  try {
    renameSync(aside, out);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    if (!existsSync(out)) throw error;
  }
  return out;
}

/** Of everything that a bundle is made of. */
function sourceHash(): string {
  const hash = createHash('sha256');
  const files = globSync(['core/**/*.ts', 'adapters/**/*.ts', 'lambdas/**/*.ts', 'lib/functions/*.ts', 'package-lock.json'], {
    cwd: packageRoot,
  }).sort();
  for (const file of files) hash.update(file).update(readFileSync(join(packageRoot, file)));
  return hash.digest('hex').slice(0, 16);
}

/**
 * A folder with the function's bundle and the configuration beside it, named by both contents: a new configuration is a new asset,
 * and so a new version of the function.
 */
export function functionAsset(name: FunctionName, config: unknown): string {
  const bundle = join(bundlesFolder(), name);
  const text = JSON.stringify(config);
  const key = createHash('sha256').update(bundle).update(text).digest('hex').slice(0, 16);
  const asset = join(cacheFolder(), 'assets', `${name}-${key}`);
  if (existsSync(asset)) return asset;
  const aside = `${asset}.${process.pid}`;
  mkdirSync(dirname(asset), { recursive: true });
  cpSync(bundle, aside, { recursive: true });
  writeFileSync(join(aside, 'config.json'), text);
  try {
    renameSync(aside, asset);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    if (!existsSync(asset)) throw error;
  }
  return asset;
}

/** Beside whoever synthesises: a package under node_modules may not be written to. */
function cacheFolder(): string {
  return join(process.cwd(), 'node_modules', '.cache', 'evenkeel');
}
