import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { loadConfig } from '../bin/load-config.ts';
import { type FunctionName, functionNames } from '../core/model/index.ts';
import { bundlesFolder, functionAsset } from '../lib/functions/bundles.ts';
import { environmentsOf } from '../lib/functions/environments.ts';

export interface BundleFigures {
  function: FunctionName;
  /** What a cold start loads: the entry and what it imports at once. */
  bytes: number;
  gzipBytes: number;
  /** What is loaded when a port is first used. */
  onDemandBytes: number;
  /** Milliseconds that `await import()` of the bundle takes in a fresh process; the best of several. */
  importMs: number;
  /** The same, measured from outside against a process that imports nothing. */
  overBareNodeMs: number;
}

const rounds = 7;

/** Sizes of the functions' bundles, and how long a fresh process takes to import each. */
export async function run(): Promise<BundleFigures[]> {
  const config = await loadConfig();
  const region = config.regions[0]?.name ?? 'us-east-1';
  const environments = environmentsOf(config, region, null);
  return functionNames.map((name) => {
    process.stderr.write(`importing ${name}\n`);
    const entry = join(functionAsset(name, config), 'index.mjs');
    const environment = { ...environments[name], AWS_REGION: region };
    const url = JSON.stringify(pathToFileURL(entry).href);
    const importMs = best(() =>
      insideMs(`const t=performance.now();await import(${url});console.log('importMs='+(performance.now()-t))`, environment),
    );
    // In turn, so that a machine that grows busy meanwhile is as slow for both.
    const walls = Array.from({ length: rounds }, () => ({ bare: wallMs('', {}), whole: wallMs(`await import(${url})`, environment) }));
    const overBareNodeMs = Math.min(...walls.map(({ whole }) => whole)) - Math.min(...walls.map(({ bare }) => bare));
    return { function: name, ...sizesOf(name), importMs: tenth(importMs), overBareNodeMs: tenth(overBareNodeMs) };
  });
}

/** Sizes of one function's bundle, in bytes. */
export function sizesOf(name: FunctionName): Pick<BundleFigures, 'bytes' | 'gzipBytes' | 'onDemandBytes'> {
  const folder = join(bundlesFolder(), name);
  const atStart = loadedAtStart(folder);
  const all = globSync('**/*.mjs', { cwd: folder });
  const total = all.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  const bytes = atStart.reduce((sum, text) => sum + text.length, 0);
  return { bytes, gzipBytes: gzipSync(Buffer.concat(atStart)).length, onDemandBytes: total - bytes };
}

/** The entry and, transitively, what it imports statically. */
function loadedAtStart(folder: string): Buffer[] {
  const seen = new Map<string, Buffer>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    const content = readFileSync(join(folder, file));
    seen.set(file, content);
    // esbuild writes `import{…}from"./chunks/x.mjs"` and `import"./chunks/x.mjs"`; on demand it is `import("…")`.
    for (const [, path = ''] of content.toString().matchAll(/(?:from|import)"(\.[^"]+\.mjs)"/g)) visit(join(file, '..', path));
  };
  visit('index.mjs');
  return [...seen.values()];
}

function node(code: string, environment: Record<string, string>) {
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    env: { PATH: process.env.PATH, ...environment },
    encoding: 'utf8',
  });
  if (child.status !== 0) throw new Error(`the bundle cannot be imported: ${child.stderr}`);
  return child.stdout;
}

function insideMs(code: string, environment: Record<string, string>): number {
  return Number(/importMs=([\d.]+)/.exec(node(code, environment))?.[1]);
}

function wallMs(code: string, environment: Record<string, string>): number {
  const start = performance.now();
  node(code, environment);
  return performance.now() - start;
}

/** The least of several is what the code needs; the rest is what else the machine did. */
function best(measure: () => number): number {
  return Math.min(...Array.from({ length: rounds }, measure));
}

function tenth(ms: number): number {
  return Math.round(ms * 10) / 10;
}
