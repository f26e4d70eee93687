import { Entry } from './entry.ts';
import type { Template } from './expression.ts';
import { type Attempt, type Failure, succeeded } from './failure.ts';
import type { Frame } from './frame.ts';
import type { Assignments, ChoiceState, FailState, Flow, State, WaitState } from './machine.ts';
import { runRecovering } from './run-recovering.ts';
import { pause } from './scope.ts';
import { parseTimestamp } from './timestamps.ts';
import type { Json } from './types.ts';

/** How a flow came to its end. `by` is the state that failed. */
export type FlowEnd = { kind: 'ended'; output: Json } | { kind: 'failed'; failure: Failure; by: State } | { kind: 'cancelled' };

/** How a state was left. */
export type StateEnd = { kind: 'next'; state: string; output: Json } | FlowEnd;

/** Runs a flow from its first state to an end. */
export async function runFlow(flow: Flow, input: Json, frame: Frame): Promise<FlowEnd> {
  let name = flow.startAt;
  let value = input;
  for (;;) {
    if (!(await frame.ready())) return { kind: 'cancelled' };
    const state = flow.states.get(name);
    if (!state) throw new Error(`there is no state '${name}'`);
    const end = await runState(new Entry(state, value, frame));
    if (end.kind !== 'next') return end;
    name = end.state;
    value = end.output;
  }
}

function runState(entry: Entry): Promise<StateEnd> {
  const { state } = entry;
  switch (state.type) {
    case 'Pass':
      return exit(entry, state.output, state.assign, entry.input, onward(state));
    case 'Succeed':
      return exit(entry, state.output, undefined, entry.input, undefined);
    case 'Choice':
      return choose(entry, state);
    case 'Wait':
      return wait(entry, state);
    case 'Fail':
      return fail(entry, state);
    case 'Task':
    case 'Parallel':
    case 'Map':
      return runRecovering(entry, state);
  }
}

/** Where a state leads, and by which rule when it has several ways out. */
export interface Onward {
  next: string | undefined;
  taken?: string;
}

export const onward = (state: { next: string | undefined }): Onward => ({ next: state.next });

/** Leaves a state: its output and variables are evaluated, the exit recorded. `undefined` as the way ends the flow. */
async function exit(
  entry: Entry,
  output: Template | undefined,
  assign: Assignments | undefined,
  value: Json,
  way: Onward | undefined,
): Promise<StateEnd> {
  const outcome = await outcomeOf(entry, output, assign, value);
  if (!(await entry.frame.ready())) return { kind: 'cancelled' };
  if (!outcome.ok) return { kind: 'failed', failure: outcome.failure, by: entry.state };
  return leave(entry, outcome.value, way ?? { next: undefined });
}

/** What a state leaves behind. */
export interface Outcome {
  output: Json;
  assigned: { readonly [name: string]: Json } | undefined;
}

/** Evaluates Assign and Output; nothing is changed yet, so that a failure can still be retried. */
export async function outcomeOf(
  entry: Entry,
  output: Template | undefined,
  assign: Assignments | undefined,
  value: Json,
): Promise<Attempt<Outcome>> {
  const assigned = assign ? await entry.evaluateAssign(assign) : succeeded(undefined);
  if (!assigned.ok) return assigned;
  const evaluated = output ? await entry.evaluate(output) : succeeded(value);
  return evaluated.ok ? succeeded({ output: evaluated.value, assigned: assigned.value }) : evaluated;
}

/** Sets the variables, records the exit, and says where it goes. */
export function leave(entry: Entry, { output, assigned }: Outcome, { next, taken }: Onward): StateEnd {
  const { state, frame } = entry;
  const set = entry.assign(assigned);
  if (!set.ok) return { kind: 'failed', failure: set.failure, by: state };
  if (state.type !== 'Fail') {
    frame.record(`${state.type}StateExited`, state, {
      output,
      ...(assigned ? { assigned } : {}),
      ...(taken === undefined ? {} : { taken }),
    });
  }
  return next === undefined ? { kind: 'ended', output } : { kind: 'next', state: next, output };
}

async function choose(entry: Entry, state: ChoiceState): Promise<StateEnd> {
  for (const [index, rule] of state.choices.entries()) {
    const met = await entry.evaluateAs(rule.condition, `Choices[${index}]/Condition`, 'boolean', isBoolean);
    if (!met.ok) return { kind: 'failed', failure: met.failure, by: state };
    if (met.value) return exit(entry, rule.output, rule.assign, entry.input, { next: rule.next, taken: rule.id });
  }
  if (state.otherwise) {
    return exit(entry, state.output, state.assign, entry.input, { next: state.otherwise.next, taken: state.otherwise.id });
  }
  const failure = {
    error: 'States.NoChoiceMatched',
    cause: `${entry.where} Failed to transition out of the state. The state does not point to a next state.`,
    terminal: false,
  };
  return { kind: 'failed', failure, by: state };
}

const isBoolean = (value: Json): value is boolean => typeof value === 'boolean';
const isString = (value: Json): value is string => typeof value === 'string';
const waitSecondsMax = 99_999_999;
const isSeconds = (value: Json): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= waitSecondsMax;

async function wait(entry: Entry, state: WaitState): Promise<StateEnd> {
  const { frame } = entry;
  const { clock, gate } = frame.execution.engine;
  const until = await waitEnd(entry, state, clock.now());
  if (!until.ok) return { kind: 'failed', failure: until.failure, by: state };
  const ms = until.value - clock.now();
  if (ms > 0) {
    if (!(await pause(frame.scope, gate, clock, ms))) {
      frame.record('WaitStateAborted', state);
      return { kind: 'cancelled' };
    }
  }
  return exit(entry, state.output, state.assign, entry.input, onward(state));
}

/** Epoch milliseconds at which the wait is over. */
async function waitEnd(entry: Entry, state: WaitState, now: number): Promise<Attempt<number>> {
  if (state.seconds) {
    const seconds = await entry.evaluateAs(state.seconds, 'Seconds', 'non-negative integer', isSeconds);
    return seconds.ok ? succeeded(now + seconds.value * 1000) : seconds;
  }
  if (!state.timestamp) return succeeded(now);
  const text = await entry.evaluateAs(state.timestamp, 'Timestamp', 'string', isString);
  if (!text.ok) return text;
  const at = parseTimestamp(text.value);
  if (at !== undefined) return succeeded(at);
  return entry.fail(
    'Timestamp',
    `${entry.where} The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${text.value}`,
  );
}

async function fail(entry: Entry, state: FailState): Promise<StateEnd> {
  const failure: Failure = { terminal: false };
  for (const [field, template] of [['error', state.error] as const, ['cause', state.cause] as const]) {
    if (!template) continue;
    const evaluated = await entry.evaluateAs(template, field === 'error' ? 'Error' : 'Cause', 'string', isString);
    if (!evaluated.ok) return { kind: 'failed', failure: evaluated.failure, by: state };
    failure[field] = evaluated.value;
  }
  return { kind: 'failed', failure, by: state };
}
