import { type Entry, kindOf } from './entry.ts';
import { type Attempt, type Failure, succeeded } from './failure.ts';
import type { MapState, State } from './machine.ts';
import { runFlow } from './run-flow.ts';
import type { WorkEnd } from './run-recovering.ts';
import { cancelled, Scope } from './scope.ts';
import type { Json } from './types.ts';
import { Variables } from './variables.ts';

/** AWS runs at most this many iterations of an inline Map at once. */
const concurrencyMax = 40;

/** Runs the processor for every item. */
export async function runMap(entry: Entry, state: MapState): Promise<WorkEnd> {
  const { frame } = entry;
  const items = await itemsOf(entry, state);
  if (!items.ok) return items;
  const plan = await planOf(entry, state);
  if (!plan.ok) return plan;
  if (!(await frame.ready())) return cancelled;
  frame.record('MapStateStarted', state, { length: items.value.length });
  const run = new Iterations(entry, state, items.value, plan.value);
  const failure = await run.all();
  if (frame.scope.cancelled) return cancelled;
  if (failure) return failure;
  if (!(await frame.ready())) return cancelled;
  const result = entry.limit(run.outputs);
  if (result.ok) frame.record('MapStateSucceeded', state);
  return result;
}

interface Plan {
  concurrency: number;
  /** How many iterations may fail before the Map does. */
  tolerated: { count: number | undefined; percentage: number | undefined };
}

class Iterations {
  readonly #entry: Entry;
  readonly #state: MapState;
  readonly #items: readonly Json[];
  readonly #plan: Plan;
  readonly #scope: Scope;
  readonly #outputs: { index: number; output: Json }[] = [];
  #next = 0;
  #failed = 0;
  #failure: { ok: false; failure: Failure; by?: State } | undefined;

  constructor(entry: Entry, state: MapState, items: readonly Json[], plan: Plan) {
    this.#entry = entry;
    this.#state = state;
    this.#items = items;
    this.#plan = plan;
    this.#scope = new Scope(entry.frame.scope);
  }

  /** In the order of the items; those that failed within what is tolerated are left out. */
  get outputs(): Json[] {
    return this.#outputs.sort((a, b) => a.index - b.index).map(({ output }) => output);
  }

  /** @returns the failure of the whole, if it failed. */
  async all(): Promise<{ ok: false; failure: Failure; by?: State } | undefined> {
    const lanes = Math.min(this.#plan.concurrency, this.#items.length);
    await Promise.all(Array.from({ length: lanes }, () => this.#lane()));
    this.#scope.close();
    return this.#failure;
  }

  async #lane(): Promise<void> {
    while (this.#next < this.#items.length && !this.#scope.cancelled) {
      const index = this.#next;
      this.#next += 1;
      await this.#iterate(index, this.#items[index] ?? null);
    }
  }

  async #iterate(index: number, item: Json): Promise<void> {
    const { frame } = this.#entry;
    const mapItem = { Item: { Index: index, Value: item } };
    const input = await this.#select(mapItem, item);
    if (!(await frame.ready()) || this.#scope.cancelled) return;
    if (!input.ok) return this.#fail(input);
    const inner = frame.inner(this.#scope, new Variables(frame.variables), mapItem);
    inner.record('MapIterationStarted', this.#state, { index });
    const end = await runFlow(this.#state.processor, input.value, inner);
    if (!(await frame.ready())) return;
    if (end.kind === 'ended') {
      this.#outputs.push({ index, output: end.output });
      inner.record('MapIterationSucceeded', this.#state, { index });
    } else if (end.kind === 'failed') {
      inner.record('MapIterationFailed', this.#state, { index });
      this.#tolerate(end);
    } else {
      inner.record('MapIterationAborted', this.#state, { index });
    }
  }

  async #select(mapItem: Json, item: Json): Promise<Attempt<Json>> {
    const { itemSelector } = this.#state;
    return itemSelector ? this.#entry.evaluate(itemSelector, this.#entry.forItem(mapItem)) : succeeded(item);
  }

  #tolerate({ failure, by }: { failure: Failure; by: State }): void {
    const { count, percentage } = this.#plan.tolerated;
    this.#failed += 1;
    const share = (100 * this.#failed) / this.#items.length;
    if (count === undefined && percentage === undefined) this.#fail({ ok: false, failure, by });
    else if (this.#failed > (count ?? Number.POSITIVE_INFINITY) || share > (percentage ?? 100)) {
      const cause = `The specified tolerated failure threshold was exceeded: ${this.#failed} of ${this.#items.length} items failed`;
      this.#fail({ ok: false, failure: { error: 'States.ExceedToleratedFailureThreshold', cause, terminal: false } });
    }
  }

  #fail(failure: { ok: false; failure: Failure; by?: State }): void {
    this.#failure ??= failure;
    this.#scope.cancel();
  }
}

async function itemsOf(entry: Entry, state: MapState): Promise<Attempt<readonly Json[]>> {
  if (state.items) return entry.evaluateAs(state.items, 'Items', 'array', isArray);
  if (isArray(entry.input)) return succeeded(entry.input);
  return entry.fail('Items', `${entry.where} Map state input must be an array but was: ${JSON.stringify(entry.input)}`);
}

async function planOf(entry: Entry, state: MapState): Promise<Attempt<Plan>> {
  const read = async (field: 'MaxConcurrency' | 'ToleratedFailureCount' | 'ToleratedFailurePercentage') => {
    const template = {
      MaxConcurrency: state.maxConcurrency,
      ToleratedFailureCount: state.toleratedFailureCount,
      ToleratedFailurePercentage: state.toleratedFailurePercentage,
    }[field];
    return template ? entry.evaluateAs(template, field, 'non-negative integer', isCount) : succeeded(undefined);
  };
  const concurrency = await read('MaxConcurrency');
  if (!concurrency.ok) return concurrency;
  const count = await read('ToleratedFailureCount');
  if (!count.ok) return count;
  const percentage = await read('ToleratedFailurePercentage');
  if (!percentage.ok) return percentage;
  return succeeded({
    concurrency: Math.min(concurrency.value || concurrencyMax, concurrencyMax),
    tolerated: { count: count.value, percentage: percentage.value },
  });
}

const isArray = (value: Json): value is readonly Json[] => Array.isArray(value) && kindOf(value) === 'array';
const isCount = (value: Json): value is number => typeof value === 'number' && value >= 0;
