import { type ChildProcess, fork } from 'node:child_process';
import { get } from 'node:http';
import type { UnitMode } from './unit-process.ts';

export interface UnitParts {
  id: string;
  service: string;
  region: string;
  address: string;
  mode: UnitMode;
  /** Asked for to see whether the unit is well. */
  healthPath: string;
  /** The process ended, whoever ended it. */
  onExit: () => void;
}

const stopMs = 2_000;
/** Memory of a task: a Node process that does little takes a third of it. */
const memoryBytes = 192 * 1024 * 1024;

/** A unit as the platform sees it: a process, the port it listens on, its mode. */
export class UnitProcess {
  readonly id: string;
  readonly address: string;
  readonly #child: ChildProcess;
  readonly #healthPath: string;
  #mode: UnitMode;
  #port: number | null = null;
  #memoryShare: number | null = null;
  readonly exited: Promise<void>;

  constructor({ id, service, region, address, mode, healthPath, onExit }: UnitParts) {
    this.id = id;
    this.address = address;
    this.#healthPath = healthPath;
    this.#mode = mode;
    this.#child = fork(
      new URL('./unit-process.ts', import.meta.url),
      [service, region, id, address, mode, healthPath, String(memoryBytes)],
      {
        execArgv: [],
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      },
    );
    this.#child.on('message', (message) => {
      if (typeof message === 'object' && message !== null && 'port' in message) this.#port = Number(message.port);
      if (typeof message === 'object' && message !== null && 'memoryShare' in message) this.#memoryShare = Number(message.memoryShare);
    });
    this.exited = new Promise((resolve) => {
      const ended = () => {
        this.#port = null;
        onExit();
        resolve();
      };
      this.#child.once('exit', ended);
      this.#child.once('error', ended);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** null until it listens. */
  get port(): number | null {
    return this.#port;
  }

  /** Share of the task's memory that the process has, 0..1, as it said last; null until it does. */
  get memoryShare(): number | null {
    return this.#memoryShare;
  }

  setMode(mode: UnitMode): void {
    if (mode === this.#mode || !this.#child.connected) return;
    this.#mode = mode;
    this.#child.send(mode);
  }

  /** One health check, as a load balancer makes it. */
  isWell(timeoutMs: number): Promise<boolean> {
    const port = this.#port;
    if (port === null) return Promise.resolve(false);
    return new Promise((resolve) => {
      const request = get({ host: this.address, port, path: this.#healthPath, agent: false, timeout: timeoutMs }, (response) => {
        response.resume();
        resolve((response.statusCode ?? 500) < 400);
      });
      request.on('timeout', () => request.destroy());
      request.on('error', () => resolve(false));
      request.on('close', () => resolve(false));
    });
  }

  /** Asks it to end, and makes it end when it does not. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const insist = setTimeout(() => this.kill(), stopMs);
    await this.exited;
    clearTimeout(insist);
  }

  /** Ends it without asking, as a fault does. It answers nothing from now on. */
  kill(): void {
    this.#port = null;
    this.#child.kill('SIGKILL');
  }
}
