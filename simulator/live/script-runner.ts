import { fork } from 'node:child_process';
import { overdue } from '../../adapters/memory/deadline.ts';
import { refusedByFence, type SeenEpochs } from '../../adapters/memory/fence.ts';
import { type Fence, failed, ok, type Result, type Target, targetKey } from '../../core/model/index.ts';
import type { Call, Clock, Ids, ScriptRunner } from '../../core/ports/index.ts';

export interface ScriptRunnerParts {
  clock: Clock;
  ids: Ids;
  /** Where the units of a target listen. */
  unitsOf: (target: Target) => readonly { id: string; address: string; port: number }[];
  epochs: SeenEpochs;
}

interface ScriptRun {
  document: string;
  startedAt: number;
  ended: { at: number; exitStatus: number; said: string } | null;
}

const runsMax = 100;
const runMs = 60_000;
/** The one version that every document of the live world has. */
const version = '1';
const documentName = /^[\w./-]{1,128}$/;

/**
 * Documents as real processes: script-process.ts asks each unit of the target to run the document, as SSM would, and its exit status is
 * that of the run.
 */
export class LiveScriptRunner implements ScriptRunner {
  readonly #parts: ScriptRunnerParts;
  readonly #runs = new Map<string, ScriptRun>();

  constructor(parts: ScriptRunnerParts) {
    this.#parts = parts;
  }

  async run(
    target: Target,
    document: string,
    wanted: string,
    parameters: Record<string, string>,
    fence: Fence,
    call: Call,
  ): Promise<Result<{ runId: string }>> {
    const { clock, ids, unitsOf, epochs } = this.#parts;
    const late = overdue(clock, call);
    if (late) return late;
    if (wanted !== version || !documentName.test(document))
      return failed('not-found', `there is no version ${wanted} of document ${document}`);
    if (this.#runs.size >= runsMax) return failed('throttled', `${runsMax} runs are remembered; end the live world to forget them`);
    const refusal = refusedByFence(epochs, targetKey(target), fence, clock);
    if (refusal) return refusal;
    const runId = ids.next('run');
    const run: ScriptRun = { document, startedAt: clock.now(), ended: null };
    this.#runs.set(runId, run);
    this.#start(run, unitsOf(target), parameters);
    return ok({ runId });
  }

  async status(
    runId: string,
    call: Call,
  ): Promise<Result<{ state: 'running' | 'succeeded' | 'failed'; exitStatus?: number; reason: string }>> {
    const { clock } = this.#parts;
    const late = overdue(clock, call);
    if (late) return late;
    const run = this.#runs.get(runId);
    if (run === undefined) return failed('not-found', `there is no run ${runId}`);
    if (run.ended === null) return ok({ state: 'running', reason: `${run.document} has run for ${clock.now() - run.startedAt} ms` });
    const { exitStatus, said } = run.ended;
    return ok({
      state: exitStatus === 0 ? 'succeeded' : 'failed',
      exitStatus,
      reason: `${run.document} ended with ${exitStatus}: ${said}`,
    });
  }

  #start(run: ScriptRun, units: readonly { address: string; port: number }[], parameters: Record<string, string>): void {
    const places = units.map(({ address, port }) => `${address}:${port}`);
    const child = fork(new URL('./script-process.ts', import.meta.url), [run.document, JSON.stringify(parameters), ...places], {
      execArgv: [],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      timeout: runMs,
      killSignal: 'SIGKILL',
    });
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-500);
    });
    const end = (exitStatus: number) => {
      run.ended ??= { at: this.#parts.clock.now(), exitStatus, said: said.trim() || 'nothing' };
    };
    child.once('exit', (code) => end(code ?? 137));
    child.once('error', () => end(126));
  }
}
