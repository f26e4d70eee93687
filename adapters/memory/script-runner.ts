import { type Fence, failed, ok, type Result, type Target, targetKey } from '../../core/model/index.ts';
import type { Call, Clock, Ids, ScriptRunner } from '../../core/ports/index.ts';
import { overdue } from './deadline.ts';
import { refusedByFence, type SeenEpochs } from './fence.ts';

/** A document that may be run: how long it takes (null: it never ends) and how it ends. */
interface ScriptDocument {
  versions: string[];
  durationMs: number | null;
  exitStatus: number;
}

export interface ScriptRun {
  id: string;
  target: Target;
  document: string;
  version: string;
  parameters: Record<string, string>;
  startedAt: number;
  endsAt: number | null;
  exitStatus: number;
}

export interface ScriptState {
  documents: Record<string, ScriptDocument>;
  runs: Record<string, ScriptRun>;
  epochs: SeenEpochs;
}

export function createScriptState(): ScriptState {
  return { documents: {}, runs: {}, epochs: {} };
}

/** Like SSM's SendCommand each `run` is a run of its own; asking twice runs twice. */
export class MemoryScriptRunner implements ScriptRunner {
  readonly #state: ScriptState;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #onEnd: (run: ScriptRun) => void;

  /** @param onEnd what a run does to the world, called when it ends */
  constructor(state: ScriptState, clock: Clock, ids: Ids, onEnd: (run: ScriptRun) => void) {
    this.#state = state;
    this.#clock = clock;
    this.#ids = ids;
    this.#onEnd = onEnd;
  }

  async run(
    target: Target,
    document: string,
    version: string,
    parameters: Record<string, string>,
    fence: Fence,
    call: Call,
  ): Promise<Result<{ runId: string }>> {
    const late = overdue(this.#clock, call);
    if (late) return late;
    const script = this.#state.documents[document];
    if (!script?.versions.includes(version)) return failed('not-found', `there is no version ${version} of document ${document}`);
    const refusal = refusedByFence(this.#state.epochs, targetKey(target), fence, this.#clock);
    if (refusal) return refusal;
    const { durationMs, exitStatus } = script;
    const startedAt = this.#clock.now();
    const endsAt = durationMs === null ? null : startedAt + durationMs;
    const run: ScriptRun = {
      id: this.#ids.next('run'),
      target,
      document,
      version,
      parameters: { ...parameters },
      startedAt,
      endsAt,
      exitStatus,
    };
    this.#state.runs[run.id] = run;
    if (durationMs !== null) void this.#clock.sleep(durationMs).then(() => this.#onEnd(run));
    return ok({ runId: run.id });
  }

  async status(
    runId: string,
    call: Call,
  ): Promise<Result<{ state: 'running' | 'succeeded' | 'failed'; exitStatus?: number; reason: string }>> {
    const late = overdue(this.#clock, call);
    if (late) return late;
    const run = this.#state.runs[runId];
    if (!run) return failed('not-found', `there is no run ${runId}`);
    const { document, version, exitStatus, endsAt, startedAt } = run;
    if (endsAt === null || endsAt > this.#clock.now()) {
      return ok({ state: 'running', reason: `${document} version ${version} has run for ${this.#clock.now() - startedAt} ms` });
    }
    const reason = `${document} version ${version} ended with status ${exitStatus} after ${endsAt - startedAt} ms`;
    return ok({ state: exitStatus === 0 ? 'succeeded' : 'failed', exitStatus, reason });
  }
}
