import type { Entry } from './entry.ts';
import { succeeded } from './failure.ts';
import type { ParallelState } from './machine.ts';
import { type FlowEnd, runFlow } from './run-flow.ts';
import type { WorkEnd } from './run-recovering.ts';
import { cancelled, Scope } from './scope.ts';
import type { Json } from './types.ts';
import { Variables } from './variables.ts';

/** Runs all branches at once. The first that fails ends the others; the result has one element for each branch. */
export async function runParallel(entry: Entry, state: ParallelState): Promise<WorkEnd> {
  const { frame } = entry;
  const input = state.arguments ? await entry.evaluate(state.arguments) : succeeded(entry.input);
  if (!input.ok) return input;
  if (!(await frame.ready())) return cancelled;
  frame.record('ParallelStateStarted', state);
  const scope = new Scope(frame.scope);
  const failures: (FlowEnd & { kind: 'failed' })[] = [];
  const ends = await Promise.all(
    state.branches.map(async (branch) => {
      const end = await runFlow(branch, input.value, frame.inner(scope, new Variables(frame.variables)));
      if (end.kind === 'failed') {
        failures.push(end);
        scope.cancel();
      }
      return end;
    }),
  );
  scope.close();
  const [first] = failures;
  if (frame.scope.cancelled) return cancelled;
  if (first) return { ok: false, failure: first.failure, by: first.by };
  if (!(await frame.ready())) return cancelled;
  const result = entry.limit(outputsOf(ends));
  if (result.ok) frame.record('ParallelStateSucceeded', state);
  return result;
}

const outputsOf = (ends: FlowEnd[]): Json[] => ends.map((end) => (end.kind === 'ended' ? end.output : null));
