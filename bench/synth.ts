import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SynthFigures {
  seconds: number;
  stacks: number;
  resources: number;
}

/** How long `cdk synth` of the configuration takes, without a network, security lint included. */
export async function run(): Promise<SynthFigures> {
  const output = mkdtempSync(join(tmpdir(), 'evenkeel-synth-'));
  const cdk = join(import.meta.dirname, '..', 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const start = performance.now();
  const child = spawnSync(process.execPath, [cdk, 'synth', '--quiet', '--output', output], {
    encoding: 'utf8',
    cwd: join(import.meta.dirname, '..'),
  });
  const seconds = (performance.now() - start) / 1000;
  if (child.status !== 0) throw new Error(`cdk synth failed:\n${child.stdout}\n${child.stderr}`);
  const templates = readdirSync(output).filter((file) => file.endsWith('.template.json'));
  const resources = templates.reduce(
    (sum, file) => sum + Object.keys(JSON.parse(readFileSync(join(output, file), 'utf8')).Resources).length,
    0,
  );
  rmSync(output, { recursive: true });
  return { seconds: Math.round(seconds * 10) / 10, stacks: templates.length, resources };
}
