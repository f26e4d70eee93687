import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { StageContext } from '../context.ts';
import { progress } from '../progress.ts';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** `evenkeel …` as a person runs it, against the emulator and nothing else. */
export class EvenkeelCli {
  readonly #context: StageContext;
  readonly #configFile: string;
  readonly #running = new Set<ChildProcess>();

  constructor(context: StageContext, configFile: string) {
    this.#context = context;
    this.#configFile = configFile;
  }

  /**
   * @param timeoutMs after which it is ended
   * @param killAt kills it, and whatever it started, as soon as it says this on stderr
   */
  run(args: readonly string[], timeoutMs: number, killAt?: string): Promise<Ended> {
    const { projectRoot, environment } = this.#context;
    const child = spawn('nice', [process.execPath, join(projectRoot, 'bin', 'evenkeel.ts'), ...args, '--config', this.#configFile], {
      cwd: projectRoot,
      env: { ...environment, CI: 'true' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
    });
    this.#running.add(child);
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      said.stderr += chunk;
      for (const line of String(chunk).split('\n')) if (/^ +\d+:\d\d /.test(line)) progress(`  ${args[0]} ${line.trim()}`);
      if (killAt !== undefined && said.stderr.includes(killAt)) child.kill('SIGKILL');
    });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        this.#running.delete(child);
        resolve({ code, ...said });
      });
    });
  }

  stop(): void {
    for (const child of this.#running) child.kill('SIGKILL');
  }
}
