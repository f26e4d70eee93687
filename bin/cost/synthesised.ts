import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { glob, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { UsageError } from '../report-failure.ts';
import { Template } from './template-counts.ts';

const run = promisify(execFile);
const app = fileURLToPath(new URL('../app.ts', import.meta.url));
const synthMs = 120_000;

/** The templates of a cloud assembly, nested stages included. Throws UsageError on a folder without any. */
export async function readAssembly(folder: string): Promise<Template[]> {
  if (!existsSync(folder)) throw new UsageError(`there is no folder ${folder}; npx cdk synth writes one`);
  const templates: Template[] = [];
  for await (const file of glob('**/*.template.json', { cwd: folder }))
    templates.push(Template.parse(JSON.parse(await readFile(join(folder, file), 'utf8'))));
  if (templates.length === 0) throw new UsageError(`${folder} holds no template; npx cdk synth writes them`);
  return templates;
}

/** Synthesises the application for a configuration into a folder of its own, offline; answers its templates. */
export async function synthesise(configFile: string): Promise<Template[]> {
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-cost-'));
  try {
    const env = { ...process.env, CDK_OUTDIR: folder, EVENKEEL_CONFIG: resolve(configFile) };
    await run(process.execPath, [app], { env, timeout: synthMs, maxBuffer: 64 * 1024 * 1024 });
    return await readAssembly(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
