import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const cli = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin', 'cdk');

/**
 * The CDK's command line over an assembly that is already synthesised. Children run in a process group of their own, so that a Ctrl-C
 * lets the step end; `kill` ends the child, while CloudFormation goes on by itself and the next run finds the stack busy.
 */
export class CdkCli {
  readonly #assembly: string;
  #child: ChildProcess | undefined;

  constructor(assembly: string) {
    this.#assembly = assembly;
  }

  bootstrap(region: string, account: string): Promise<void> {
    return this.#run(['bootstrap', `aws://${account}/${region}`]);
  }

  /** The CDK splits the command at spaces, whatever quotes it has. @param env of the application: which configuration it reads */
  synth(app: string, context: readonly string[], env: Record<string, string>): Promise<void> {
    const pairs = context.flatMap((pair) => ['--context', pair]);
    return this.#call(['synth', '--quiet', '--output', this.#assembly, '--app', `${process.execPath} ${app}`, ...pairs], env);
  }

  deploy(stack: string): Promise<void> {
    return this.#run(['deploy', stack, '--exclusively', '--require-approval', 'never', '--progress', 'events']);
  }

  destroy(stack: string): Promise<void> {
    return this.#run(['destroy', stack, '--exclusively', '--force']);
  }

  kill(): void {
    const pid = this.#child?.pid;
    if (pid !== undefined) process.kill(-pid, 'SIGTERM');
  }

  #run(args: readonly string[]): Promise<void> {
    return this.#call([...args, '--app', this.#assembly], {});
  }

  #call(args: readonly string[], env: Record<string, string>): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [cli, ...args], { detached: true, stdio: ['ignore', 2, 2], env: { ...process.env, ...env } });
      this.#child = child;
      child.on('error', reject);
      child.on('close', (code, signal) => {
        this.#child = undefined;
        if (code === 0) resolve();
        else reject(new Error(`cdk ${args[0]} ended with ${signal ?? `code ${code}`}: its own words are above; run it again to go on`));
      });
    });
  }
}
