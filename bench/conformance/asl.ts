import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { parseMachine } from '../../simulator/asl/parse-machine.ts';
import { StateMachines } from '../../simulator/asl/state-machines.ts';
import type { Clock, ExecutionResult, HistoryEvent, Json, TaskCall, TaskReply } from '../../simulator/asl/types.ts';
import { agrees } from './agrees.ts';
import { readWhole } from './expectations.ts';
import type { ConformanceResult } from './index.ts';

/** One answer that AWS recorded for an attempt of a task. */
interface RecordedAttempt {
  parameters?: Json;
  result: { output?: Json; error?: string; cause?: string; hang?: true };
  submitted?: Json;
  repeat?: boolean;
}

interface Case {
  id: string;
  definition: Json;
  input: Json;
  tasks?: Record<string, RecordedAttempt[]>;
  expected: { status: string; output?: Json; error?: string; events?: { type: string; name?: string }[] };
  masked?: string[];
  concurrent?: boolean;
  events_order_unreliable?: boolean;
}

// A case that has not this shape fails when it is replayed, and alone.
const fileSchema = z.object({ cases: z.array(z.custom<Case>((one) => typeof one === 'object' && one !== null)) });

/** The world of the recordings. */
const world = {
  region: 'us-east-1',
  account: '111111111111',
  roleArn: 'snf_role_arn',
  machine: 'ArnPart_0idx',
  execution: 'ExecArnPart_0idx',
};

/** Replays executions of Step Functions recorded from AWS. */
export async function run(cases: unknown): Promise<ConformanceResult> {
  const { cases: list } = readWhole(fileSchema, cases);
  const failures: ConformanceResult['failures'] = [];
  for (const one of list) {
    const reason = await replay(one).catch((error) => `threw ${error instanceof Error ? error.message : error}`);
    if (reason !== undefined) failures.push({ id: one.id, reason });
  }
  return { passed: list.length - failures.length, failures };
}

/** @returns what is different, undefined when all agrees. */
async function replay(one: Case): Promise<string | undefined> {
  const clock = new VirtualClock();
  const answers = new RecordedAnswers(one);
  const engine = new StateMachines({
    ...world,
    clock,
    random: { next: () => 0.5 },
    ids: { next: (kind) => `${kind}-${randomUUID()}` },
    resolve: (call) => answers.resolve(engine, call),
    nested: false,
  });
  engine.register(world.machine, parseMachine(one.definition));
  const started = engine.start(world.machine, world.execution, one.input);
  if (started.status !== 'started') return `not started: ${JSON.stringify(started)}`;
  const result = await clock.runUntil(started.done);
  return differenceOf(one, result, engine.history(started.executionArn));
}

function differenceOf(
  { expected, masked = [], ...flags }: Case,
  result: ExecutionResult,
  history: readonly HistoryEvent[],
): string | undefined {
  if (result.status !== expected.status) return `status ${result.status} (${result.error}: ${result.cause}) instead of ${expected.status}`;
  if (result.status === 'FAILED' && result.error !== expected.error) return `error ${result.error} instead of ${expected.error}`;
  if (result.status === 'SUCCEEDED' && !agrees(result.output, expected.output, masked)) {
    return `output ${JSON.stringify(result.output)} instead of ${JSON.stringify(expected.output)}`;
  }
  if (!expected.events) return undefined;
  const unordered = flags.concurrent || flags.events_order_unreliable;
  // Where the recorder put the events of a Parallel into an order of its own it lost, of a Parallel inside a Parallel, the exit.
  const lost = new Set(
    flags.events_order_unreliable
      ? history.filter(({ type, path }) => type === 'ParallelStateExited' && path?.includes('/')).map(({ state }) => state)
      : [],
  );
  const transitions = (events: { type: string; name?: string | undefined }[]) => {
    const kept = events.filter(
      ({ type, name }) => /State(Entered|Exited)$/.test(type) && !(type === 'ParallelStateExited' && lost.has(name)),
    );
    const lines = kept.map(({ type, name }) => `${type} ${name}`);
    return (unordered ? lines.sort() : lines).join(', ');
  };
  const seen = transitions(history.map(({ type, state }) => ({ type, name: state })));
  const wanted = transitions(expected.events);
  return seen === wanted ? undefined : `states ${seen} instead of ${wanted}`;
}

/** Hands out the recorded answers: first in, first out among equal parameters. */
class RecordedAnswers {
  readonly #masked: string[];
  readonly #left: Map<string, RecordedAttempt[]>;

  constructor({ tasks = {}, masked = [] }: Case) {
    this.#masked = masked;
    this.#left = new Map(Object.entries(tasks).map(([state, attempts]) => [state, [...attempts]]));
  }

  async resolve(engine: StateMachines, call: TaskCall): Promise<TaskReply> {
    const attempt = this.#take(call);
    const { result, submitted } = attempt;
    const callback = call.taskToken !== undefined;
    if (callback && submitted !== undefined) {
      if (!result.hang) queueMicrotask(() => complete(engine, call.taskToken ?? '', result));
      return { ok: true, output: submitted };
    }
    if (result.hang) return new Promise(() => {});
    const also = submitted === undefined ? {} : { submitted };
    return result.error === undefined && result.output !== undefined
      ? { ok: true, output: result.output, ...also }
      : { ok: false, ...failureOf(result), ...also };
  }

  #take(call: TaskCall): RecordedAttempt {
    const left = this.#left.get(call.state) ?? [];
    const equal = left.findIndex(({ parameters }) => parameters === undefined || agrees(call.arguments, parameters, this.#masked));
    const index = equal === -1 ? 0 : equal;
    const attempt = left[index];
    if (!attempt) throw new Error(`no answer is recorded for attempt ${call.attempt} of '${call.state}'`);
    if (!attempt.repeat) left.splice(index, 1);
    return attempt;
  }
}

function complete(engine: StateMachines, token: string, result: RecordedAttempt['result']): void {
  if (result.error === undefined && result.output !== undefined) engine.sendTaskSuccess(token, result.output);
  else engine.sendTaskFailure(token, result.error, result.cause);
}

const failureOf = ({ error = '', cause }: RecordedAttempt['result']) => ({ error, ...(cause === undefined ? {} : { cause }) });

/** Time that stands still until nothing is left to do, then leaps to the next timer. */
class VirtualClock implements Clock {
  #now = 1_732_000_000_000;
  #timers: { at: number; wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = { at: this.#now + Math.max(0, ms), wake: resolve };
      this.#timers.push(timer);
      signal?.addEventListener('abort', () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
        resolve();
      });
    });
  }

  async runUntil<T>(done: Promise<T>): Promise<T> {
    let over = false;
    const settled = done.finally(() => {
      over = true;
    });
    // Everything between two timers is promises; a turn of the event loop drains them all.
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (over) return settled;
      const next = this.#timers.reduce<{ at: number; wake: () => void } | undefined>(
        (first, timer) => (!first || timer.at < first.at ? timer : first),
        undefined,
      );
      if (!next) throw new Error('nothing is left to happen, and the execution has not ended');
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = next.at;
      next.wake();
    }
  }
}
