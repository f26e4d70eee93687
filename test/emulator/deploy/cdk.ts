import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { StageContext } from '../context.ts';

const Template = z.object({ Resources: z.record(z.string(), z.object({ Type: z.string() })) });

/** Types of the resources of each stack of an assembly, by stack name. */
export function typesOfStacks(assembly: string): Map<string, string[]> {
  const suffix = '.template.json';
  return new Map(
    readdirSync(assembly)
      .filter((file) => file.endsWith(suffix))
      .map((file) => {
        const { Resources } = Template.parse(JSON.parse(readFileSync(join(assembly, file), 'utf8')));
        return [file.slice(0, -suffix.length), Object.values(Resources).map(({ Type }) => Type)];
      }),
  );
}

/** Runs the CDK CLI from the project's root against the emulator and nothing else; throws with its last words when it fails. */
export function cdk({ projectRoot, environment }: StageContext, args: readonly string[], timeoutMs: number): Promise<void> {
  const child = spawn('nice', [join(projectRoot, 'node_modules', '.bin', 'cdk'), ...args], {
    cwd: projectRoot,
    env: { ...environment, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said = (said + chunk).slice(-4_000)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`cdk ${args[0]} ended with ${code ?? signal} (limit ${timeoutMs} ms):\n${said}`)),
    );
  });
}
