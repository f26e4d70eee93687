import { type Bindings, type Evaluated, evaluateTemplate, queryFailed, type Template } from './expression.ts';
import { type Attempt, type Failure, failed, limitFailure, succeeded } from './failure.ts';
import type { Frame } from './frame.ts';
import { seededRandom } from './functions.ts';
import type { Assignments, State } from './machine.ts';
import { exceedsBytes, payloadBytesMax, variableBytesMax } from './payload-size.ts';
import { formatTimestamp } from './timestamps.ts';
import type { Json, JsonObject } from './types.ts';

/** One entry into one state: what its expressions see, and how they fail. */
export class Entry implements Bindings {
  readonly state: State;
  readonly input: Json;
  readonly frame: Frame;
  /** Of the StateEntered event; causes name it. */
  readonly enteredId: number;
  readonly #enteredAt: number;
  #retries = 0;
  #states: JsonObject | undefined;
  #more: { result?: Json; errorOutput?: Json } = {};
  #token: string | undefined;

  constructor(state: State, input: Json, frame: Frame) {
    this.state = state;
    this.input = input;
    this.frame = frame;
    this.#enteredAt = frame.execution.engine.clock.now();
    this.enteredId = frame.record(`${state.type}StateEntered`, state, { input });
  }

  /** How AWS begins the cause of a failed evaluation. */
  get where(): string {
    return `An error occurred while executing the state '${this.state.name}' (entered at the event id #${this.enteredId}).`;
  }

  /** Begins one attempt: nothing of an earlier one is left in `$states`. */
  attempt(number: number, token?: string): void {
    this.#retries = number - 1;
    this.#token = token;
    this.#more = {};
    this.#states = undefined;
  }

  setResult(result: Json): void {
    this.#more = { result };
    this.#states = undefined;
  }

  setErrorOutput(errorOutput: Json): void {
    this.#more = { errorOutput };
    this.#states = undefined;
  }

  /** What an ItemSelector sees: the item, while the Map itself is the state. Many are evaluated at once. */
  forItem(mapItem: Json): Bindings {
    const states = { input: this.input, context: { ...this.#composeContext(), Map: mapItem } };
    return { variable: (name) => (name === 'states' ? states : this.variable(name)) };
  }

  variable(name: string): unknown {
    if (name === 'states') {
      this.#states ??= this.#composeStates();
      return this.#states;
    }
    return this.frame.variables.get(name) ?? this.#fromPorts(name);
  }

  /** Evaluates a field. A failure is written into the history, as AWS does. */
  async evaluate(template: Template, bindings: Bindings = this): Promise<Attempt<Json>> {
    if (template.kind === 'constant') return succeeded(template.value);
    const evaluated = await evaluateTemplate(template, bindings, this.where);
    if (!evaluated.ok) return this.#report(evaluated);
    return this.limit(evaluated.value);
  }

  /** Evaluates a field that must give a value of some kind. */
  async evaluateAs<T extends Json>(
    template: Template,
    field: string,
    expected: string,
    is: (value: Json) => value is T,
  ): Promise<Attempt<T>> {
    const evaluated = await this.evaluate(template);
    if (!evaluated.ok) return evaluated;
    const { value } = evaluated;
    if (is(value)) return succeeded(value);
    const source = template.kind === 'expression' ? template.source : JSON.stringify(value);
    return this.fail(
      field,
      `${this.where} The JSONata expression '${source}' specified for the field '${field}' returned an unexpected result type. Expected '${expected}', but was '${kindOf(value)}' for value: ${JSON.stringify(value)}`,
    );
  }

  fail(location: string, cause: string): { ok: false; failure: Failure } {
    return this.#report(queryFailed(location, cause));
  }

  limit(value: Json): Attempt<Json> {
    if (!exceedsBytes(value, payloadBytesMax)) return succeeded(value);
    const cause = `The state '${this.state.name}' has a payload with a size exceeding the maximum number of bytes service limit.`;
    return failed(limitFailure(cause, true));
  }

  /** Evaluates what a state assigns, all of it against the variables as they are before. */
  async evaluateAssign(assign: Assignments | undefined): Promise<Attempt<JsonObject | undefined>> {
    if (!assign) return succeeded(undefined);
    const evaluated = await this.evaluate(assign);
    return evaluated as Attempt<JsonObject>;
  }

  /** Sets the variables. */
  assign(values: JsonObject | undefined): Attempt<undefined> {
    if (values && this.frame.variables.assign(values) > variableBytesMax) {
      return failed(limitFailure(`The variables of the execution exceed ${variableBytesMax} bytes.`, true));
    }
    return succeeded(undefined);
  }

  #report(evaluated: Evaluated & { ok: false }): { ok: false; failure: Failure } {
    const { failure, location } = evaluated;
    this.frame.record('EvaluationFailed', this.state, { error: failure.error ?? '', cause: failure.cause ?? '', location });
    return failed(failure);
  }

  #composeStates(): JsonObject {
    return { input: this.input, context: this.#composeContext(), ...this.#more };
  }

  #composeContext(): JsonObject {
    const { type, name } = this.state;
    const recovering = type === 'Task' || type === 'Parallel' || type === 'Map';
    return {
      ...this.frame.execution.context,
      State: { Name: name, EnteredTime: formatTimestamp(this.#enteredAt), ...(recovering ? { RetryCount: this.#retries } : {}) },
      ...(this.#token === undefined ? {} : { Task: { Token: this.#token } }),
      ...(this.frame.mapItem === undefined ? {} : { Map: this.frame.mapItem }),
    };
  }

  /** JSONata's own clock and dice, taken from the ports so that a run repeats. The time is that of the entry, within all expressions. */
  #fromPorts(name: string): unknown {
    const { random } = this.frame.execution.engine;
    switch (name) {
      case 'millis':
        return () => this.#enteredAt;
      case 'random':
        return (seed?: number) => (typeof seed === 'number' ? seededRandom(seed) : random.next());
      case 'shuffle':
        return (items?: readonly unknown[]) => (items === undefined ? undefined : shuffle(items, () => random.next()));
      case 'uuid':
        return () => uuid(() => random.next());
      default:
        return undefined;
    }
  }
}

/** Fisher and Yates, inside out, as jsonata does it. */
function shuffle(items: readonly unknown[], next: () => number): unknown[] {
  const mixed: unknown[] = [];
  for (const [index, item] of items.entries()) {
    const other = Math.floor(next() * (index + 1));
    mixed[index] = mixed[other];
    mixed[other] = item;
  }
  return mixed;
}

/** A version 4 UUID from the given dice. */
function uuid(next: () => number): string {
  const digit = (character: string) => {
    const value = Math.floor(next() * 16);
    return (character === 'x' ? value : (value & 3) | 8).toString(16);
  };
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, digit);
}

export function kindOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
