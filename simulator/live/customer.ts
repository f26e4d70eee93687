import { type ChildProcess, fork } from 'node:child_process';
import * as z from 'zod';

const Report = z.object({
  at: z.number(),
  ok: z.boolean(),
  said: z.string(),
  longest: z.object({ fromMs: z.number(), toMs: z.number() }),
});
export type CustomerReport = z.infer<typeof Report>;

/** The independent client's process, and what it last said. */
export class Customer {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #last: CustomerReport | null = null;

  constructor(parts: { servers: readonly string[]; name: string; port: number; speed: number }) {
    const { servers, name, port, speed } = parts;
    this.#child = fork(new URL('./client-process.ts', import.meta.url), [servers.join(','), name, String(port), String(speed)], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message) => {
      const report = Report.safeParse(message);
      if (report.success) this.#last = report.data;
    });
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', () => resolve());
    });
  }

  get last(): CustomerReport | null {
    return this.#last;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#exited;
  }
}
