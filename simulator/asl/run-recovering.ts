import type { Entry } from './entry.ts';
import { type Attempt, type Failure, matchesFailure } from './failure.ts';
import type { Catcher, MapState, ParallelState, Retrier, State, TaskState } from './machine.ts';
import { leave, onward, outcomeOf, type StateEnd } from './run-flow.ts';
import { runMap } from './run-map.ts';
import { runParallel } from './run-parallel.ts';
import { runTask } from './run-task.ts';
import { type Cancelled, cancelled, pause } from './scope.ts';
import type { Json, JsonObject } from './types.ts';

/** One attempt at a state's work. `by` is the state inside that failed, when it was not the state's own doing. */
export type WorkEnd = Attempt<Json> | { ok: false; failure: Failure; by: State } | Cancelled;

/** Runs a state that may have Retry and Catch: attempts, pauses between them, and the way out. */
export async function runRecovering(entry: Entry, state: TaskState | ParallelState | MapState): Promise<StateEnd> {
  const spent = state.retry.map(() => 0);
  for (let attempt = 1; ; attempt += 1) {
    entry.attempt(attempt);
    const worked = await runAttempt(entry, state, attempt);
    if (!(await entry.frame.ready()) || worked === cancelled) return abort(entry);
    if (worked.ok) return worked.value;
    const { failure } = worked;
    const index = state.retry.findIndex((rule) => matchesFailure(rule.errorEquals, failure));
    const retrier = state.retry[index];
    if (retrier && (spent[index] ?? 0) < retrier.maxAttempts) {
      const delayMs = pauseMs(retrier, spent[index] ?? 0, () => entry.frame.execution.engine.random.next());
      spent[index] = (spent[index] ?? 0) + 1;
      abandonWork(entry, worked);
      entry.frame.execution.tell('RetryScheduled', state, { taken: retrier.id, delayMs, attempt: attempt + 1, ...naming(failure) });
      const { clock, gate } = entry.frame.execution.engine;
      if (!(await pause(entry.frame.scope, gate, clock, delayMs)) || !(await entry.frame.ready())) return abort(entry);
      continue;
    }
    const catcher = state.catch.find((rule) => matchesFailure(rule.errorEquals, failure));
    if (catcher) {
      abandonWork(entry, worked);
      return recover(entry, catcher, failure);
    }
    if (state.type !== 'Task') entry.frame.record(`${state.type}StateFailed`, state, naming(failure));
    return { kind: 'failed', failure, by: state };
  }
}

async function runAttempt(
  entry: Entry,
  state: TaskState | ParallelState | MapState,
  attempt: number,
): Promise<{ ok: true; value: StateEnd } | { ok: false; failure: Failure; by?: State } | Cancelled> {
  const worked = await work(entry, state, attempt);
  if (worked === cancelled || !worked.ok) return worked;
  entry.setResult(worked.value);
  const outcome = await outcomeOf(entry, state.output, state.assign, worked.value);
  if (!(await entry.frame.ready())) return cancelled;
  return outcome.ok ? { ok: true, value: leave(entry, outcome.value, onward(state)) } : outcome;
}

function work(entry: Entry, state: TaskState | ParallelState | MapState, attempt: number): Promise<WorkEnd> {
  switch (state.type) {
    case 'Task':
      return runTask(entry, state, attempt);
    case 'Parallel':
      return runParallel(entry, state);
    case 'Map':
      return runMap(entry, state);
  }
}

function abort(entry: Entry): StateEnd {
  const { state } = entry;
  if (state.type === 'Task' || state.type === 'Parallel' || state.type === 'Map') entry.frame.record(`${state.type}StateAborted`, state);
  return { kind: 'cancelled' };
}

/** A task that failed inside a Parallel which recovers is shown as aborted, as AWS does. */
function abandonWork(entry: Entry, { by }: { by?: State }): void {
  if (entry.state.type === 'Parallel' && by?.type === 'Task') entry.frame.record('TaskStateAborted', by);
}

/**
 * The pause before a retry: interval × rate^(retries by this rule so far), no more than MaxDelaySeconds; with full jitter a random time
 * from 0 to that. ("Handling errors in Step Functions workflows", Retry fields)
 */
function pauseMs(retrier: Retrier, retries: number, random: () => number): number {
  const backoff = retrier.intervalSeconds * retrier.backoffRate ** retries;
  const seconds = Math.min(backoff, retrier.maxDelaySeconds ?? pauseSecondsMax);
  return Math.round(seconds * 1000 * (retrier.jitter === 'FULL' ? random() : 1));
}

/** The longest interval that AWS accepts. */
const pauseSecondsMax = 99_999_999;

async function recover(entry: Entry, catcher: Catcher, failure: Failure): Promise<StateEnd> {
  const errorOutput = errorOutputOf(failure);
  entry.setErrorOutput(errorOutput);
  const outcome = await outcomeOf(entry, catcher.output, catcher.assign, errorOutput);
  if (!(await entry.frame.ready())) return abort(entry);
  if (!outcome.ok) return { kind: 'failed', failure: outcome.failure, by: entry.state };
  return leave(entry, outcome.value, { next: catcher.next, taken: catcher.id });
}

/** What a Catch gets. Recorded from AWS: a timeout has an empty cause, and a callback that failed without a word has neither. */
function errorOutputOf({ error, cause }: Failure): JsonObject {
  return { Error: error ?? null, Cause: cause ?? (error === undefined ? null : '') };
}

const naming = ({ error, cause }: Failure) => ({ ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) });
