import * as z from 'zod';
import { assertNever, failed, ok, type Result } from '../../core/model/index.ts';
import type { Call, Clock, FaultAnswer, FaultPoint, Ports } from '../../core/ports/index.ts';
import { copyOf } from './copy.ts';
import { overdue, silence } from './deadline.ts';
import { wrapMethods } from './wrap-methods.ts';

/** Ports that answer with Results and take a Call last: all but Clock, Ids, Random, Prober, Forecaster and Trace. */
type ResultPort<T> = { [K in keyof T]: (...args: never[]) => Promise<Result<unknown>> };

/** How often each kind of fault met each port: hits[port][kind]. */
export type FaultHits = Record<string, Partial<Record<Exclude<FaultAnswer['kind'], 'pass'>, number>>>;

/** Questions whose last answers are kept to lie with, each reading method; the oldest goes. */
const answersMax = 500;

/**
 * The same port with every call asked of the fault point first.
 * - refuse, throttle: fails so, without effect. hang: times out at the deadline, without effect.
 * - lie: ok without effect. A read gives the answer it gave before to the same question (the true one when there was none),
 *   a write what a caller would expect.
 * - late: the effect is now, the answer comes later; past the deadline the caller sees a time-out.
 * - duplicate: the effect twice; the answer is the second's, as a client sees that lost the first answer and tried again.
 *
 * @param hits counts what was done to whom, when given
 * @param lies whether the fault point ever lies; without that no answers are kept
 */
export function withFaultPoint<T extends object & ResultPort<T>>(
  port: T,
  portName: string,
  region: string,
  faultPoint: FaultPoint,
  clock: Clock,
  hits: FaultHits = {},
  lies = true,
): T {
  return wrapMethods(port, (method, implementation) => {
    const invoke = (args: unknown[]) => implementation(...args) as Promise<Result<unknown>>;
    const isRead = readMethods.has(method);
    const answers = new Answers();
    const invokeAndKeep = isRead && lies ? async (args: unknown[]) => answers.keep(args, await invoke(args)) : invoke;
    return (...args: unknown[]): Promise<Result<unknown>> => {
      const fault = faultPoint({ port: portName, method, region, args });
      if (fault.kind === 'pass') return invokeAndKeep(args);
      const counts = hits[portName] ?? {};
      hits[portName] = counts;
      counts[fault.kind] = (counts[fault.kind] ?? 0) + 1;
      const lie = async () => (isRead ? (answers.last(args) ?? (await invoke(args))) : ok(expectedValue(method, args, clock.now())));
      return suffer(fault, clock, callOf(portName, method, args), () => invokeAndKeep(args), lie);
    };
  });
}

async function suffer(
  fault: Exclude<FaultAnswer, { kind: 'pass' }>,
  clock: Clock,
  call: Call,
  invoke: () => Promise<Result<unknown>>,
  lie: () => Promise<Result<unknown>>,
): Promise<Result<unknown>> {
  const late = overdue(clock, call);
  if (late) return late;
  switch (fault.kind) {
    case 'refuse':
      return failed('refused', fault.reason);
    case 'throttle':
      return failed('throttled', fault.reason);
    case 'hang':
      return silence(clock, call);
    case 'lie':
      return lie();
    case 'late': {
      const answersAt = clock.now() + fault.ms;
      const result = await invoke();
      if (answersAt >= call.deadlineAt) return silence(clock, call);
      await clock.sleep(Math.max(0, answersAt - clock.now()));
      return result;
    }
    case 'duplicate':
      await invoke();
      return invoke();
    default:
      return assertNever(fault);
  }
}

const callSchema = z.object({ deadlineAt: z.number() });

function callOf(port: string, method: string, args: readonly unknown[]): Call {
  const call = callSchema.safeParse(args.at(-1));
  if (!call.success) throw new Error(`${port}.${method} was called without a Call as its last argument`);
  return call.data;
}

/** Methods that answer with a value. */
type Answering<T> = { [K in keyof T]: T[K] extends Method<void> ? never : T[K] extends Method<unknown> ? K : never }[keyof T];
type Method<V> = (...args: never[]) => Promise<Result<V>>;
type AnsweringWrite = 'put' | 'claim' | 'append' | 'setWeights' | 'run' | 'notify' | 'deliver' | 'request' | 'decide' | 'start';

/** The methods of all ports that change nothing: complete, or a lie would answer a read with nothing at all. */
const reads: Record<Exclude<{ [Port in keyof Ports]: Answering<Ports[Port]> }[keyof Ports], AnsweringWrite>, true> = {
  ...{ get: true, query: true, read: true, observe: true, shares: true, origins: true, snapshot: true, quota: true, verify: true },
  ...{ history: true, split: true, status: true, describe: true },
};
const readMethods: ReadonlySet<string> = new Set(Object.keys(reads));

/** What a write that did happen would have answered. All other writes answer nothing. */
function expectedValue(method: string, args: readonly unknown[], now: number): unknown {
  const [first, second, third, fourth] = args;
  switch (method) {
    case 'put':
      return { ...z.looseObject({}).parse(copyOf(first)), version: z.number().parse(second) + 1 };
    case 'claim':
      return { key: first, epoch: second, holder: fourth, until: now + z.number().parse(third) * 1000 };
    case 'append':
      return 1;
    case 'setWeights':
      return { ...z.looseObject({}).parse(copyOf(first)), weights: copyOf(second) };
    case 'run':
      return { runId: 'run-that-never-was' };
    case 'notify':
    case 'deliver':
      return { id: 'receipt-of-nothing', at: now };
    case 'request':
      return { token: 'approval-that-never-was' };
    case 'decide':
      return { planId: 'plan-that-never-was', incident: 'incident-that-never-was', what: 'nothing', expiresAt: now };
    case 'start':
      return { executionId: `${first}:${second}`, started: true };
    default:
      return undefined;
  }
}

/** The last good answer to each question that one method was asked. */
class Answers {
  readonly #answers = new Map<string, Result<unknown>>();

  keep(args: readonly unknown[], answer: Result<unknown>): Result<unknown> {
    if (!answer.ok) return answer;
    const question = questionOf(args);
    if (!this.#answers.has(question) && this.#answers.size >= answersMax) {
      for (const oldest of this.#answers.keys()) {
        this.#answers.delete(oldest);
        break;
      }
    }
    this.#answers.set(question, answer);
    return answer;
  }

  last(args: readonly unknown[]): Result<unknown> | undefined {
    return copyOf(this.#answers.get(questionOf(args)));
  }
}

/** The arguments without the Call. Asked at every read, most of which are of a key or a prefix: those need no JSON. */
function questionOf(args: readonly unknown[]): string {
  const [first, second] = args;
  if (typeof first === 'string') {
    if (args.length === 2) return first;
    if (args.length === 3 && typeof second === 'number') return `${first} ${second}`;
  }
  return JSON.stringify(args.slice(0, -1));
}
