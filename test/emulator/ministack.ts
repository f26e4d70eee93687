import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Measured: 1 s on two cores. */
const startTimeoutMs = 30_000;
const stopTimeoutMs = 10_000;

export interface Emulator {
  endpoint: string;
  /** Its folder of state and its log; gone after `stop`. */
  folder: string;
  log(): string;
  stop(): Promise<void>;
}

/**
 * Starts MiniStack on a port of 127.0.0.1 with all its state in a folder of its own.
 * Its Lambdas run on the first `node` of PATH, so ours comes first: a Lambda runs on the version that runs this suite.
 * @param functionsSee variables that every Lambda gets besides its own
 */
export async function startMiniStack(bin: string, port: number, functionsSee: Record<string, string>): Promise<Emulator> {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-emulator-'));
  const endpoint = `http://127.0.0.1:${port}`;
  const logFile = join(folder, 'ministack.log');
  const log = openSync(logFile, 'w');
  const child = spawn(join(bin, 'python'), [join(import.meta.dirname, 'launch_ministack.py')], {
    stdio: ['ignore', log, log],
    // A process group of its own, so that its workers can be ended with it.
    detached: true,
    env: {
      ...functionsSee,
      PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
      HOME: folder,
      TMPDIR: folder,
      // It listens on every interface by default.
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      S3_DATA_DIR: join(folder, 's3'),
      STATE_DIR: join(folder, 'state'),
      LOG_LEVEL: 'WARNING',
    },
  });
  const emulator: Emulator = {
    endpoint,
    folder,
    log: () => readFileSync(logFile, 'utf8'),
    async stop() {
      await end(child);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    await answering(`${endpoint}/_ministack/health`, child);
  } catch (error) {
    const tail = emulator.log().slice(-2_000);
    await emulator.stop();
    throw new Error(`MiniStack did not come up on ${endpoint}; its last words: ${tail}`, { cause: error });
  }
  return emulator;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no free port'))));
    });
  });
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
    if (response?.ok) return;
    await sleep(100);
  }
  throw new Error(`no answer within ${startTimeoutMs} ms`);
}

/** Ends this very process and waits for it, then whatever of its Lambda workers is still at an invocation. */
async function end(child: ChildProcess): Promise<void> {
  await endProcess(child);
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // Nobody is left in the group.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const stopped = await Promise.race([ended.then(() => true), sleep(stopTimeoutMs, false, { ref: false })]);
  if (stopped) return;
  child.kill('SIGKILL');
  await ended;
}
