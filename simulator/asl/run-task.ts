import type { Entry } from './entry.ts';
import type { EventDetail } from './execution.ts';
import type { Template } from './expression.ts';
import { type Attempt, type Failure, failed, limitFailure, succeeded } from './failure.ts';
import type { Resource, TaskState } from './machine.ts';
import { runNested } from './nested-execution.ts';
import { exceedsBytes, payloadBytesMax } from './payload-size.ts';
import type { WorkEnd } from './run-recovering.ts';
import { type Cancelled, cancelled, firstOf } from './scope.ts';
import type { Callback } from './state-machines.ts';
import type { Json, TaskReply } from './types.ts';

/** How one attempt of a task came to its end. */
type Answer =
  | { kind: 'succeeded'; output: Json }
  | { kind: 'failed'; failure: Failure; submitted: boolean }
  | { kind: 'timedOut'; heartbeat: boolean }
  /** The resolver threw: no outcome of a machine, but a fault of the world around it. */
  | { kind: 'broken'; error: unknown };

type Ended = Exclude<Answer, { kind: 'broken' }>;

interface Limits {
  timeoutSeconds: number | undefined;
  heartbeatSeconds: number | undefined;
}

/** Runs one attempt of a Task. */
export async function runTask(entry: Entry, state: TaskState, attempt: number): Promise<WorkEnd> {
  const { frame } = entry;
  const call = new TaskAttempt(entry, state, attempt);
  const prepared = await call.prepare();
  if (!(await frame.ready())) {
    call.close();
    return cancelled;
  }
  if (!prepared.ok) {
    call.close();
    return prepared;
  }
  const answer = await call.run(prepared.value);
  if (answer === cancelled || !(await frame.ready())) return cancelled;
  return call.conclude(answer);
}

interface Prepared {
  arguments: Json;
  limits: Limits;
}

class TaskAttempt {
  readonly #entry: Entry;
  readonly #state: TaskState;
  readonly #attempt: number;
  readonly #token: { token: string; close: () => void } | undefined;
  #callback: Callback | undefined;
  #submitted = false;

  constructor(entry: Entry, state: TaskState, attempt: number) {
    this.#entry = entry;
    this.#state = state;
    this.#attempt = attempt;
    if (state.resource.pattern === 'callback') {
      this.#token = entry.frame.execution.engine.openToken({
        succeed: (output) => this.#callback?.succeed(output),
        fail: (error, cause) => this.#callback?.fail(error, cause),
        beat: () => this.#callback?.beat(),
      });
      entry.attempt(attempt, this.#token.token);
    }
  }

  /** The token is dead from here on. */
  close(): void {
    this.#token?.close();
  }

  async prepare(): Promise<Attempt<Prepared>> {
    const entry = this.#entry;
    const { arguments: template, credentials, timeoutSeconds, heartbeatSeconds } = this.#state;
    const given = template ? await entry.evaluate(template) : succeeded(entry.input);
    if (!given.ok) return given;
    if (credentials) {
      const evaluated = await entry.evaluate(credentials);
      if (!evaluated.ok) return evaluated;
    }
    const timeout = await this.#seconds(timeoutSeconds, 'TimeoutSeconds');
    if (!timeout.ok) return timeout;
    const heartbeat = await this.#seconds(heartbeatSeconds, 'HeartbeatSeconds');
    if (!heartbeat.ok) return heartbeat;
    return succeeded({ arguments: given.value, limits: { timeoutSeconds: timeout.value, heartbeatSeconds: heartbeat.value } });
  }

  async #seconds(template: Template | undefined, field: string): Promise<Attempt<number | undefined>> {
    return template ? this.#entry.evaluateAs(template, field, 'positive integer', isPositive) : succeeded(undefined);
  }

  async run(prepared: Prepared): Promise<Ended | Cancelled> {
    const { execution, scope } = this.#entry.frame;
    const { gate } = execution.engine;
    this.#schedule(prepared);
    const answer = await firstOf<Answer>(scope, gate, (settle, cleanUp) => {
      const work = new AbortController();
      cleanUp(() => work.abort(cancelled));
      cleanUp(() => this.close());
      const beat = this.#limit(prepared.limits, settle, work.signal);
      this.#listen(settle, beat);
      void this.#call(prepared.arguments, work.signal, beat).then(
        (reply) => gate.pass(() => void (work.signal.aborted || this.#receive(reply, settle))),
        (error) => settle({ kind: 'broken', error }),
      );
    });
    if (answer !== cancelled && answer.kind === 'broken') throw answer.error;
    return answer;
  }

  /** Starts the timers. @returns what puts the missed heartbeat off. */
  #limit({ timeoutSeconds, heartbeatSeconds }: Limits, settle: (answer: Answer) => void, signal: AbortSignal): () => void {
    const { clock } = this.#entry.frame.execution.engine;
    if (timeoutSeconds !== undefined) {
      void clock.sleep(timeoutSeconds * 1000, signal).then(() => signal.aborted || settle({ kind: 'timedOut', heartbeat: false }));
    }
    if (heartbeatSeconds === undefined) return () => {};
    let lastBeatAt = clock.now();
    const watch = async () => {
      for (;;) {
        await clock.sleep(lastBeatAt + heartbeatSeconds * 1000 - clock.now(), signal);
        if (signal.aborted) return;
        if (clock.now() - lastBeatAt >= heartbeatSeconds * 1000) return settle({ kind: 'timedOut', heartbeat: true });
      }
    };
    void watch();
    return () => {
      lastBeatAt = clock.now();
    };
  }

  #listen(settle: (answer: Answer) => void, beat: () => void): void {
    this.#callback = {
      succeed: (output) => settle({ kind: 'succeeded', output }),
      fail: (error, cause) => settle({ kind: 'failed', failure: failureOf(error, cause), submitted: true }),
      beat,
    };
  }

  async #call(given: Json, signal: AbortSignal, heartbeat: () => void): Promise<TaskReply> {
    const { execution } = this.#entry.frame;
    const { resource, name } = this.#state;
    const nested = execution.engine.nested && resource.service === 'states' && resource.action.startsWith('startExecution');
    if (nested) return runNested(execution.engine, resource, given, signal, (submitted) => this.#submit(submitted));
    return execution.engine.resolve({
      resource: resource.arn,
      arguments: given,
      state: name,
      machine: execution.machineName,
      executionArn: execution.executionArn,
      executionName: execution.executionName,
      attempt: this.#attempt,
      ...(this.#token ? { taskToken: this.#token.token } : {}),
      signal,
      heartbeat,
    });
  }

  #receive(reply: TaskReply, settle: (answer: Answer) => void): void {
    const { pattern } = this.#state.resource;
    if (reply.submitted !== undefined) this.#submit(reply.submitted);
    if (!reply.ok) {
      settle({ kind: 'failed', failure: failureOf(reply.error, reply.cause), submitted: pattern === 'response' || this.#submitted });
    } else if (pattern === 'callback') this.#submit(reply.output);
    else settle({ kind: 'succeeded', output: reply.output });
  }

  #schedule({ arguments: given, limits }: Prepared): void {
    const { resource } = this.#state;
    const timing = {
      ...(limits.timeoutSeconds === undefined ? {} : { timeoutInSeconds: limits.timeoutSeconds }),
      ...(limits.heartbeatSeconds === undefined ? {} : { heartbeatInSeconds: limits.heartbeatSeconds }),
    };
    if (resource.kind === 'function') {
      this.#record('Scheduled', { input: given, resource: resource.arn, ...timing });
      this.#record('Started', {});
    } else {
      this.#record('Scheduled', { parameters: given, ...naming(resource), ...timing });
      this.#record('Started', naming(resource));
    }
  }

  #submit(output: Json): void {
    this.#submitted = true;
    this.#entry.frame.record('TaskSubmitted', this.#state, { output, ...naming(this.#state.resource) });
  }

  /** Records the end and turns it into the attempt's result. */
  conclude(answer: Ended): Attempt<Json> {
    const { resource } = this.#state;
    const where = resource.kind === 'function' ? {} : naming(resource);
    if (answer.kind === 'timedOut') {
      this.#record('TimedOut', { error: 'States.Timeout', ...where });
      return failed({ error: 'States.Timeout', terminal: false, ...(answer.heartbeat ? { heartbeat: true } : {}) });
    }
    const result = answer.kind === 'failed' ? answer : this.#checkSize(answer.output);
    if (result.kind === 'succeeded') {
      this.#record('Succeeded', { output: result.output, ...where });
      return succeeded(result.output);
    }
    const { error, cause } = result.failure;
    const detail = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }), ...where };
    if (result.submitted) this.#record('Failed', detail);
    else this.#entry.frame.record('TaskSubmitFailed', this.#state, detail);
    return failed(result.failure);
  }

  #checkSize(output: Json): Answer & { kind: 'succeeded' | 'failed' } {
    if (!exceedsBytes(output, payloadBytesMax)) return { kind: 'succeeded', output };
    const { kind, service, arn } = this.#state.resource;
    const cause = `The state/task '${kind === 'function' ? arn : service}' returned a result with a size exceeding the maximum number of bytes service limit.`;
    return { kind: 'failed', failure: limitFailure(cause, false), submitted: true };
  }

  #record(what: 'Scheduled' | 'Started' | 'Succeeded' | 'Failed' | 'TimedOut', detail: EventDetail): void {
    this.#entry.frame.record(this.#state.resource.kind === 'function' ? `LambdaFunction${what}` : `Task${what}`, this.#state, detail);
  }
}

const isPositive = (value: Json): value is number => typeof value === 'number' && Number.isInteger(value) && value > 0;

const naming = ({ service, action }: Resource) => ({ resourceType: service, resource: action });

const failureOf = (error: string | undefined, cause: string | undefined): Failure => ({
  ...(error === undefined ? {} : { error }),
  ...(cause === undefined ? {} : { cause }),
  terminal: false,
});
