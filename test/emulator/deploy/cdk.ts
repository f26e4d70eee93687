import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
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

/**
 * Has the functions of a stack ask `endpoint` for what the emulator lacks or does not do as AWS does. Their code is what is tested,
 * so all that is added to the template is three variables that the SDK reads.
 */
export function redirect(assembly: string, stack: string, endpoint: string): void {
  const file = join(assembly, `${stack}.template.json`);
  const template = FunctionTemplate.parse(JSON.parse(readFileSync(file, 'utf8')));
  for (const { Type, Properties } of Object.values(template.Resources)) {
    if (Type !== 'AWS::Lambda::Function') continue;
    const Environment = z.looseObject({ Variables: z.record(z.string(), z.unknown()) }).parse(Properties?.Environment);
    for (const service of redirected) Environment.Variables[`AWS_ENDPOINT_URL_${service}`] = endpoint;
    if (Properties !== undefined) Properties.Environment = Environment;
  }
  writeFileSync(file, JSON.stringify(template));
}

const redirected = ['SFN', 'APPLICATION_AUTO_SCALING', 'SERVICE_QUOTAS'];
const FunctionTemplate = z.looseObject({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() })),
});

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
