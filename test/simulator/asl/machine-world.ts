import { parseMachine } from '../../../simulator/asl/parse-machine.ts';
import { StateMachines, type StateMachinesOptions } from '../../../simulator/asl/state-machines.ts';
import type { ExecutionResult, HistoryEvent, Json, TaskCall, TaskReply } from '../../../simulator/asl/types.ts';

/** Time stands still until nothing is left to do, then leaps to the next timer. */
class VirtualClock {
  at = 1_700_000_000_000;
  readonly pauses: number[] = [];
  #sequence = 0;
  #timers: { at: number; sequence: number; wake: () => void }[] = [];

  now(): number {
    return this.at;
  }

  get waiting(): number {
    return this.#timers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.pauses.push(ms);
    return new Promise((resolve) => {
      this.#sequence += 1;
      const timer = { at: this.at + ms, sequence: this.#sequence, wake: resolve };
      this.#timers.push(timer);
      signal?.addEventListener('abort', () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
        resolve();
      });
    });
  }

  /** Lets everything happen that can, up to `ms` from now. */
  async advance(ms: number): Promise<void> {
    const until = this.at + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.#timers.sort((a, b) => a.at - b.at || a.sequence - b.sequence)[0];
      if (!next || next.at > until) break;
      this.#timers.shift();
      this.at = next.at;
      next.wake();
    }
    this.at = until;
  }
}

export interface World {
  clock: VirtualClock;
  engine: StateMachines;
  events: HistoryEvent[];
  calls: TaskCall[];
  start(definition: object, input?: Json, name?: string): { arn: string; done: Promise<ExecutionResult> };
  run(definition: object, input?: Json): Promise<ExecutionResult>;
}

/** A region whose tasks answer as `answer` says. */
export function world(
  answer: (call: TaskCall) => Promise<TaskReply> | TaskReply = () => ok({}),
  options: Partial<StateMachinesOptions> = {},
): World {
  const clock = new VirtualClock();
  const events: HistoryEvent[] = [];
  const calls: TaskCall[] = [];
  let ids = 0;
  const engine = new StateMachines({
    clock,
    random: { next: () => 0.5 },
    ids: { next: (kind) => `${kind}-${++ids}` },
    resolve: async (call) => {
      calls.push(call);
      return answer(call);
    },
    onEvent: (event) => events.push(event),
    ...options,
  });
  const start = (definition: object, input: Json = {}, name = 'run') => {
    engine.register('machine', parseMachine({ QueryLanguage: 'JSONata', ...definition }));
    const reply = engine.start('machine', name, input);
    if (reply.status !== 'started') throw new Error(JSON.stringify(reply));
    return { arn: reply.executionArn, done: reply.done };
  };
  const run = async (definition: object, input: Json = {}) => {
    const { done } = start(definition, input);
    await clock.advance(1e12);
    return done;
  };
  return { clock, engine, events, calls, start, run };
}

export const ok = (output: Json): TaskReply => ({ ok: true, output });
export const refuse = (error: string, cause = 'because'): TaskReply => ({ ok: false, error, cause });
/** A task that never answers. */
export const hang = () => new Promise<TaskReply>(() => {});

const lambda = 'arn:aws:states:::lambda:invoke';
export const task = (fields: object = {}) => ({ Type: 'Task', Resource: lambda, Arguments: { FunctionName: 'f' }, ...fields });
/** A machine of one state. */
export const single = (state: object) => ({ StartAt: 'Only', States: { Only: { End: true, ...state } } });
export const types = (events: HistoryEvent[]) => events.map(({ type }) => type);
