import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers';
import { Coverage } from '../../simulator/asl/coverage.ts';
import { lambdaInvoked } from '../../simulator/asl/result-shapes.ts';
import { StateMachines } from '../../simulator/asl/state-machines.ts';
import type { HistoryEvent, Json, TaskCall, TaskReply } from '../../simulator/asl/types.ts';
import { readMachines } from '../../simulator/host/machine-files.ts';
import { VirtualClock } from '../../simulator/world/clock.ts';
import { SequentialIds } from '../../simulator/world/ids.ts';
import { SeededRandom } from '../../simulator/world/random.ts';

const folder = new URL('../../state-machines/', import.meta.url);
const names = readdirSync(folder).flatMap((file) => (file.endsWith('.asl.json') ? [file.replace('.asl.json', '')] : []));
export const machines = readMachines(
  Object.fromEntries(names.map((name) => [name, readFileSync(new URL(`${name}.asl.json`, folder), 'utf8')])),
);

/** What a function answers to one of its tasks: a reply, or an error of Lambda. */
export type Answer = { code: string; [field: string]: Json } | { error: string };
/** @param nth how often this state has asked before in this run, from 0 */
export type Script = (call: { state: string; payload: Record<string, Json>; nth: number }) => Answer;

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const hourMs = 3_600_000;

export interface Exploration {
  status: string;
  output: Json | undefined;
  /** Task states in the order in which they were entered, nested machines included. */
  tasks: string[];
  /** Machines that were started, the first included. */
  started: string[];
  payloads: Record<string, Json>[];
}

/** Runs one machine of the files to its end, with functions that answer as scripted. */
export async function explore(
  name: string,
  script: Script,
  coverage = new Coverage(),
  stubs: Record<string, string> = {},
): Promise<Exploration> {
  const clock = new VirtualClock(0);
  const tasks: string[] = [];
  const started: string[] = [];
  const payloads: Record<string, Json>[] = [];
  const asked = new Map<string, number>();
  const resolve = async (call: TaskCall): Promise<TaskReply> => {
    const payload = (call.arguments as { Payload: Record<string, Json> }).Payload;
    const nth = asked.get(call.state) ?? 0;
    asked.set(call.state, nth + 1);
    tasks.push(call.state);
    payloads.push({ state: call.state, ...payload });
    const answer = script({ state: call.state, payload, nth });
    if ('error' in answer && typeof answer.error === 'string') return { ok: false, error: answer.error, cause: 'scripted' };
    const reply = {
      retryable: false,
      reason: 'scripted',
      stepId: 'stage-1',
      planId: `plan-${nth + 1}`,
      machine: 'failover',
      waitSeconds: 1,
      ...answer,
    };
    if (call.taskToken !== undefined) engine.sendTaskSuccess(call.taskToken, reply);
    return { ok: true, output: lambdaInvoked(reply) };
  };
  const engine = new StateMachines({
    clock,
    random: new SeededRandom(1),
    ids: new SequentialIds('explorer'),
    resolve,
    onEvent: (event: HistoryEvent) => {
      coverage.observe(event);
      if (event.type === 'ExecutionStarted') started.push(event.machine);
    },
  });
  for (const [each, machine] of machines) engine.register(each, machine);
  for (const [each, state] of Object.entries(stubs)) engine.register(each, stubMachine(state));
  const start = engine.start(name, 'run-1', { incidentId: 'inc-1', planId: 'plan-1', epoch: 1, attempt: 1 });
  await clock.run(30 * hourMs, settle);
  const run = start.status === 'started' ? engine.describe(start.executionArn) : undefined;
  return { status: run?.status ?? 'refused', output: run?.output, tasks, started, payloads };
}

/** A machine that ends at once in the given state; `!` makes it fail. */
function stubMachine(state: string) {
  const only =
    state === '!'
      ? { Type: 'Fail', Comment: 'A stub.', Error: 'Stub.Failed', Cause: 'stubbed' }
      : { Type: 'Pass', Comment: 'A stub.', Output: { state }, End: true };
  const text = JSON.stringify({ Comment: 'A stub.', QueryLanguage: 'JSONata', StartAt: 'Only state', States: { 'Only state': only } });
  const parsed = readMachines({ stub: text }).get('stub');
  if (parsed === undefined) throw new Error('the stub does not parse');
  return parsed;
}

/** States, Choice branches and Catches of a machine that nothing has taken; Retry is the engine's. */
export function untaken(coverage: Coverage, name: string): string[] {
  const machine = machines.get(name);
  if (machine === undefined) throw new Error(`there is no machine ${name}`);
  return coverage.missing(name, machine).filter((id) => !id.includes('#retry/'));
}
